"""``duebell webhooks``: what people see of the webhooks at FreshBooks, and what they can do."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from deployments import webhooks
from duebell.redaction import Redactor
from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings
from tasks.runtime import opened
from tests.flows.checking import clean_environment, settings_in_words
from tests.flows.commands import Told, run_duebell
from tests.flows.installation import run
from tests.flows.listening import listening
from tests.flows.surroundings import free_port

pytestmark = pytest.mark.flow

RULES = """
[[rule]]
on = "{event}"
to = "client"
channel = "sms"
template = "invoice_created"
"""


@dataclass(frozen=True)
class Office:
    """An installation whose webhook process listens, and where commands are typed."""

    settings: Settings
    environment: dict[str, str]
    sandbox: SandboxControl

    def type(self, *arguments: str) -> Told:
        """Run a command."""
        return run_duebell(self.settings.home, self.environment, "webhooks", *arguments)

    def listed(self) -> list[dict[str, Any]]:
        """What ``list --json`` shows."""
        rows: list[dict[str, Any]] = self.type("list", "--json").json
        return rows

    def rules(self, event: str) -> None:
        """From now on one rule needs this event."""
        (self.settings.home / "duebell.toml").write_text(RULES.format(event=event))


@pytest.fixture
def office(settings: Settings, sandbox: SandboxControl, prefect_api: str) -> Iterator[Office]:
    """An installation with a rule about new invoices."""
    with listening(settings, sandbox) as heard:
        environment = clean_environment(
            **settings_in_words(sandbox.base_url),
            PREFECT_API_URL=prefect_api,
            DUEBELL_HOME=str(heard.home),
            DUEBELL_PUBLIC_URL=heard.public_url,
        )
        office = Office(heard, environment, sandbox)
        office.rules("invoice.create")
        yield office


def states(rows: list[dict[str, Any]]) -> list[tuple[str, str, bool]]:
    """Event, state and whether it is verified, by event."""
    return sorted((row["event"], row["state"], row["verified"]) for row in rows)


def test_a_round_of_upkeep_and_a_farewell(office: Office) -> None:
    """Webhooks are missing, made, stale and deleted; at each step the list says what they are."""
    before = office.listed()
    synced = office.type("sync", "--json")
    after = office.listed()
    office.rules("invoice.sendByEmail")
    stale = office.listed()
    removed = office.type("remove", "--stale", "--yes", "--json")
    farewell = office.type("remove", "--yes")

    wanted = [(f"invoice.{verb}", True) for verb in ("create", "delete", "update")]
    assert [(event, "missing", False) for event, _ in wanted] == states(before)
    assert (0, 3, 3, []) == (
        synced.code,
        synced.json["created"],
        synced.json["verified"],
        synced.json["faults"],
    )
    assert [(event, "wanted", is_verified) for event, is_verified in wanted] == states(after)
    assert [
        ("invoice.create", "stale", True),
        ("invoice.delete", "wanted", True),
        ("invoice.sendByEmail", "missing", False),
        ("invoice.update", "stale", True),
    ] == states(stale)
    assert (0, {"removed": 2, "faults": []}) == (removed.code, removed.json)
    assert (0, "Webhooks: 1 removed.\n", "") == (farewell.code, farewell.out, farewell.err)
    assert [] == office.sandbox.callbacks()


def test_the_list_hides_what_is_secret(office: Office) -> None:
    """Neither our token in the URL nor another application's URL can be read from the list."""
    office.type("sync")
    tokens = [one["uri"].rpartition("/")[2] for one in office.sandbox.callbacks()]

    told = office.type("list")

    assert (0, "") == (told.code, told.err)
    assert "invoice.create" in told.out
    assert credentials.ACCOUNT_ID in told.out
    assert [] == [token for token in tokens if token in told.out]


def test_nothing_is_deleted_unasked(office: Office) -> None:
    """Where nobody can be asked, --yes is needed, and without it nothing happens."""
    told = office.type("remove")

    assert (2, "") == (told.code, told.out)
    assert "--yes" in told.err


def test_what_cannot_be_verified_is_told(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """A handshake that does not come in time is a line that names the events, and exit code 1."""
    nowhere, pauses = f"http://127.0.0.1:{free_port()}", list[float]()
    settings.config.write_text(RULES.format(event="invoice.create"))

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def story() -> int:
        unheard = settings.model_copy(update={"public_url": nowhere})
        async with opened(unheard, Redactor().remember, is_guest=True) as runtime:
            runtime.sleep = pause
            return await webhooks.sync(runtime, Namespace(as_json=False))

    code = run(story())

    out = capsys.readouterr().out
    assert (1, True) == (code, sum(pauses) >= webhooks.HANDSHAKE_SECONDS)
    assert "No handshake came for invoice.create, invoice.delete, invoice.update" in out
    assert nowhere in out


def test_without_prefect_the_credentials_are_out_of_reach(office: Office) -> None:
    """That Prefect's server is away is told at once, with what to do."""
    away = {**office.environment, "PREFECT_API_URL": f"http://127.0.0.1:{free_port()}/api"}

    told = Office(office.settings, away, office.sandbox).type("list")

    assert (1, "") == (told.code, told.out)
    assert "No Prefect server answers" in told.err
