"""Executing runs of deployments in this process: the runs that the UI shows and retries."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from uuid import UUID

import httpx
from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun, State
from prefect.exceptions import ObjectNotFound
from prefect.flow_engine import run_flow_async
from prefect.states import Crashed, Pending, Scheduled

log = logging.getLogger(__name__)

#: Prefect's server may be away for a while.
SETTLE_PAUSES_SECONDS = (0.5, 2.0, 5.0, 15.0, 60.0, 300.0)


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


async def settle(client: PrefectClient, flow_run_id: UUID, reason: str, again: bool) -> None:
    """Bring a run that broke off to a state that is true, as soon as Prefect's server hears it.

    Otherwise it would be pending or running for as long as this process lives. With ``again`` a run
    that never began is to be started once more.
    """
    for pause in SETTLE_PAUSES_SECONDS:
        await asyncio.sleep(pause)
        try:
            state = (await client.read_flow_run(flow_run_id)).state
            if state is not None and (state.is_pending() or state.is_running()):
                settled = _settled(reason, again and state.is_pending())
                await client.set_flow_run_state(flow_run_id, settled, force=True)
            return
        except ObjectNotFound:
            return
        except httpx.HTTPError as failure:
            log.warning("run_not_settled", extra={"reason": type(failure).__name__})


def _settled(reason: str, again: bool) -> State[Any]:
    if again:
        return Scheduled(message=f"It could not be started ({reason}); it is tried again.")
    return Crashed(message=f"It broke off ({reason}). What it left undone is taken up again.")


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
