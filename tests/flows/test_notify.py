"""notify, run as the dispatcher runs it, against the sandbox and a real Prefect server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterId,
    TaskRunFilter,
)
from prefect.client.schemas.objects import Artifact, FlowRun, TaskRun
from prefect.client.schemas.sorting import ArtifactSort, TaskRunSort

from deployments.dispatcher import run_name
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings
from tests.flows.installation import eventually, leaks, run, working

pytestmark = pytest.mark.flow

TASKS = {
    "claim signals",
    "look up records",
    "decide",
    "send texts",
    "record outcome",
    "show notifications",
}


async def task_runs_of(client: PrefectClient, run: FlowRun) -> list[TaskRun]:
    """The task runs of a run; Prefect's server learns of them a moment later."""
    wanted = FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))
    found: list[TaskRun] = []

    async def are_all_there() -> bool:
        found[:] = await client.read_task_runs(
            flow_run_filter=wanted, sort=TaskRunSort.ID_DESC, limit=50
        )
        return {_name(one) for one in found} >= TASKS

    await eventually(are_all_there, "all task runs are known")
    return found


def _name(task_run: TaskRun) -> str:
    return task_run.name.rpartition("-")[0]


async def artifacts_of(client: PrefectClient, run: FlowRun) -> list[Artifact]:
    """The artifacts of a run."""
    wanted = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
    return await client.read_artifacts(
        artifact_filter=wanted,
        flow_run_filter=FlowRunFilter(),
        task_run_filter=TaskRunFilter(),
        sort=ArtifactSort.ID_DESC,
        limit=10,
    )


def test_a_batch_becomes_messages(settings: Settings, sandbox: SandboxControl) -> None:
    """A run sends one text for each invoice of its batch, and says so in its final state."""
    records = sandbox.fire("invoice.create", 3, deliver=False)

    async def story() -> FlowRun:
        async with working(settings) as installation:
            await installation.claim(records)
            return await installation.notify()

    ended = run(story())

    assert ended.state is not None
    assert ("Completed", "3 sent") == (ended.state.name, ended.state.message)
    assert 3 == len(sandbox.messages())


def test_the_run_tells_what_it_is_about(settings: Settings, sandbox: SandboxControl) -> None:
    """The run is named after its record, and its tasks and its artifact can be seen in Prefect."""
    records = sandbox.fire("invoice.create", deliver=False)

    async def story() -> tuple[FlowRun, list[TaskRun], list[Artifact]]:
        async with working(settings) as installation:
            claimed = await installation.claim(records)
            done = await installation.notify(run_name(claimed))
            client = installation.client
            return done, await task_runs_of(client, done), await artifacts_of(client, done)

    ended, task_runs, artifacts = run(story())

    assert f"invoice.create {records[0]['id']} (6BApk)" == ended.name
    assert sorted(TASKS) == sorted(_name(one) for one in task_runs)
    assert ["notifications"] == [artifact.key for artifact in artifacts]
    assert records[0]["number"] in str(artifacts[0].data)


def test_prefect_learns_no_phone_number(
    settings: Settings, sandbox: SandboxControl, numbers: list[str]
) -> None:
    """Neither the run, its tasks nor its artifact hold a full phone number; the artifact's are
    masked.
    """
    records = sandbox.fire("invoice.create", 3, deliver=False)

    async def story() -> list[dict[str, Any]]:
        async with working(settings) as installation:
            await installation.claim(records)
            done = await installation.notify()
            client = installation.client
            seen = [done, *await task_runs_of(client, done), *await artifacts_of(client, done)]
            return [one.model_dump(mode="json") for one in seen]

    seen = run(story())

    sent_to = [message["to"] for message in sandbox.messages()]
    assert 3 == len(sent_to)
    assert [] == leaks(seen, [*numbers, *sent_to])
    shown = json.loads(seen[-1]["data"])
    assert sorted(f"+1•••••{number[-4:]}" for number in sent_to) == sorted(
        row["recipient"] for row in shown
    )


def test_executing_a_run_again_sends_nothing(settings: Settings, sandbox: SandboxControl) -> None:
    """A second run for the same batch finds that nothing is left to do."""
    records = sandbox.fire("invoice.create", 2, deliver=False)

    async def story() -> FlowRun:
        async with working(settings) as installation:
            await installation.claim(records)
            await installation.notify()
            return await installation.notify()

    ended = run(story())

    assert ended.state is not None
    assert "Nothing is left to do." == ended.state.message
    assert 2 == len(sandbox.messages())


def test_a_send_that_did_not_happen_is_repeated(
    settings: Settings, sandbox: SandboxControl
) -> None:
    """When Twilio refuses a text for now, its task tries again within the same run, once sent."""
    records = sandbox.fire("invoice.create", deliver=False)
    sandbox.set_scenario("429-retry-after", count=1, provider="twilio")

    async def story() -> FlowRun:
        async with working(settings) as installation:
            await installation.claim(records)
            return await installation.notify()

    ended = run(story())

    assert ended.state is not None
    assert ("Completed", "1 sent") == (ended.state.name, ended.state.message)
    assert 1 == len(sandbox.messages())
