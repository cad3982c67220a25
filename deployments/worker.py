"""The worker process: warm, with clients and ledger open; everything that sends runs here."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from deployments.prefect_environment import adopt
from deployments.starting import require_current_ledger, run_process, settle_memory
from duebell.log import guard_handlers
from duebell.redaction import Redactor
from duebell.settings import Settings

log = logging.getLogger(__name__)

#: Acknowledging webhooks comes before working them off.
NICENESS = 5
#: How long Prefect's server is waited for at the start.
SERVER_SECONDS = 120.0
#: `duebell up` waits a little longer.
LONGEST_END_SECONDS = 14.0


def main(settings: Settings, redactor: Redactor) -> None:
    """Work until told to stop."""
    require_current_ledger(settings)
    adopt(settings.home)
    os.nice(NICENESS)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_work(settings, redactor))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


async def _work(settings: Settings, redactor: Redactor) -> None:
    stop = _stop_on_signals()  # before there are threads, which take the mask of who starts them
    # Prefect is imported only now, when its settings are in the environment.
    import httpx

    from deployments.registering import Deployments, flows_by_name
    from deployments.sweeping import mark_crashed
    from duebell.people.safe_mode import COUNTS
    from duebell.warming import warm_up
    from tasks.runtime import opened

    await _wait_for_server(stop)
    if stop.is_set():
        return
    async with (
        _lasting_client() as client,
        opened(settings, remember=redactor.remember) as runtime,
    ):
        guard_handlers(redactor)  # Prefect has made its handlers by now
        deployments = Deployments(client, settings)
        await deployments.register()
        await asyncio.to_thread(warm_up, runtime)
        living = await runtime.ledger.living_workers(with_guests=True)
        with contextlib.suppress(httpx.HTTPError):  # a minute later it is done again
            await mark_crashed(client, deployments.ids(), living)
        settle_memory()
        log.info("worker_started", extra={"worker": runtime.worker.id})
        if runtime.safe_mode.is_on:
            log.warning("safe_mode_is_on", extra={"reason": COUNTS})
        await _run_until(stop, client, runtime, flows_by_name(), deployments)
    log.info("worker_stopped")


def _stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set, even in the middle of a run.

    While a run is under way Prefect has a handler of its own for SIGTERM, whose exception would be
    lost in the event loop. Blocked signals reach no handler, only the thread that waits for them.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    numbers = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)

    def wait() -> None:
        signal.sigwait(numbers)
        loop.call_soon_threadsafe(stop.set)
        # Prefect's threads go on calling a server that has gone for longer than anybody waits.
        # What is not on record by then is found by another worker, as after a crash.
        time.sleep(LONGEST_END_SECONDS)
        os._exit(0)

    threading.Thread(target=wait, name="stop-signals", daemon=True).start()
    return stop


@contextlib.asynccontextmanager
async def _lasting_client() -> AsyncIterator[Any]:
    """One client of each kind for the process.

    Every run would make its own, and a TLS context with it, while all else waits.
    """
    from prefect.context import AsyncClientContext, SyncClientContext

    with SyncClientContext():
        async with AsyncClientContext() as context:
            yield context.client


async def _wait_for_server(stop: asyncio.Event) -> None:
    """Wait with a client of its own: the lasting one does not open while there is no server."""
    from prefect.client.orchestration import get_client

    waited = 0.0
    async with get_client() as client:
        while (failure := await client.api_healthcheck()) is not None and not stop.is_set():
            if waited >= SERVER_SECONDS:
                raise failure
            await asyncio.sleep(0.25)
            waited += 0.25


async def _run_until(
    stop: asyncio.Event, client: Any, runtime: Any, flows: Any, deployments: Any
) -> None:
    from deployments.dispatcher import Dispatcher
    from deployments.duties import begin_duties
    from duebell.ledger.doorbell import open_doorbell

    doorbell = open_doorbell(runtime.settings.ledger_url)
    dispatcher = Dispatcher(runtime, client, doorbell, flows["notify"], deployments)
    duties = begin_duties(runtime, client, flows, deployments)
    try:
        await dispatcher.run(stop)
    finally:
        for duty in duties:
            duty.cancel()
        await asyncio.gather(*duties, return_exceptions=True)
        await doorbell.close()


if __name__ == "__main__":
    # Not "__main__", under which the logger would be nobody's.
    from deployments.worker import main as work

    sys.exit(run_process(work))
