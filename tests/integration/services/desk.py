"""A worker without Prefect: a runtime on a ledger of its own, the sandbox, and a clock to turn.

A desk does in plain words what the flows do in tasks, one step at a time where a test asks for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from duebell.domain.signals import Signal
from duebell.ledger.ledger import LedgerTokens
from duebell.ledger.workers import Worker
from duebell.notifying import reconciling
from duebell.notifying.batch import Batch
from duebell.notifying.pacing import Pacer
from duebell.notifying.reconciling import Reconciled
from duebell.providers.freshbooks.client import FreshBooksClient
from duebell.providers.freshbooks.oauth import AccessTokens
from duebell.providers.http import open_client, open_clients
from duebell.providers.twilio.emails import TwilioEmails
from duebell.providers.twilio.messages import TwilioMessages
from duebell.rulebook.opening import open_rulebook
from duebell.runtime import Runtime
from duebell.sandbox import credentials
from duebell.settings import Settings
from duebell.wording.rendering import Renderer, shipped_templates
from tests.integration.services.place import Place, Shown, notifications_in
from tests.ledger_scenes import column, rows
from tests.sandbox.subscriber import wait_until

T = TypeVar("T")

ACCOUNT = credentials.ACCOUNT_ID
FINAL = ("delivered", "undelivered", "failed")
#: The longest pause between the questions about a doubt, by the usual grace.
SETTLE_PAUSE_SECONDS = 241


class Desk:
    """One worker. ``total_seconds`` bounds a call to Twilio, ``changes`` are settings."""

    def __init__(
        self,
        place: Place,
        runner: asyncio.Runner,
        worker_id: str = "worker-1",
        *,
        total_seconds: float = 20.0,
        texts_type: type[TwilioMessages] = TwilioMessages,
        books_type: type[FreshBooksClient] = FreshBooksClient,
        **changes: object,
    ) -> None:
        self.place = place
        self.sandbox = place.sandbox
        self.clock = place.clock
        self.ledger = place.open_ledger()
        self._runner = runner
        settings = place.settings(**changes)
        texts = _open_texts(texts_type, settings, total_seconds)
        self._emails = _open_emails(settings, total_seconds)
        self.runtime = self._open(
            worker_id, settings, self._open_books(books_type, worker_id), texts
        )
        self.run(self._begin())

    def _open(
        self, worker_id: str, settings: Settings, books: FreshBooksClient, texts: TwilioMessages
    ) -> Runtime:
        place = self.place
        renderer = Renderer([place.home / "templates", shipped_templates()])
        return Runtime(
            settings=settings,
            ledger=self.ledger,
            books=books,
            texts=texts,
            rulebook=open_rulebook(settings.config, renderer),
            renderer=renderer,
            pacer=self._pacer(credentials.FROM, settings.sms_per_second),
            emails=self._emails,
            email_pacer=self._pacer(credentials.EMAIL_FROM, settings.email_per_second),
            transports={self._emails.provider: self._emails},
            worker=Worker(worker_id, "host", 1),
            account_ids=(ACCOUNT,),
            now=place.clock,
            sleep=place.sleep,
            jitter=lambda: 0.5,
        )

    def _pacer(self, sender: str, per_second: float) -> Pacer:
        place = self.place
        return Pacer(self.ledger, sender, per_second, now=place.clock, sleep=place.sleep)

    def _open_books(self, kind: type[FreshBooksClient], worker_id: str) -> FreshBooksClient:
        http = open_client(self.sandbox.base_url)
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
        return kind(http, tokens, sleep=self.place.sleep, jitter=lambda: 0.5)

    async def _begin(self) -> None:
        await self.ledger.beat(self.runtime.worker)
        await self.ledger.seed_connection(credentials.REFRESH_TOKEN)
        await self.ledger.put_auth_tokens([credentials.AUTH_TOKEN])

    def close(self) -> None:
        """Close what was opened."""
        self.run(self.runtime.close())
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
        await batch.outbox.send(batch.outbox.ready())
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
        return self.run(self.reconciled())

    async def reconciled(self) -> Reconciled:
        """As :meth:`reconcile`, to be done together with something else."""
        doubted = await reconciling.find_doubts(self.runtime)
        result = await reconciling.ask_all(self.runtime)
        result.doubted = doubted
        return result

    def settle(self, rounds: int = 4) -> None:
        """Let the schedules run for some minutes, so that everything comes to its end."""
        for number in range(rounds):
            self.await_receipts()
            self.later(seconds=SETTLE_PAUSE_SECONDS)
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
        return notifications_in(self.ledger)

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


def _open_texts(
    kind: type[TwilioMessages], settings: Settings, total_seconds: float
) -> TwilioMessages:
    return kind(
        open_clients(settings.twilio_api_url, connections=20),
        credentials.ACCOUNT_SID,
        credentials.API_KEY_SID,
        credentials.API_KEY_SECRET,
        sender=credentials.FROM,
        status_callback_base=settings.public_url,
        api_url=settings.twilio_api_url,
        total_seconds=total_seconds,
    )


def _open_emails(settings: Settings, total_seconds: float) -> TwilioEmails:
    return TwilioEmails(
        open_clients(settings.twilio_email_url, connections=8),
        credentials.API_KEY_SID,
        credentials.API_KEY_SECRET,
        sender=credentials.EMAIL_FROM,
        api_url=settings.twilio_email_url,
        total_seconds=total_seconds,
    )
