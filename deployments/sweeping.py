"""Runs that a dead worker left behind: nobody else would ever mark them."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Crashed
from prefect.types._datetime import now

from deployments.executing import owner_tag

log = logging.getLogger(__name__)

#: A run that has only just been taken may not say yet whose it is.
YOUNG = timedelta(seconds=30)


async def mark_crashed(
    client: PrefectClient, deployment_ids: list[UUID], living: frozenset[str]
) -> int:
    """Mark the runs of our deployments that no living worker holds as crashed; gives how many.

    Their signals are taken up by another run; the mark only tells people what happened.
    """
    runs = await client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(
                type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING])
            )
        ),
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=deployment_ids)),
        sort=FlowRunSort.ID_DESC,
        limit=200,
    )
    dead = [run for run in runs if _is_dead(run, living)]
    for run in dead:
        await client.set_flow_run_state(
            run.id,
            Crashed(message="The worker that held this run is gone. Its work was taken up again."),
            force=True,
        )
    return len(dead)


def _is_dead(run: FlowRun, living: frozenset[str]) -> bool:
    owners = {owner_tag(worker): worker for worker in living}
    if run.infrastructure_pid in living or any(tag in owners for tag in run.tags):
        return False
    since = run.state.timestamp if run.state else run.created
    says_whose = bool(run.infrastructure_pid) or any(tag.startswith("worker:") for tag in run.tags)
    return says_whose or since is None or now("UTC") - since > YOUNG
