"""The examples of automations are what Prefect takes, and are about events that Duebell emits."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from prefect.client.orchestration import get_client
from prefect.events.schemas.automations import AutomationCore

from tests.flows.installation import run

FOLDER = Path(__file__).parents[2] / "deployments" / "automations"
FILES = sorted(FOLDER.glob("*.yaml"))
ANNOUNCING = Path(__file__).parents[2] / "tasks"

file_by_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def document(path: Path) -> dict[str, Any]:
    """What a file says."""
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def emitted() -> dict[str, str]:
    """Each event of ours, with how the id of its resource begins, as the tasks emit it."""
    found = {}
    for path in ANNOUNCING.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "emit_event":
                parts = {one.arg: one.value for one in node.keywords}
                source = ast.unparse(parts["resource"])
                prefix = source.partition("duebell.")[2].partition("{")[0]
                found[str(ast.literal_eval(parts["event"]))] = f"duebell.{prefix}"
    return found


@file_by_file
def test_prefect_reads_the_file(path: Path) -> None:
    """The installed Prefect's own schema takes it as it is, and loses nothing that stands in it."""
    said = document(path)

    automation = AutomationCore.model_validate(said)

    assert said["name"] == automation.name
    assert set(said["trigger"]["expect"]) == automation.trigger.expect  # type: ignore[union-attr]
    action = automation.actions[0].model_dump(mode="json")
    assert set(said["actions"][0]) <= set(action)


@file_by_file
def test_the_file_is_about_an_event_of_ours(path: Path) -> None:
    """It waits for an event that Duebell emits, and matches the resources that this is about."""
    trigger = document(path)["trigger"]
    known = emitted()

    for event in trigger["expect"]:
        # What is emitted by nobody here would never start anything.
        assert event in known
        assert f"{known[event]}*" == trigger["match"]["prefect.resource.id"]


@file_by_file
def test_what_is_matched_is_emitted(path: Path) -> None:
    """An event carries the labels that a trigger wants; by one that is missing it never starts."""
    labels = set(document(path)["trigger"]["match"]) - {"prefect.resource.id"}
    sources = "".join(one.read_text() for one in ANNOUNCING.glob("*.py"))

    assert [] == [label for label in labels if f'"{label}": ' not in sources]


@pytest.mark.flow
@pytest.mark.usefixtures("prefect_api")
def test_a_server_takes_all_of_them() -> None:
    """A real server creates each, and gives it back as it was."""

    async def story() -> list[str]:
        names = []
        async with get_client() as client:
            for path in FILES:
                automation = AutomationCore.model_validate(document(path))
                # Other tests share this server, and nothing of ours may start there.
                automation.enabled = False
                automation.name = f"{automation.name} {uuid4()}"
                id_ = await client.create_automation(automation)
                stored = await client.read_automation(id_)
                await client.delete_automation(id_)
                assert stored is not None
                names.append(stored.trigger.expect)  # type: ignore[union-attr]
        return [event for one in names for event in one]

    events = run(story())

    assert len(FILES) == len(events)
    assert {event for path in FILES for event in document(path)["trigger"]["expect"]} == set(events)
