"""What a worker does beside dispatching: each duty a task of its own, until the worker ends.

To be imported when Prefect's settings are in the environment.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from typing import Any

from deployments.executing import run_now
from deployments.pool import POOL_NAME, InProcessWorker
from deployments.sweeping import mark_crashed
from duebell.ledger import unsent
from duebell.retrying.asking import keep_asking
from tasks.announcing import announce_channel_stops, announce_failures, announce_loss
from tasks.runtime import follow_rulebook
from tasks.tokens import tell_signing_keys

log = logging.getLogger(__name__)

HANDSHAKES_EVERY_SECONDS = 2.0
#: An answer to a handshake that could not be given is tried again by every round of upkeep, and
#: between the rounds this often.
HANDSHAKES_AGAIN_SECONDS = 300.0
POLLING_AGAIN_SECONDS = 5.0
ORDER_EVERY_SECONDS = 60.0
TROUBLE_EVERY_SECONDS = 20.0
SIGNING_KEYS_EVERY_SECONDS = 30.0
RULEBOOK_EVERY_SECONDS = 2.0
RULEBOOK_AGAIN_SECONDS = 20.0


def begin_duties(
    runtime: Any, client: Any, flows: Any, deployments: Any
) -> list[asyncio.Task[None]]:
    """Begin all of them."""
    listening = asyncio.Event()
    duties: list[Coroutine[Any, Any, None]] = [
        _serve_pool(flows, runtime.worker.id),
        _keep_webhooks(runtime, client, flows["upkeep"], deployments, listening),
        _begin_polling(runtime, client, flows["ingest"], deployments, listening),
        _keep_order(runtime, client, deployments),
        _announce_trouble(runtime),
        _follow_signing_keys(runtime),
        _follow_rulebook(runtime, client, flows, deployments),
        _ask_for_operators(runtime, client, flows["reconcile"], deployments),
    ]
    return [asyncio.create_task(duty) for duty in duties]


async def _serve_pool(flows: Any, worker_id: str) -> None:
    """Execute scheduled, ad-hoc and retried runs; a fault here must not end the dispatcher."""
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
    while True:
        await asyncio.sleep(ORDER_EVERY_SECONDS)
        with contextlib.suppress(Exception):
            if not await deployments.register_again():
                living = await runtime.ledger.living_workers(with_guests=True)
                await mark_crashed(client, deployments.ids(), living)


async def _announce_trouble(runtime: Any) -> None:
    """Tell Prefect of what is wrong within a minute, whichever process has noticed it."""
    while True:
        await asyncio.sleep(TROUBLE_EVERY_SECONDS)
        for announce in (announce_loss, announce_channel_stops, announce_failures):
            with contextlib.suppress(Exception):
                await announce(runtime)


async def _follow_signing_keys(runtime: Any) -> None:
    """Have reports believed that are signed with a key which somebody has just put into a block."""
    while True:
        await asyncio.sleep(SIGNING_KEYS_EVERY_SECONDS)
        with contextlib.suppress(Exception):
            await tell_signing_keys(runtime.ledger, runtime.settings)


async def _follow_rulebook(runtime: Any, client: Any, flows: Any, deployments: Any) -> None:
    """Put a changed rulebook into force at once, also where nothing else happens.

    Other events may need other webhooks, and other rungs may be reached today.
    """
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


async def _ask_for_operators(runtime: Any, client: Any, reconcile: Any, deployments: Any) -> None:
    async def ask() -> None:
        id_ = deployments.id_of("reconcile/schedule")
        await run_now(client, reconcile, id_, "what an operator has sent again", runtime.worker.id)

    await keep_asking(runtime, ask)
