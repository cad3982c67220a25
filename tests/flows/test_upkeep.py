"""upkeep and refresh-token as runs: what they leave at FreshBooks, and what Prefect hears."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from prefect import Flow
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, TaskRun
from prefect.client.schemas.sorting import TaskRunSort
from sqlalchemy import Connection, update

from deployments.executing import create_run, execute
from duebell.domain.local_times import LocalTimes
from duebell.domain.rules import Channel, Rule, Rulebook
from duebell.domain.signals import Signal, SignalSource
from duebell.ledger.businesses import local_times
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.ledger import utc_now
from duebell.ledger.subscriptions import CALLBACKS
from duebell.runtime import Runtime
from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings
from flows.refresh_token import refresh_token
from flows.upkeep import upkeep
from tests.flows.installation import Installation, eventually, run, working
from tests.flows.listening import listening

pytestmark = pytest.mark.flow

EVENT = "payment.create"


@pytest.fixture
def heard(settings: Settings, sandbox: SandboxControl) -> Iterator[Settings]:
    """The settings of an installation whose webhook process listens."""
    with listening(settings, sandbox) as heard:
        yield heard


def need(runtime: Runtime, *events: str) -> None:
    """From now on the rulebook needs these events."""
    rules = (Rule(event, "client", Channel.SMS, "invoice_created") for event in events)
    runtime.rulebook = Rulebook(tuple(rules))


async def executed(here: Installation, flow: Flow[Any, Any], deployment: str) -> FlowRun:
    """A run of a deployment, at its end."""
    id_ = here.deployments[deployment]
    created = await create_run(here.client, id_, "a test", here.worker_id, {})
    await execute(flow, created)
    return await here.client.read_flow_run(created.id)


async def events_named(here: Installation, name: str, since: datetime) -> list[dict[str, Any]]:
    """The events of this name that Prefect's server has since then."""
    order = {"filter": {"event": {"name": [name]}, "occurred": {"since": since.isoformat()}}}
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{here.client.api_url}events/filter", json=order)
    found: list[dict[str, Any]] = answer.raise_for_status().json()["events"]
    return found


def test_upkeep_leaves_what_is_needed(heard: Settings, sandbox: SandboxControl) -> None:
    """A run makes and verifies what the rulebook needs; a later one deletes what it does not."""

    async def story() -> list[tuple[str | None, list[tuple[str, bool]]]]:
        seen = []
        async with working(heard) as here:
            for events in ([EVENT, "expense.create"], [EVENT]):
                need(here.runtime, *events)
                ended = await executed(here, upkeep, "upkeep/schedule")
                callbacks = sorted((one["event"], one["verified"]) for one in sandbox.callbacks())
                seen.append((ended.state_name, callbacks))
        return seen

    assert [
        ("Completed", [("expense.create", True), (EVENT, True)]),
        ("Completed", [(EVENT, True)]),
    ] == run(story())


def test_a_silent_webhook_is_an_event_in_prefect(heard: Settings) -> None:
    """What upkeep finds silent fails its run with a sentence, and Prefect has one event for it."""

    began_at = utc_now()

    async def story() -> tuple[list[FlowRun], list[dict[str, Any]], LocalTimes]:
        async with working(heard) as here:
            need(here.runtime, EVENT)
            await executed(here, upkeep, "upkeep/schedule")
            await _miss_something(here.runtime)
            ended = [await executed(here, upkeep, "upkeep/schedule") for _ in range(2)]
            times = await here.runtime.ledger.read(local_times)
            return ended, await _single(here, "duebell.webhook.silent", began_at), times

    ended, events, times = run(story())

    state = ended[0].state
    assert state is not None
    assert f"No webhook for {EVENT} has come since" in str(state.message)
    resource = {"prefect.resource.id": f"duebell.webhook.{credentials.ACCOUNT_ID}.{EVENT}"}
    assert [resource] == [event["resource"] for event in events]
    told = events[0]["payload"]
    moment = datetime.fromisoformat(told["since"])
    assert 0 == moment.microsecond
    assert times.minute(moment, credentials.ACCOUNT_ID) == told["since_local"]


async def _miss_something(runtime: Runtime) -> None:
    """An hour ago a poll found what no webhook, verified since long, told of."""
    signal = Signal(credentials.ACCOUNT_ID, EVENT, "4711", SignalSource.POLL)
    await runtime.ledger.record_signal(signal)
    hours = timedelta(hours=1)

    def put_back(connection: Connection) -> None:
        found_at, verified_at = runtime.now() - hours, runtime.now() - 3 * hours
        connection.execute(update(SIGNALS).values(status="done", received_at=found_at))
        connection.execute(update(CALLBACKS).values(verified_at=verified_at))

    await runtime.ledger.write(put_back)


async def _single(here: Installation, name: str, since: datetime) -> list[dict[str, Any]]:
    """The events of this name, once there is one and there was time for another."""

    async def has_one() -> bool:
        return bool(await events_named(here, name, since))

    await eventually(has_one, f"there is an event {name}")
    await asyncio.sleep(1)
    return await events_named(here, name, since)


def test_a_lost_connection_is_one_event_in_prefect(
    settings: Settings, sandbox: SandboxControl
) -> None:
    """A refused refresh token fails the run at once and is one event, however often it is met."""

    began_at = utc_now()

    async def story() -> tuple[list[FlowRun], list[TaskRun], list[dict[str, Any]]]:
        async with working(settings) as here:
            await _authorise_elsewhere(sandbox)
            ended = [await executed(here, refresh_token, "refresh-token/schedule") for _ in "12"]
            events = await _single(here, "duebell.connection.lost", began_at)
            return ended, await _failed_tasks(here, ended), events

    ended, tasks, events = run(story())

    assert ["Failed", "Failed"] == [one.state_name for one in ended]
    assert [1, 1] == [one.run_count for one in tasks]
    assert [{"prefect.resource.id": "duebell.connection.freshbooks"}] == [
        event["resource"] for event in events
    ]


async def _failed_tasks(here: Installation, runs: list[FlowRun]) -> list[TaskRun]:
    """The tasks of these runs that failed, as soon as Prefect's server knows of one each."""
    mine = FlowRunFilter(id=FlowRunFilterId(any_=[one.id for one in runs]))
    failed: list[TaskRun] = []

    async def are_known() -> bool:
        nonlocal failed
        tasks = await here.client.read_task_runs(
            flow_run_filter=mine, sort=TaskRunSort.ID_DESC, limit=20
        )
        failed = [one for one in tasks if one.state_name == "Failed"]
        return len(failed) >= len(runs)

    await eventually(are_known, "the failed tasks are known")
    return failed


async def _authorise_elsewhere(sandbox: SandboxControl) -> None:
    order = {
        "grant_type": "authorization_code",
        "client_id": credentials.CLIENT_ID,
        "client_secret": credentials.CLIENT_SECRET,
        "redirect_uri": "https://duebell.example/oauth",
        "code": sandbox.create_code(),
    }
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{sandbox.base_url}/auth/oauth/token", json=order)
    answer.raise_for_status()
