"""The dispatcher: waiting signals become runs of ``notify/webhook``, executed here at once.

A run stands for a batch. In quiet times a batch is one signal and starts within milliseconds; in a
burst the signals that come while a run is under way make the next batch.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

from httpx import HTTPStatusError
from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun

from deployments.executing import create_run, execute, settle
from deployments.registering import Deployments
from duebell.domain.failures import LedgerUnavailable
from duebell.domain.signals import ClaimedSignal, Signal
from duebell.explaining.own_events import failures_in_words, own_words
from duebell.ledger.doorbell import Doorbell
from duebell.ledger.escalating import count_of
from duebell.ledger.failures import FAILED
from duebell.runtime import Runtime

log = logging.getLogger(__name__)

DEPLOYMENT = "notify/webhook"
#: The most signals in a batch, and the most seconds of sending at the sender's rate.
MOST_SIGNALS = 250
MOST_SECONDS = 30.0
#: Runs at once. More buy nothing: Prefect's server is busy with 3 to 5 run starts per second.
SLOTS = 3
#: A further run is started beside others only for so many signals, or after so many seconds.
WORTH_A_RUN = 25
PATIENCE_SECONDS = 0.5
#: Without a ring, the inbox is looked at this often: for what was put off, and for the signals of
#: workers that died.
LOOK_EVERY_SECONDS = 2.0
#: What a run left over is taken up again after this long.
LEFT_OVER_PAUSE = timedelta(seconds=2)
#: Pauses while the ledger cannot take back what a run left.
RELEASE_PAUSES_SECONDS = (0.5, 2.0, 5.0, 15.0)
#: Prefect's client waits 2, 4, 8, 16 and 32 seconds between its tries; a server that is back is
#: not to be waited for that long.
CREATE_SECONDS = 10.0
#: How long runs under way may take to end when the worker is told to stop, and to break off.
DRAIN_SECONDS = 8.0
BREAK_OFF_SECONDS = 3.0
#: Pauses while Prefect's server does not answer.
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0


class Dispatcher:
    """Starts runs for what waits in the inbox, and executes them in this process."""

    def __init__(
        self,
        runtime: Runtime,
        client: PrefectClient,
        doorbell: Doorbell,
        notify: Flow[Any, Any],
        deployments: Deployments,
    ) -> None:
        self._runtime = runtime
        self._client = client
        self._doorbell = doorbell
        self._notify = notify
        self._deployments = deployments
        self._running: set[asyncio.Task[None]] = set()
        self._settling: set[asyncio.Task[None]] = set()
        self._last_start = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Dispatch until told to stop; then wait for the runs under way."""
        while not stop.is_set():
            try:
                if not await self._dispatch_next():
                    await self._doorbell.wait(LOOK_EVERY_SECONDS)
            except Exception as failure:
                # Whatever it is, the signals are kept, and the next look may fare better.
                known = isinstance(failure, LedgerUnavailable)
                log.warning("dispatch_failed", exc_info=not known, extra={"reason": str(failure)})
                await asyncio.sleep(LOOK_EVERY_SECONDS)
        await self._drain()

    async def _drain(self) -> None:
        """Let runs end, then break them off; what they leave undone is taken up by others."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=DRAIN_SECONDS)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=BREAK_OFF_SECONDS)

    async def _dispatch_next(self) -> bool:
        if self._running and not await self._is_worth_a_run():
            await self._wait_for_room()
            return True
        batch_id = uuid.uuid4().hex
        claimed = await self._runtime.ledger.claim(self._runtime.worker.id, batch_id, self._most())
        if not claimed:
            return False
        self._last_start = asyncio.get_running_loop().time()
        task = asyncio.create_task(self._execute(batch_id, claimed))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return True

    def _most(self) -> int:
        return max(1, min(MOST_SIGNALS, int(self._runtime.settings.sms_per_second * MOST_SECONDS)))

    async def _is_worth_a_run(self) -> bool:
        if len(self._running) >= SLOTS:
            return False
        waiting = await self._runtime.ledger.count_claimable()
        is_old = asyncio.get_running_loop().time() - self._last_start > PATIENCE_SECONDS
        return waiting >= WORTH_A_RUN or (waiting > 0 and is_old)

    async def _wait_for_room(self) -> None:
        # The last run may have ended while the inbox was counted.
        if running := set(self._running):
            await asyncio.wait(
                running, timeout=PATIENCE_SECONDS / 5, return_when=asyncio.FIRST_COMPLETED
            )

    async def _execute(self, batch_id: str, claimed: list[ClaimedSignal]) -> None:
        worker_id = self._runtime.worker.id
        try:
            await self._execute_run(await self._create_run(batch_id, claimed))
        finally:
            await self._release(worker_id, batch_id)

    async def _execute_run(self, flow_run: FlowRun) -> None:
        try:
            await execute(self._notify, flow_run)
        except Exception as failure:
            log.exception("run_broke_off", extra={"run": str(flow_run.id)})
            reason = type(failure).__name__
            task = asyncio.create_task(settle(self._client, flow_run.id, reason, again=False))
            self._settling.add(task)
            task.add_done_callback(self._settling.discard)

    async def _release(self, worker_id: str, batch_id: str) -> None:
        """Give back what the run left; what cannot be given back now is found by its age."""
        for pause in RELEASE_PAUSES_SECONDS:
            try:
                left = await self._runtime.ledger.release(worker_id, batch_id, LEFT_OVER_PAUSE)
            except LedgerUnavailable:
                await asyncio.sleep(pause)
                continue
            if left:
                log.warning("signals_left_over", extra={"batch": batch_id, "count": left})
            return

    async def _create_run(self, batch_id: str, claimed: list[ClaimedSignal]) -> FlowRun:
        """Create the run; the signals are kept while Prefect's server is away, however long."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                async with asyncio.timeout(CREATE_SECONDS):
                    return await create_run(
                        self._client,
                        self._deployments.id_of(DEPLOYMENT),
                        run_name(claimed),
                        self._runtime.worker.id,
                        {"batch_id": batch_id},
                    )
            except Exception as failure:
                log.warning("prefect_unreachable", extra={"reason": type(failure).__name__})
                if _is_not_found(failure):
                    await self._deployments.register_again()
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _is_not_found(failure: Exception) -> bool:
    # Creating a run is one of the calls whose 404 Prefect's client does not turn into
    # ObjectNotFound.
    return isinstance(failure, HTTPStatusError) and failure.response.status_code == 404


def run_name(claimed: list[ClaimedSignal]) -> str:
    """What a run is about: the record for one signal, counts by event for many."""
    if len(claimed) == 1:
        return _about(claimed[0].signal)
    failures = [one.signal.object_id for one in claimed if one.signal.event == FAILED]
    counts = Counter(one.signal.event for one in claimed if one.signal.event != FAILED)
    # A digest stands for many failures, and they are what somebody wants to know the number of.
    told = [failures_in_words(sum(map(count_of, failures)))] if failures else []
    return ", ".join([*told, *(f"{count} × {event}" for event, count in sorted(counts.items()))])


def _about(signal: Signal) -> str:
    place = f" ({signal.account_id})" if signal.account_id else ""
    return f"{own_words(signal) or f'{signal.event} {signal.object_id}'}{place}"
