"""The work pool's worker: executes scheduled, ad-hoc and retried runs in its own warm process.

Starting an interpreter for a run costs seconds of a core; Duebell's flows are short, so they run
where the clients and the ledger are open already.
"""

from __future__ import annotations

import logging
from typing import Any

import anyio.abc
from prefect import Flow
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Cancelled
from prefect.types._datetime import now
from prefect.workers.base import (
    BaseJobConfiguration,
    BaseVariables,
    BaseWorker,
    BaseWorkerResult,
)

from deployments.executing import execute

POOL_NAME = "duebell"

log = logging.getLogger(__name__)


class InProcessResult(BaseWorkerResult):
    """How a run in this process ended; its state in Prefect tells the rest."""


class InProcessWorker(BaseWorker[BaseJobConfiguration, BaseVariables, InProcessResult]):
    """Executes runs of our flows in the process that polls for them."""

    type = "duebell"
    job_configuration = BaseJobConfiguration
    _description = "Executes Duebell's flows inside a running Duebell worker."

    #: The flows by name, and the word by which runs say whose they are. Set by the composition
    #: root, because Prefect constructs workers with arguments of its own.
    flows: dict[str, Flow[Any, Any]]
    owner: str

    async def run(
        self,
        flow_run: FlowRun,
        configuration: BaseJobConfiguration,
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> InProcessResult:
        """Execute a run here."""
        if task_status is not None:
            # Becomes the run's infrastructure id, by which the sweep knows whose it is.
            task_status.started(self.owner)  # type: ignore[arg-type]
        if await self._is_superseded(flow_run):
            return InProcessResult(status_code=0, identifier=self.owner)
        await execute(await self._flow_of(flow_run), flow_run)
        return InProcessResult(status_code=0, identifier=self.owner)

    async def _flow_of(self, flow_run: FlowRun) -> Flow[Any, Any]:
        known = await self.client.read_flow(flow_run.flow_id)
        return self.flows[known.name]

    async def _is_superseded(self, flow_run: FlowRun) -> bool:
        """After a downtime many runs of one schedule are late; the newest does the work of all."""
        is_first_time = flow_run.auto_scheduled and not flow_run.run_count
        if not is_first_time or flow_run.expected_start_time is None:
            return False  # a person started or retried it
        newer = await self._has_newer(flow_run)
        if newer:
            await self.client.set_flow_run_state(
                flow_run.id,
                Cancelled(message="A later run of the same schedule is due as well."),
                force=True,
            )
        return newer

    async def _has_newer(self, flow_run: FlowRun) -> bool:
        if flow_run.deployment_id is None or flow_run.expected_start_time is None:
            return False
        # One poll takes several runs, so the newer one may be under way or even over already.
        does_it = [
            StateType.SCHEDULED,
            StateType.PENDING,
            StateType.RUNNING,
            StateType.COMPLETED,
        ]
        later = await self.client.read_flow_runs(
            flow_run_filter=FlowRunFilter(
                expected_start_time=FlowRunFilterExpectedStartTime(
                    after_=flow_run.expected_start_time,
                    before_=now("UTC"),  # type: ignore[arg-type] # any aware time will do
                ),
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=does_it)),
            ),
            deployment_filter=DeploymentFilter(
                id=DeploymentFilterId(any_=[flow_run.deployment_id])
            ),
            sort=FlowRunSort.ID_DESC,
            limit=2,
        )
        return any(run.id != flow_run.id for run in later)
