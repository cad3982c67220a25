"""The services of a worker in a process of their own, without Prefect.

Run: ``python -m benchmarks.worker_process SANDBOX_URL HOME REFRESH_TOKEN``; HOME has a rulebook.
Orders: ``poll`` an account; ``rehearse`` and ``backfill`` a period.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

from benchmarks.orders import Numbers, serve
from benchmarks.reading import SETTINGS_FILE
from duebell.backfills.backfilling import Backfill
from duebell.backfills.brakes import Brakes
from duebell.backfills.progress import Progress
from duebell.backfills.rehearsing import Rehearsal, Rehearsed
from duebell.domain.backfill import Request
from duebell.ledger.ledger import Ledger, LedgerTokens, utc_now
from duebell.ledger.sealing import Sealer, open_sealer
from duebell.ledger.workers import HEARTBEAT_SECONDS, Worker
from duebell.notifying.batch import Batch
from duebell.notifying.pacing import Pacer
from duebell.polling.ingesting import AccountPoll
from duebell.polling.ladder_scan import scan_ladder
from duebell.polling.report import AccountFound
from duebell.providers.codes import meaning_of
from duebell.providers.freshbooks.client import FreshBooksClient
from duebell.providers.freshbooks.oauth import AccessTokens
from duebell.providers.freshbooks.transport import CONNECTIONS as BOOKS_AT_ONCE
from duebell.providers.http import open_clients
from duebell.providers.twilio.messages import TwilioMessages
from duebell.rulebook.opening import open_rulebook
from duebell.runtime import CONNECTIONS, Runtime
from duebell.sandbox import credentials
from duebell.settings import Settings, load_settings
from duebell.wording.rendering import open_renderer

#: As a worker's dispatcher does: so many batches at once, of so many signals.
BATCHES_AT_ONCE = 3
MOST_SIGNALS = 250
LOOK_EVERY_SECONDS = 0.02


class Services:
    """What can be ordered."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._batches = 0

    async def poll(self, account_id: str) -> Numbers:
        """One look at an account, as a run of ``ingest`` has it."""
        changes = AccountPoll(self._runtime, account_id)
        await changes.run()
        ladder = await scan_ladder(self._runtime, account_id)
        found = AccountFound(account_id, list(changes.found.values()), ladder)
        if faults := list(found.faults):
            raise RuntimeError("; ".join(faults))
        return {
            "pages": sum(kind.pages for kind in found.kinds) + ladder.pages,
            "kinds": len(found.kinds),
            "signals": found.signals.total(),
        }

    async def rehearse(self, since: str, until: str) -> Numbers:
        """A dry run of a backfill of invoices."""
        verdicts: Counter[str] = Counter()

        async def take(row: Rehearsed) -> None:
            verdicts[row.verdict] += 1

        run = Rehearsal(self._runtime, _tell_nobody, take)
        await run.begin(_request(since, until))
        while run.is_left:
            await run.work_through()
        progress = run.progress()
        return {"records": progress.signals, "pages": progress.pages, **verdicts}

    async def backfill(self, id: str, since: str, until: str) -> Numbers:
        """A backfill of invoices, and what it found worked off until all texts are out."""
        run = Backfill(self._runtime, id, Brakes(self._runtime, is_worker=True), _tell_nobody)
        async with self._working():
            await run.begin(_request(since, until))
            while run.pause is None and not run.cursor.is_done:
                await run.work_through()
            await run.settle()
        outcome = await run.end()
        if not outcome.is_done:
            raise RuntimeError(str(outcome))
        return {"records": outcome.counts["signals"], "pages": outcome.counts["pages"]}

    @contextlib.asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        workers = [asyncio.create_task(self._work_off()) for _ in range(BATCHES_AT_ONCE)]
        try:
            yield
        finally:
            for worker in workers:
                worker.cancel()
            ended = await asyncio.gather(*workers, return_exceptions=True)
        for one in ended:
            if isinstance(one, Exception):
                raise one

    async def _work_off(self) -> None:
        while True:
            self._batches += 1
            batch = Batch(self._runtime, f"batch-{self._batches}")
            if await batch.claim(MOST_SIGNALS):
                await batch.look_up()
                await batch.decide()
                await batch.outbox.send(batch.outbox.ready())
                await batch.finish()
            else:
                await asyncio.sleep(LOOK_EVERY_SECONDS)


def _request(since: str, until: str) -> Request:
    return Request(date.fromisoformat(since), date.fromisoformat(until), ("invoice.create",))


async def _tell_nobody(progress: Progress) -> None:
    """Nobody watches."""


async def main(sandbox_url: str, home: Path, refresh_token: str) -> None:
    """Open everything once and carry out orders."""
    settings = _settings(sandbox_url, home)
    sealer = open_sealer(home, None)
    ledger = Ledger(settings.ledger_url, sealer, linger_seconds=0.01, meaning_of=meaning_of)
    runtime = _runtime(settings, ledger, sealer)
    await ledger.seed_connection(refresh_token)
    beating = asyncio.create_task(_keep_alive(runtime))
    await ledger.beat(runtime.worker)
    services = Services(runtime)
    await serve(
        {"poll": services.poll, "rehearse": services.rehearse, "backfill": services.backfill}
    )
    beating.cancel()
    await runtime.books.close()
    await runtime.texts.close()
    await asyncio.to_thread(ledger.close)


def _settings(sandbox_url: str, home: Path) -> Settings:
    """No brake and no hours are in the way of what is measured, nor a rate unless it is chosen."""
    usual = {
        "home": home,
        "config": home / "duebell.toml",
        "freshbooks_api_url": sandbox_url,
        "twilio_api_url": sandbox_url,
        "ladder_hours": "00:00-23:59:59.999999",
        "sms_per_second": 1000,
        "max_sends_per_run": 1_000_000,
        "max_sends_per_hour": 1_000_000,
    }
    chosen = json.loads((home / SETTINGS_FILE).read_text())
    return load_settings(_env_file=None, **{**usual, **chosen})


def _runtime(settings: Settings, ledger: Ledger, sealer: Sealer) -> Runtime:
    worker = Worker(f"benchmark-{os.getpid()}", "localhost", os.getpid())
    renderer = open_renderer(settings.templates)
    return Runtime(
        settings=settings,
        ledger=ledger,
        books=_open_books(settings, LedgerTokens(ledger, sealer, utc_now), worker.id),
        texts=_open_texts(settings),
        rulebook=open_rulebook(settings.config, renderer),
        renderer=renderer,
        pacer=Pacer(ledger, credentials.FROM, settings.sms_per_second, now=utc_now),
        worker=worker,
        account_ids=(credentials.ACCOUNT_ID,),
    )


def _open_books(settings: Settings, store: LedgerTokens, owner: str) -> FreshBooksClient:
    clients = open_clients(settings.freshbooks_api_url, connections=BOOKS_AT_ONCE)
    app = (credentials.CLIENT_ID, credentials.CLIENT_SECRET, credentials.REDIRECT_URI)
    tokens = AccessTokens(store, clients[0], *app, now=utc_now, owner=owner)
    return FreshBooksClient(clients, tokens, jitter=random.random)


def _open_texts(settings: Settings) -> TwilioMessages:
    return TwilioMessages(
        open_clients(settings.twilio_api_url, connections=CONNECTIONS),
        credentials.ACCOUNT_SID,
        credentials.API_KEY_SID,
        credentials.API_KEY_SECRET,
        sender=credentials.FROM,
        status_callback_base=settings.public_url,
        api_url=settings.twilio_api_url,
    )


async def _keep_alive(runtime: Runtime) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        await runtime.ledger.beat(runtime.worker)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
