"""The work pool's worker: executes scheduled, ad-hoc and retried runs in its own warm process.

Starting an interpreter for a run costs seconds of a core; Duebell's flows are short, so they run
where the clients and the ledger are open already.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Any
from uuid import UUID

import anyio.abc
import httpx
from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Cancelled
from prefect.types._datetime import now
from prefect.workers.base import (
    BaseJobConfiguration,
    BaseVariables,
    BaseWorker,
    BaseWorkerResult,
)

from deployments.executing import execute, settle

POOL_NAME = "duebell"
#: A run that cannot be started so often is given up: it may be of a flow that is none of ours.
MOST_STARTS = 3

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
    #: Prefect's client waits 2, 4, 8, 16 and 32 seconds between its tries, and its worker polls
    #: ever more seldom after failures; a server that is back is not to be waited for that long.
    poll_seconds = 10.0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._failed_starts: Counter[UUID] = Counter()

    async def run(
        self,
        flow_run: FlowRun,
        configuration: BaseJobConfiguration,
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> InProcessResult:
        """Execute a run here."""
        flow = await self._flow_of(flow_run)
        is_superseded = await self._is_superseded(flow_run)
        if task_status is not None:
            # Becomes the run's infrastructure id, by which the sweep knows whose it is.
            task_status.started(self.owner)  # type: ignore[arg-type]
        if not is_superseded:
            await self._execute(flow, flow_run)
        return InProcessResult(status_code=0, identifier=self.owner)

    async def _execute(self, flow: Flow[Any, Any], flow_run: FlowRun) -> None:
        try:
            await execute(flow, flow_run)
            self._failed_starts.pop(flow_run.id, None)
        except Exception as failure:
            self._settle(flow_run, type(failure).__name__)

    async def _get_scheduled_flow_runs(self) -> list[WorkerFlowRunResponse]:
        """The runs that are due; none while the server does not answer, and the next poll asks."""
        try:
            async with asyncio.timeout(self.poll_seconds):
                return await super()._get_scheduled_flow_runs()
        except (TimeoutError, httpx.HTTPError) as failure:
            log.warning("runs_not_readable", extra={"reason": type(failure).__name__})
            return []

    async def _give_worker_labels_to_flow_run(self, flow_run_id: UUID) -> None:
        """Whose a run is stands in its infrastructure id; one request less that may fail."""

    async def _submit_run(self, flow_run: FlowRun) -> None:
        """Take a run; that it cannot be taken must end neither the others nor the polling."""
        try:
            await super()._submit_run(flow_run)
        except Exception as failure:
            self._submitting_flow_run_ids.discard(flow_run.id)
            self._release_limit_slot(flow_run.id)
            self._settle(flow_run, type(failure).__name__)

    async def _propose_crashed_state(
        self, flow_run: FlowRun, message: str, client: PrefectClient | None = None
    ) -> None:
        """A run that did not start, because Prefect's server failed it, is to start yet."""
        self._settle(flow_run, message)

    def _settle(self, flow_run: FlowRun, reason: str) -> None:
        """Look after a run that broke off, beside the others."""
        log.warning("run_broke_off", extra={"run": str(flow_run.id), "reason": reason})
        if self._runs_task_group is not None:
            self._failed_starts[flow_run.id] += 1
            again = self._failed_starts[flow_run.id] < MOST_STARTS
            self._runs_task_group.start_soon(settle, self.client, flow_run.id, reason, again)

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
