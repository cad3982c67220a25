"""A worker without Prefect: a runtime on a ledger of its own, the sandbox, and a clock to turn.

A desk does in plain words what the flows do in tasks, one step at a time where a test asks for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from duebell import reconciling
from duebell.domain.signals import Signal
from duebell.ledger.ledger import Ledger, LedgerTokens
from duebell.ledger.sealing import Sealer
from duebell.ledger.workers import Worker
from duebell.notifying import Batch
from duebell.pacing import Pacer
from duebell.providers.freshbooks.client import FreshBooksClient
from duebell.providers.freshbooks.oauth import AccessTokens
from duebell.providers.http import open_client, open_clients
from duebell.providers.twilio.errors import explain
from duebell.providers.twilio.messages import TwilioMessages
from duebell.reconciling import Reconciled
from duebell.rendering import Renderer, shipped_templates
from duebell.rulebook import load_rulebook
from duebell.runtime import MOST_IN_FLIGHT, Runtime
from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings, load_settings
from tests.ledger_scenes import Clock, column, rows
from tests.sandbox.subscriber import wait_until

T = TypeVar("T")

ACCOUNT = credentials.ACCOUNT_ID
FINAL = ("delivered", "undelivered")
PATIENCE = 200


@dataclass(frozen=True)
class Place:
    """Where desks stand: what all processes of one installation share."""

    sandbox: SandboxControl
    ledger_url: str
    public_url: str
    home: Path
    sealer: Sealer
    clock: Clock

    def settings(self, **changes: object) -> Settings:
        """Settings that lead to the sandbox and to nothing else."""
        values: dict[str, object] = {
            "home": self.home,
            "config": self.home / "duebell.toml",
            "public_url": self.public_url,
            "sms_per_second": 1000,
            "freshbooks_api_url": self.sandbox.base_url,
            "twilio_api_url": self.sandbox.base_url,
        }
        return load_settings(_env_file=None, **{**values, **changes})

    def open_ledger(self) -> Ledger:
        """One process's way to the ledger."""
        return Ledger(self.ledger_url, self.sealer, now=self.clock, explain=explain)

    async def sleep(self, seconds: float) -> None:
        """Wait without waiting: the clock is turned instead."""
        self.clock.pass_(seconds=seconds)
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Shown:
    """A notification, as far as tests look at it."""

    id: str
    status: str
    recipient: str
    provider_id: str | None
    attempts: int
    reason: str | None
    failed: bool
    error_code: str | None


class Desk:
    """One worker. ``total_seconds`` bounds a call to Twilio, ``changes`` are settings."""

    def __init__(
        self,
        place: Place,
        runner: asyncio.Runner,
        worker_id: str = "worker-1",
        *,
        total_seconds: float = 20.0,
        ledger: Ledger | None = None,
        **changes: object,
    ) -> None:
        self.place = place
        self.sandbox = place.sandbox
        self.clock = place.clock
        self.ledger = ledger or place.open_ledger()
        self._runner = runner
        self.runtime = self._open(worker_id, place.settings(**changes), total_seconds)
        self.run(self._begin())

    def _open(self, worker_id: str, settings: Settings, total_seconds: float) -> Runtime:
        place = self.place
        renderer = Renderer([place.home / "templates", shipped_templates()])
        return Runtime(
            settings=settings,
            ledger=self.ledger,
            books=self._open_books(worker_id, settings),
            texts=_open_texts(settings, total_seconds),
            rulebook=load_rulebook(settings.config, renderer.template_names()),
            renderer=renderer,
            pacer=Pacer(
                self.ledger,
                credentials.FROM,
                settings.sms_per_second,
                now=place.clock,
                sleep=place.sleep,
            ),
            worker=Worker(worker_id, "host", 1),
            account_ids=(ACCOUNT,),
            now=place.clock,
            sleep=place.sleep,
            jitter=lambda: 0.5,
        )

    def _open_books(self, worker_id: str, settings: Settings) -> FreshBooksClient:
        http = open_client(settings.freshbooks_api_url)
        store = LedgerTokens(self.ledger, self.place.sealer, self.clock)
        tokens = AccessTokens(
            store,
            http,
            credentials.CLIENT_ID,
            credentials.CLIENT_SECRET,
            "https://duebell.example/oauth",
            now=self.clock,
            owner=worker_id,
        )
        return FreshBooksClient(http, tokens, sleep=self.place.sleep, jitter=lambda: 0.5)

    async def _begin(self) -> None:
        await self.ledger.beat(self.runtime.worker)
        await self.ledger.seed_connection(credentials.REFRESH_TOKEN)
        await self.ledger.put_auth_tokens([credentials.AUTH_TOKEN])

    def close(self) -> None:
        """Close what was opened."""
        self.run(self.runtime.books.close())
        self.run(self.runtime.texts.close())
        self.ledger.close()

    # -- doing

    def run(self, step: Coroutine[Any, Any, T]) -> T:
        """Do one step to its end."""
        return self._runner.run(step)

    def together(self, *steps: Coroutine[Any, Any, T]) -> list[T]:
        """Do several steps at the same time; gives their results in order."""
        return self.run(_gather(*steps))

    def later(self, **span: float) -> None:
        """Let time pass; this worker lives on."""
        self.clock.pass_(**span)
        self.run(self.ledger.beat(self.runtime.worker))

    def hear(self, event: str, object_id: str) -> str:
        """A signal arrives."""
        self.run(self.ledger.record_signal(Signal(ACCOUNT, event, object_id)))
        return object_id

    def new_invoice(self, client: str = "Alder Street Bakery", **fields: object) -> str:
        """An invoice is written and its signal arrives; gives its id."""
        fired = self.sandbox.fire(client=client, fields=fields, deliver=False)
        return self.hear("invoice.create", str(fired[0]["id"]))

    def change(self, object_id: str, **fields: object) -> None:
        """The invoice changes, and nobody is told."""
        self.sandbox.change_invoice(int(object_id), **fields)

    def batch(self, id_: str = "batch-1") -> Batch:
        """A batch, as a run holds it."""
        return Batch(self.runtime, id_)

    def decided(self, id_: str = "batch-1") -> Batch:
        """A batch whose notifications are planned and not sent yet."""
        batch = self.batch(id_)
        self.run(self._up_to_decision(batch))
        return batch

    async def _up_to_decision(self, batch: Batch) -> None:
        await batch.claim(200)
        await batch.look_up()
        await batch.decide()

    def send(self, batch: Batch) -> dict[str, int]:
        """The rest of a batch: send what is ready, end the signals."""
        return self.run(self.finished(batch))

    async def finished(self, batch: Batch) -> dict[str, int]:
        """As :meth:`send`, to be done together with something else."""
        await batch.send(batch.ready())
        return await batch.finish()

    def notify(self, id_: str = "batch-1") -> dict[str, int]:
        """A whole run; gives what became of its signals."""
        return self.run(self.notified(id_))

    async def notified(self, id_: str = "batch-1") -> dict[str, int]:
        """As :meth:`notify`, to be done together with something else."""
        batch = self.batch(id_)
        await self._up_to_decision(batch)
        return await self.finished(batch)

    def reconcile(self) -> Reconciled:
        """Find doubts and ask about everything that is due."""
        return self.run(self._reconciled())

    async def _reconciled(self) -> Reconciled:
        doubted = await reconciling.find_doubts(self.runtime)
        result = await reconciling.ask_all(self.runtime)
        result.doubted = doubted
        return result

    def settle(self, rounds: int = 4) -> None:
        """Let the schedules run for some minutes, so that everything comes to its end."""
        for number in range(rounds):
            self.await_receipts()
            self.later(seconds=61)
            self.reconcile()
            self.notify(f"settle-{number}-{self.clock()}")

    # -- looking

    def await_receipts(self) -> None:
        """Return when every text at Twilio has come to its end."""
        wait_until(lambda: all(text["status"] in FINAL for text in self.sandbox.messages()))

    def texts(self) -> list[dict[str, Any]]:
        """The texts that Twilio took."""
        return self.sandbox.messages()

    def notifications(self) -> list[Shown]:
        """All notifications, oldest first."""
        names = ", ".join(Shown.__annotations__)
        found = rows(self.ledger, f"select {names} from notifications order by created_at, id")  # noqa: S608
        return [Shown(*row[:6], bool(row[6]), row[7]) for row in found]

    def notification(self) -> Shown:
        """The one notification there is."""
        (only,) = self.notifications()
        return only

    def signals(self) -> list[tuple[str, str | None]]:
        """Status and outcome of every signal, in the order of their coming."""
        return [
            (row[0], row[1])
            for row in rows(self.ledger, "select status, outcome from signals order by id")
        ]

    def verdicts(self) -> list[str]:
        """What was decided, in order."""
        return column(self.ledger, "select verdict from decisions order by id")


async def _gather(*steps: Coroutine[Any, Any, T]) -> list[T]:
    return list(await asyncio.gather(*steps))


def _open_texts(settings: Settings, total_seconds: float) -> TwilioMessages:
    return TwilioMessages(
        open_clients(settings.twilio_api_url, connections=MOST_IN_FLIGHT),
        credentials.ACCOUNT_SID,
        credentials.API_KEY_SID,
        credentials.API_KEY_SECRET,
        sender=credentials.FROM,
        status_callback_base=settings.public_url,
        api_url=settings.twilio_api_url,
        total_seconds=total_seconds,
    )


GRACE = timedelta(seconds=60)
