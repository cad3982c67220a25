"""The dispatcher: signals become runs of notify, one for each batch, executed in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.sorting import FlowRunSort

from deployments.dispatcher import Dispatcher, run_name
from deployments.executing import owner_tag
from deployments.registering import Deployments
from duebell.domain.signals import ClaimedSignal, Signal
from duebell.ledger.doorbell import open_doorbell
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings
from flows.notify import notify
from tests.flows.installation import (
    Installation,
    eventually,
    forget_registration,
    run,
    working,
)

pytestmark = pytest.mark.flow


@contextlib.asynccontextmanager
async def dispatching(installation: Installation) -> AsyncIterator[None]:
    """Let a dispatcher work, as the worker process does."""
    doorbell = open_doorbell(installation.runtime.settings.ledger_url)
    deployments = Deployments(installation.client, installation.runtime.settings)
    await deployments.register()
    dispatcher = Dispatcher(
        installation.runtime, installation.client, doorbell, notify, deployments
    )
    stop = asyncio.Event()
    work = asyncio.create_task(dispatcher.run(stop))
    try:
        yield
    finally:
        stop.set()
        await work
        await doorbell.close()


async def own_runs(installation: Installation) -> list[FlowRun]:
    """The runs that this worker executed, oldest first."""
    deployment_id = installation.deployments["notify/webhook"]
    found = await installation.client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id])),
        sort=FlowRunSort.START_TIME_ASC,
        limit=200,
    )
    return [one for one in found if owner_tag(installation.worker_id) in one.tags]


async def until_sent(sandbox: SandboxControl, count: int) -> None:
    """Wait until Twilio has so many texts."""

    async def are_there() -> bool:
        return len(await asyncio.to_thread(sandbox.messages)) >= count

    await eventually(are_there, f"{count} texts are sent")


def test_waiting_signals_become_one_run(settings: Settings, sandbox: SandboxControl) -> None:
    """What waits together is told by one run, that is named after it and ends as Completed."""
    records = sandbox.fire("invoice.create", 5, deliver=False)

    async def story() -> list[FlowRun]:
        async with working(settings) as installation:
            await installation.hear_of(records)
            async with dispatching(installation):
                await until_sent(sandbox, 5)
            return await own_runs(installation)

    runs = run(story())

    assert [("5 × invoice.create", "Completed")] == [
        (one.name, one.state.name if one.state else "") for one in runs
    ]
    assert 5 == len(sandbox.messages())


def test_a_signal_wakes_the_dispatcher(settings: Settings, sandbox: SandboxControl) -> None:
    """A signal that comes while nothing is to be done starts a run of its own."""
    first, second = sandbox.fire("invoice.create", 2, deliver=False)

    async def story() -> list[FlowRun]:
        async with working(settings) as installation, dispatching(installation):
            await installation.hear_of([first])
            await until_sent(sandbox, 1)
            await installation.hear_of([second])
            await until_sent(sandbox, 2)
            return await own_runs(installation)

    runs = run(story())

    assert [f"invoice.create {one['id']} (6BApk)" for one in (first, second)] == [
        one.name for one in runs
    ]


def test_signals_of_a_dead_worker_are_taken_up(settings: Settings, sandbox: SandboxControl) -> None:
    """What another worker had claimed before it died is sent by this one."""
    records = sandbox.fire("invoice.create", 2, deliver=False)

    async def story() -> None:
        async with working(settings) as installation:
            await installation.hear_of(records)
            await installation.runtime.ledger.claim("a worker that died", "x" * 32, 10)
            async with dispatching(installation):
                await until_sent(sandbox, 2)

    run(story())

    assert 2 == len(sandbox.messages())


def test_signals_survive_the_loss_of_prefects_database(
    settings: Settings, sandbox: SandboxControl
) -> None:
    """When Prefect has forgotten our deployments, they are made again and the texts are sent."""
    records = sandbox.fire("invoice.create", 2, deliver=False)

    async def story() -> None:
        async with working(settings) as installation, dispatching(installation):
            for deployment_id in installation.deployments.values():
                await installation.client.delete_deployment(deployment_id)
            await installation.hear_of(records)
            await until_sent(sandbox, 2)

    try:
        run(story())
    finally:
        forget_registration()

    assert 2 == len(sandbox.messages())


def test_a_run_is_named_after_its_records() -> None:
    """One signal is named with its ids, several are counted by event."""
    at = datetime(2026, 3, 2, tzinfo=UTC)
    events = ("invoice.update", "invoice.create", "invoice.create")
    claimed = [
        ClaimedSignal(number, Signal("a1", event, str(number)), at, 1)
        for number, event in enumerate(events)
    ]

    names = run_name(claimed[:1]), run_name(claimed)

    assert ("invoice.update 0 (a1)", "2 × invoice.create, 1 × invoice.update") == names


def test_a_run_for_several_digests_counts_failures() -> None:
    """Failures of several firms are added up, whatever number of digests tells of them."""
    at = datetime(2026, 3, 2, tzinfo=UTC)
    signals = [
        Signal("a1", "notification.failed", "n1+2:2026-03-02T00:00:00"),
        Signal("a2", "notification.failed", "n5:2026-03-02T00:00:00"),
        Signal("a1", "invoice.create", "42"),
    ]

    name = run_name([ClaimedSignal(nth, one, at, 1) for nth, one in enumerate(signals)])

    assert "4 messages failed, 1 × invoice.create" == name


@pytest.mark.parametrize(
    ("signal", "name"),
    [
        (Signal("a1", "notification.failed", "n1:2026-03-02T00:00:00"), "1 message failed (a1)"),
        (
            Signal("a1", "notification.failed", "n1+2:2026-03-02T00:00:00"),
            "3 messages failed (a1)",
        ),
        (Signal("", "connection.lost", "sms:stop 7"), "texts are stopped"),
        (Signal("", "connection.lost", "freshbooks:3"), "the connection to freshbooks is lost"),
        (Signal("a1", "brake.engaged", "7:x"), "brake 7 holds messages (a1)"),
    ],
)
def test_a_run_about_an_own_event_says_so(signal: Signal, name: str) -> None:
    """What Duebell noticed itself is named in words, without the ids that programs need."""
    claimed = ClaimedSignal(1, signal, datetime(2026, 3, 2, tzinfo=UTC), 1)

    assert name == run_name([claimed])
