"""Executing runs of deployments in this process: the runs that the UI shows and retries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.flow_engine import run_flow_async
from prefect.states import Pending


async def create_run(
    client: PrefectClient,
    deployment_id: UUID,
    name: str,
    worker_id: str,
    parameters: dict[str, Any],
) -> FlowRun:
    """Create a run of a deployment that this worker executes at once.

    It starts as Pending, not Scheduled, so that no worker's poll takes it.
    """
    return await client.create_flow_run_from_deployment(
        deployment_id,
        name=name,
        parameters=parameters,
        state=Pending(message="Taken by a worker."),
        tags=[owner_tag(worker_id)],
    )


async def execute(flow: Flow[Any, Any], flow_run: FlowRun) -> None:
    """Execute a run in this process; its state in Prefect tells how it ended.

    Only the copy in our hands forgets the deployment. For a run of a deployment the engine would
    start a thread with an event loop and connections of its own, to notice that the run is
    suspended, and stop this process's event loop meanwhile (twice, 0.1-0.3 s). Our runs are short,
    and what they leave undone is taken up again.
    """
    await run_flow_async(
        flow,
        flow_run=flow_run.model_copy(update={"deployment_id": None}),
        parameters=flow_run.parameters or {},
        return_type="state",
    )


async def run_now(
    client: PrefectClient,
    flow: Flow[Any, Any],
    deployment_id: UUID,
    name: str,
    worker_id: str,
    **parameters: Any,
) -> None:
    """Create a run of a deployment and execute it here."""
    await execute(flow, await create_run(client, deployment_id, name, worker_id, parameters))


def owner_tag(worker_id: str) -> str:
    """The tag by which a run tells which worker executes it."""
    return f"worker:{worker_id}"
