"""retry-failed, run as its deployment, against the sandbox and a real Prefect server."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import Artifact, FlowRun
from prefect.states import AwaitingRetry

from deployments.executing import create_run, execute
from duebell.ledger import retrying
from duebell.ledger.ledger import utc_now
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings
from flows.retry_failed import retry_failed
from tasks.announcing import announce_failures
from tasks.retrying import Starter, starter_of
from tests.flows.installation import Installation, eventually, leaks, run, working
from tests.flows.test_backfill import said, worked_off
from tests.flows.test_notify import artifacts_of
from tests.flows.test_upkeep import events_named

pytestmark = pytest.mark.flow

FAILED_EVENT = "duebell.notification.failed"
#: "The body is too long": what Twilio refused has provably not left.
REFUSED = "21617"


async def failed(installation: Installation, sandbox: SandboxControl) -> list[str]:
    """One text that Twilio refused; gives its id."""
    sandbox.set_scenario("refused", code=REFUSED, count=1)
    await installation.claim(sandbox.fire("invoice.create", deliver=False))
    await installation.notify()
    return await installation.runtime.ledger.read(retrying.failed_ids)


async def retried(installation: Installation, **parameters: object) -> FlowRun:
    """Run the deployment; gives the run as it ended."""
    client, deployment = installation.client, installation.deployments["retry-failed/on-demand"]
    created = await create_run(client, deployment, "a test", installation.worker_id, parameters)
    await execute(retry_failed, created)
    return await client.read_flow_run(created.id)


def test_a_failure_is_one_event_in_prefect(
    settings: Settings, sandbox: SandboxControl, numbers: list[str]
) -> None:
    """Prefect is told of a failure once, with its ids and its class, and without a number."""
    began_at = utc_now()

    async def story() -> tuple[list[int], list[dict[str, Any]]]:
        async with working(settings) as installation:
            await failed(installation, sandbox)
            counts = [await announce_failures(installation.runtime) for _ in "12"]

            async def is_there() -> bool:
                return bool(await events_named(installation, FAILED_EVENT, began_at))

            await eventually(is_there, "there is an event")
            return counts, await events_named(installation, FAILED_EVENT, began_at)

    counts, (event,) = run(story())

    told = event["payload"]
    assert [1, 0] == counts
    assert (REFUSED, "configuration", 1) == (told["code"], told["class"], told["attempts"])
    assert event["resource"]["prefect.resource.id"].endswith(told["notification_id"])
    assert [] == leaks([event], numbers)


def test_a_run_sends_what_failed_once(
    settings: Settings, sandbox: SandboxControl, numbers: list[str]
) -> None:
    """The run waits until it is sent, shows what became of it without a number, and a retry of the
    run is refused what it has sent; what became of whom is said of both.
    """

    async def story() -> tuple[list[FlowRun], list[Artifact]]:
        async with working(settings) as installation, worked_off(installation):
            ids = await failed(installation, sandbox)
            client = installation.client
            first = await retried(installation, notification_ids=ids)
            artifacts = [await newest_artifact(client, first)]
            await client.set_flow_run_state(first.id, AwaitingRetry(), force=True)
            await execute(retry_failed, await client.read_flow_run(first.id))
            artifacts += [await newest_artifact(client, first, artifacts[0].id)]
            return [first, await client.read_flow_run(first.id)], artifacts

    (first, again), artifacts = run(story())

    rows = [json.loads(str(one.data))[0] for one in artifacts]
    everything = [one.model_dump(mode="json") for one in (first, again, *artifacts)]
    assert ("Completed", "1 sent or on their way, 0 not sent, 0 refused.") == said(first)
    assert ("Completed", "0 sent or on their way, 0 not sent, 1 refused.") == said(again)
    assert ["sent", "refused:"] == [one["what became of it"].split()[0].strip(";,") for one in rows]
    assert 1 == len({(one["invoice"], one["recipient"]) for one in rows})
    assert "•" in rows[1]["recipient"]
    assert [] == leaks(everything, numbers)
    assert 1 == len(sandbox.messages())


async def newest_artifact(
    client: PrefectClient, ended: FlowRun, known: UUID | None = None
) -> Artifact:
    """What the run has shown since, once Prefect knows its task."""
    newer: list[Artifact] = []

    async def is_there() -> bool:
        found = await artifacts_of(client, ended)
        newer.extend(one for one in found if one.key == "retried" and one.id != known)
        return bool(newer)

    await eventually(is_there, "there is a newer artifact")
    return newer[0]


@pytest.mark.parametrize(
    ("creator", "starter"),
    [
        ({"type": "AUTOMATION", "display_value": "hourly"}, Starter("prefect:hourly", True)),
        ({"type": "USER", "display_value": "dana"}, Starter("prefect:dana")),
        (None, Starter("prefect")),
    ],
)
def test_an_automation_is_known_by_the_run_that_it_made(
    creator: dict[str, str] | None, starter: Starter
) -> None:
    """What is left alone of an automation's run is not refused to a person."""
    made = FlowRun.model_validate({"flow_id": uuid4(), "created_by": creator})

    assert starter == starter_of(made)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({}, "one of the two"),
        ({"notification_ids": ["a"], "all_failed": True}, "one of the two"),
        ({"notification_ids": ["a"], "since": "2026-01-01"}, "a day goes with all that failed"),
    ],
)
def test_what_makes_no_sense_fails_with_a_sentence(
    settings: Settings, sandbox: SandboxControl, parameters: dict[str, Any], reason: str
) -> None:
    """A form that was filled in so that nobody knows what is meant says so, and sends nothing."""

    async def story() -> FlowRun:
        async with working(settings) as installation:
            return await retried(installation, **parameters)

    name, message = said(run(story()))

    assert "Failed" == name
    assert reason in message
