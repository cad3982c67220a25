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
from collections.abc import Callable
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
HANDSHAKES_EVERY_SECONDS = 2.0
#: An answer to a handshake that could not be given is tried again by every round of upkeep, and
#: between the rounds this often.
HANDSHAKES_AGAIN_SECONDS = 300.0
POLLING_AGAIN_SECONDS = 5.0
ORDER_EVERY_SECONDS = 60.0
TROUBLE_EVERY_SECONDS = 20.0
RULEBOOK_EVERY_SECONDS = 2.0
RULEBOOK_AGAIN_SECONDS = 20.0


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
    from prefect.context import AsyncClientContext

    from deployments.registering import Deployments, flows_by_name
    from deployments.sweeping import mark_crashed
    from duebell.people.safe_mode import COUNTS
    from duebell.warming import warm_up
    from tasks.runtime import opened

    await _wait_for_server(stop)
    if stop.is_set():
        return
    # One client for the process: every run would make its own, and a TLS context with it.
    async with AsyncClientContext() as context:
        client = context.client
        async with opened(settings, remember=redactor.remember) as runtime:
            guard_handlers(redactor)  # Prefect has made its handlers by now
            deployments = Deployments(client, settings)
            await deployments.register()
            await asyncio.to_thread(warm_up, runtime)
            living = await runtime.ledger.living_workers(with_guests=True)
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
    from duebell.ledger.doorbell import open_doorbell

    doorbell = open_doorbell(runtime.settings.ledger_url)
    dispatcher = Dispatcher(runtime, client, doorbell, flows["notify"], deployments)
    listening = asyncio.Event()
    background = [
        asyncio.create_task(_serve_pool(flows, runtime.worker.id)),
        asyncio.create_task(
            _keep_webhooks(runtime, client, flows["upkeep"], deployments, listening)
        ),
        asyncio.create_task(
            _begin_polling(runtime, client, flows["ingest"], deployments, listening)
        ),
        asyncio.create_task(_keep_order(runtime, client, deployments)),
        asyncio.create_task(_announce_trouble(runtime)),
        asyncio.create_task(_follow_rulebook(runtime, client, flows, deployments)),
    ]
    try:
        await dispatcher.run(stop)
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await doorbell.close()


async def _serve_pool(flows: Any, worker_id: str) -> None:
    """Execute scheduled, ad-hoc and retried runs; a fault here must not end the dispatcher."""
    from deployments.pool import POOL_NAME, InProcessWorker

    while True:
        worker = InProcessWorker(work_pool_name=POOL_NAME, name=worker_id, limit=4)
        worker.flows, worker.owner = flows, worker_id
        try:
            await worker.start(printer=lambda *_: None)
        except Exception:
            log.exception("pool_worker_broke_off")
        await asyncio.sleep(5)


async def _keep_order(runtime: Any, client: Any, deployments: Any) -> None:
    """Without deployments nothing is scheduled; and nobody else marks the runs of dead workers."""
    from deployments.sweeping import mark_crashed

    while True:
        await asyncio.sleep(ORDER_EVERY_SECONDS)
        with contextlib.suppress(Exception):
            if not await deployments.register_again():
                living = await runtime.ledger.living_workers(with_guests=True)
                await mark_crashed(client, deployments.ids(), living)


async def _announce_trouble(runtime: Any) -> None:
    """Tell Prefect of what is wrong within a minute, whichever process has noticed it."""
    from tasks.announcing import announce_channel_stops, announce_failures, announce_loss

    while True:
        await asyncio.sleep(TROUBLE_EVERY_SECONDS)
        for announce in (announce_loss, announce_channel_stops, announce_failures):
            with contextlib.suppress(Exception):
                await announce(runtime)


async def _follow_rulebook(runtime: Any, client: Any, flows: Any, deployments: Any) -> None:
    """Put a changed rulebook into force at once, also where nothing else happens.

    Other events may need other webhooks, and other rungs may be reached today.
    """
    from duebell.ledger import unsent
    from tasks.runtime import follow_rulebook

    digest = runtime.rulebook.digest
    while True:
        await asyncio.sleep(RULEBOOK_EVERY_SECONDS)
        try:
            await follow_rulebook()
            newest = runtime.rulebook.digest
            if newest != digest:
                await runtime.ledger.write(lambda c: unsent.look_again(c, runtime.now()))
                await _look_anew(client, flows, deployments, runtime.worker.id)
                digest = newest
        except Exception as failure:
            log.warning("rulebook_not_followed", extra={"reason": type(failure).__name__})
            await asyncio.sleep(RULEBOOK_AGAIN_SECONDS)


async def _look_anew(client: Any, flows: Any, deployments: Any, worker_id: str) -> None:
    from deployments.executing import run_now

    upkeep, ingest = (deployments.id_of(f"{name}/schedule") for name in ("upkeep", "ingest"))
    await run_now(client, flows["upkeep"], upkeep, "upkeep for another rulebook", worker_id)
    name = "what another rulebook tells of the books"
    await run_now(client, flows["ingest"], ingest, name, worker_id, rescan_ladder=True)


async def _begin_polling(
    runtime: Any, client: Any, ingest: Any, deployments: Any, listening: asyncio.Event
) -> None:
    """Look at the books at once: watching begins now and not with the first round of the schedule.

    The ladder is looked through again, because the rulebook may have changed since it last was. A
    run that Prefect's busy server refuses is asked for again: what is made before the first look is
    not told.
    """
    from deployments.executing import run_now

    await listening.wait()
    name = "what changed in the books"
    while True:
        try:
            id_ = deployments.id_of("ingest/schedule")
            return await run_now(client, ingest, id_, name, runtime.worker.id, rescan_ladder=True)
        except Exception as failure:
            log.warning("books_not_looked_at", extra={"reason": type(failure).__name__})
            await asyncio.sleep(POLLING_AGAIN_SECONDS)


async def _keep_webhooks(
    runtime: Any, client: Any, upkeep: Any, deployments: Any, listening: asyncio.Event
) -> None:
    """Run upkeep at the start, and whenever FreshBooks has sent a handshake.

    ``listening`` is set after the first round, however it ended.
    """
    from deployments.executing import run_now

    due, tried, tried_at = True, frozenset[object](), asyncio.get_running_loop().time()
    while True:
        if due:
            with contextlib.suppress(Exception):
                deployment_id = deployments.id_of("upkeep/schedule")
                name = "upkeep of webhooks"
                await run_now(client, upkeep, deployment_id, name, runtime.worker.id)
            listening.set()
        await asyncio.sleep(HANDSHAKES_EVERY_SECONDS)
        try:
            here = frozenset(await runtime.ledger.unsettled_verifiers())
            now = asyncio.get_running_loop().time()
            due = bool(here - tried) or (bool(here) and now - tried_at > HANDSHAKES_AGAIN_SECONDS)
            tried, tried_at = here, now if due else tried_at
        except Exception as failure:
            log.warning("handshakes_not_readable", extra={"reason": type(failure).__name__})
            due = False


if __name__ == "__main__":
    # Not "__main__", under which the logger would be nobody's.
    from deployments.worker import main as work

    sys.exit(run_process(work))
