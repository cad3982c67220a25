"""The work pool's worker: what is retried, due or late is executed in this very process."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prefect import Flow
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import AwaitingRetry, Running, Scheduled

from deployments.executing import settle
from deployments.pool import POOL_NAME, InProcessWorker
from deployments.registering import flows_by_name
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings
from tests.flows.installation import Installation, eventually, run, working
from tests.flows.surroundings import free_port

pytestmark = pytest.mark.flow


class ServerFails(InProcessWorker):
    """A worker whom Prefect's server fails once, after a run was taken and before it began."""

    type = "server-fails"
    failures, most_failures = 0, 1

    async def _flow_of(self, flow_run: FlowRun) -> Flow[Any, Any]:
        if self.failures < self.most_failures:
            self.failures += 1
            raise httpx.ReadTimeout("Prefect's server did not answer.")
        return await super()._flow_of(flow_run)


class ServerAlwaysFails(ServerFails):
    """A worker who can never start a run."""

    type = "server-always-fails"
    most_failures = 100


class RunBreaksOff(InProcessWorker):
    """A worker for whom one run breaks off in the middle, without a word to Prefect's server."""

    type = "run-breaks-off"
    failures = 0

    async def _execute(self, flow: Flow[Any, Any], flow_run: FlowRun) -> None:
        if not self.failures:
            self.failures += 1
            await self.client.set_flow_run_state(flow_run.id, Running(), force=True)
            self._settle(flow_run, "a test")
            return
        await super()._execute(flow, flow_run)


@contextlib.asynccontextmanager
async def polling(
    installation: Installation, worker_type: type[InProcessWorker] = InProcessWorker
) -> AsyncIterator[None]:
    """Let a worker look for runs, as the worker process does."""
    worker = worker_type(work_pool_name=POOL_NAME, name=installation.worker_id, limit=4)
    worker.flows, worker.owner = flows_by_name(), installation.worker_id
    polls = asyncio.create_task(worker.start(printer=lambda *_: None))
    try:
        yield
    finally:
        polls.cancel()
        await asyncio.gather(polls, return_exceptions=True)


async def until_run_again(installation: Installation, done: FlowRun) -> FlowRun:
    """Wait until a run that was executed before has been executed once more."""
    found = done

    async def is_run_again() -> bool:
        nonlocal found
        found = await installation.client.read_flow_run(done.id)
        is_over = found.state is not None and found.state.is_final()
        return is_over and found.run_count > done.run_count

    await eventually(is_run_again, "the run was executed again")
    return found


@pytest.mark.parametrize(
    "wish", [AwaitingRetry(), Scheduled()], ids=["retried in the UI", "scheduled anew"]
)
def test_a_retried_run_sends_nothing_twice(
    settings: Settings, sandbox: SandboxControl, wish: State[object]
) -> None:
    """A run that a person retries is executed again within seconds, and finds the work done."""
    records = sandbox.fire("invoice.create", 2, deliver=False)

    async def story() -> FlowRun:
        async with working(settings) as installation:
            await installation.claim(records)
            done = await installation.notify()
            await installation.client.set_flow_run_state(done.id, wish, force=True)
            async with polling(installation):
                return await until_run_again(installation, done)

    again = run(story())

    assert again.state is not None
    assert ("Completed", "Nothing is left to do.") == (again.state.name, again.state.message)
    assert 2 == len(sandbox.messages())


def test_a_run_started_by_hand_works_on_what_waits(
    settings: Settings, sandbox: SandboxControl
) -> None:
    """A run without a batch, as the UI starts it, takes what is waiting in the inbox."""
    records = sandbox.fire("invoice.create", 2, deliver=False)

    async def story() -> FlowRun:
        async with working(settings) as installation:
            await installation.hear_of(records)
            new = await installation.client.create_flow_run_from_deployment(
                installation.deployments["notify/webhook"]
            )
            async with polling(installation):
                return await until_run_again(installation, new)

    ended = run(story())

    assert ended.state is not None
    assert ("Completed", "2 sent") == (ended.state.name, ended.state.message)
    assert 2 == len(sandbox.messages())


async def a_deployment(installation: Installation, name: str) -> UUID:
    """Reconciliation under another name, of which there are no runs but a test's own."""
    known = await installation.client.read_deployment(
        installation.deployments["reconcile/schedule"]
    )
    return await installation.client.create_deployment(
        flow_id=known.flow_id, name=name, work_pool_name=POOL_NAME
    )


async def make_late_runs(
    installation: Installation, deployment_id: UUID, minutes: int
) -> list[UUID]:
    """Leave runs behind as a downtime does: one for each minute, due by now and never started."""
    made = []
    for minute in range(minutes, 0, -1):
        due = datetime.now(UTC) - timedelta(minutes=minute)
        made.append(
            await installation.client.create_flow_run_from_deployment(
                deployment_id, name="late", state=Scheduled(scheduled_time=due)
            )
        )
    return [one.id for one in made]


async def runs_by_id(installation: Installation, ids: list[UUID]) -> list[FlowRun]:
    """These runs as they are now, in the order of the ids."""
    return [await installation.client.read_flow_run(id_) for id_ in ids]


def test_late_runs_are_superseded(settings: Settings, prefect_database: Path) -> None:
    """After a downtime the newest late run of a schedule is executed, the older ones are not."""

    async def story() -> list[str]:
        async with working(settings) as installation:
            deployment_id = await a_deployment(installation, "late")
            late = await make_late_runs(installation, deployment_id, minutes=3)
            _pretend_schedule_made_them(prefect_database)

            async def are_over() -> bool:
                runs = await runs_by_id(installation, late)
                return all(one.state and one.state.is_final() for one in runs)

            async with polling(installation):
                await eventually(are_over, "all late runs were dealt with")
            runs = await runs_by_id(installation, late)
            return [str(one.state.name) for one in runs if one.state]

    names = run(story())

    assert ["Cancelled", "Cancelled", "Completed"] == names


def _pretend_schedule_made_them(database: Path) -> None:
    """Mark the late runs as a schedule's own, which no client may do."""
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection, connection:
        marked = connection.execute("update flow_run set auto_scheduled = 1 where name = 'late'")
        assert 3 == marked.rowcount


@pytest.mark.parametrize(
    ("worker_type", "end"),
    [
        (ServerFails, ("Completed", "Nothing is left to do.")),
        (ServerAlwaysFails, ("Crashed", "It broke off (Failed to submit flow run to")),
        (RunBreaksOff, ("Crashed", "It broke off (a test)")),
    ],
    ids=["before it began", "again and again", "in the middle"],
)
def test_a_run_that_breaks_off_is_not_left_hanging(
    settings: Settings, worker_type: type[InProcessWorker], end: tuple[str, str]
) -> None:
    """What never began is started again, but not for ever; what began is marked as crashed."""

    async def story() -> FlowRun:
        async with working(settings) as installation:
            new = await installation.client.create_flow_run_from_deployment(
                installation.deployments["notify/webhook"]
            )
            found = new

            async def is_over() -> bool:
                nonlocal found
                found = await installation.client.read_flow_run(new.id)
                return found.state is not None and found.state.is_final()

            async with polling(installation, worker_type):
                await eventually(is_over, "the run came to an end")
            return found

    ended = run(story())

    assert ended.state is not None
    assert end[0] == ended.state.name
    assert (ended.state.message or "").startswith(end[1])


def test_a_run_that_was_deleted_meanwhile_is_let_go(settings: Settings) -> None:
    """There is nothing to settle about a run that somebody deleted."""

    async def story() -> None:
        async with working(settings) as installation:
            await settle(installation.client, uuid4(), "a test", again=True)

    run(story())


def test_a_server_that_is_away_is_soon_asked_again(prefect_api: str) -> None:
    """A poll does not outwait Prefect's own pauses, and its failure is no end of polling."""

    async def story() -> tuple[list[object], float]:
        with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{free_port()}/api"}):
            worker = InProcessWorker(work_pool_name=POOL_NAME, name="lonely")
            worker.poll_seconds = 0.3
            async with worker:
                began = time.monotonic()
                found: list[object] = list(await worker._get_scheduled_flow_runs())
                return found, time.monotonic() - began

    found, seconds = run(story())

    assert [] == found
    assert seconds < 2


def test_schedules_make_runs(settings: Settings) -> None:
    """Prefect's server, with the libraries that are installed, turns our schedules into runs."""

    async def story() -> list[FlowRun]:
        async with working(settings) as installation:
            deployment_id = installation.deployments["reconcile/schedule"]
            await installation.client.request(
                "POST",
                "/deployments/{id}/schedule",
                path_params={"id": deployment_id},
                json={"min_runs": 1, "max_runs": 1},
            )
            return await installation.client.read_flow_runs(
                deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id])),
                flow_run_filter=FlowRunFilter(
                    state=FlowRunFilterState(
                        type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])
                    )
                ),
                sort=FlowRunSort.ID_DESC,
                limit=5,
            )

    runs = run(story())

    assert [True] == [one.auto_scheduled for one in runs][:1]
