"""What every webhook address does around its own part: answer, count, log; and what it needs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from starlette.types import Receive, Scope, Send

from duebell.domain.connections import KnownCallback
from duebell.domain.consent import EmailEvent, EventResult, InboundResult, InboundText
from duebell.domain.delivery import DeliveryReport
from duebell.domain.failures import ConfigurationError, LedgerUnavailable, WebhookRefused
from duebell.domain.signals import Signal
from duebell.metrics import Metrics
from duebell.web.bodies import answer

logger = logging.getLogger(__name__)

#: Refusals that are sent before the body was read, so the connection cannot be used again.
_UNREAD = frozenset({404, 408, 413, 415})


class WebLedger(Protocol):
    """What the webhook process asks of the ledger. Every method may raise LedgerUnavailable."""

    async def record_signal(self, signal: Signal) -> None:
        """Store the signal; returns when it is committed."""

    async def find_callback(self, url_token: str) -> KnownCallback | None:
        """Find the subscription that has this token in its URL."""

    async def record_handshake(
        self, callback: KnownCallback, verifier: str, remote_callback_id: str
    ) -> None:
        """Store the secret that FreshBooks sent for this subscription."""

    async def apply_report(self, report: DeliveryReport) -> str:
        """Store and apply a report; says in a fixed word what it changed."""

    async def apply_inbound(self, text: InboundText) -> InboundResult:
        """Obey what a person who wrote to us asks for."""

    async def auth_tokens(self) -> tuple[str, ...]:
        """Twilio's auth tokens, primary first; empty while no worker has told them."""

    async def apply_email_events(self, events: Sequence[EmailEvent]) -> list[EventResult]:
        """Apply what a carrier of emails tells; says of each what it changed."""

    async def sendgrid_key(self) -> str:
        """The key that verifies SendGrid's events; empty while no worker has told it."""

    async def unsubscribe(self, notification_id: str) -> bool:
        """Suppress the address that an email went to; False where there is no such email."""

    async def sender_of(self, notification_id: str) -> str | None:
        """The firm that an email came from, maybe unnamed; None where there is no such email."""

    async def readiness(self, base_url: str) -> list[str]:
        """One sentence for each thing that is missing; webhooks under this public URL count."""


@dataclass(slots=True)
class Visit:
    """One request. ``facts`` are ids that the log may show, filled in as they become known."""

    scope: Scope
    receive: Receive
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A delivery that is safely stored. ``result`` is the word by which it is counted."""

    status: int
    result: str
    body: bytes = b""
    content_type: str = ""


class Intake(Protocol):
    """The part of a webhook address that differs by sender."""

    source: str

    async def accept(self, visit: Visit) -> Accepted:
        """Verify and store; raises WebhookRefused or LedgerUnavailable, having stored nothing."""


class Hook:
    """The ASGI endpoint of one webhook address."""

    def __init__(self, intake: Intake, metrics: Metrics, now: Callable[[], datetime]) -> None:
        self._intake = intake
        self._metrics = metrics
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the success goes out only after ``accept`` has returned."""
        started_at = self._now()
        visit = Visit(scope, receive)
        try:
            accepted = await self._intake.accept(visit)
        except WebhookRefused as refused:
            await self._refuse(send, visit, refused)
        except (LedgerUnavailable, ConfigurationError) as failure:
            # A wrong sealing key is mended by a person; until then the sender is asked to wait.
            logger.error("webhook.unavailable", extra={**self._extra(visit), "error": str(failure)})
            await self._refuse(send, visit, WebhookRefused(503, "unavailable"))
        else:
            await answer(send, accepted.status, accepted.body, accepted.content_type)
            self._metrics.count_webhook(self._intake.source, accepted.result)
            seconds = (self._now() - started_at).total_seconds()
            self._metrics.observe_ack(max(seconds, 0.0))

    async def _refuse(self, send: Send, visit: Visit, refused: WebhookRefused) -> None:
        facts = {**self._extra(visit), "status": refused.status, "reason": refused.reason}
        logger.warning("webhook.refused", extra=facts)
        self._metrics.count_refusal(self._intake.source, refused.reason)
        body = refused.page or refused.reason.encode() + b"\n"
        kind = "text/html; charset=utf-8" if refused.page else "text/plain"
        await answer(send, refused.status, body, kind, close=refused.status in _UNREAD)

    def _extra(self, visit: Visit) -> dict[str, object]:
        return {"source": self._intake.source, **visit.facts}
