"""The address that SendGrid posts its events to: what became of emails, and who wants none.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from duebell.domain.consent import EmailEvent
from duebell.domain.failures import WebhookRefused
from duebell.metrics import Metrics
from duebell.providers.sendgrid.events import EventReport, batch_from
from duebell.providers.sendgrid.signatures import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    is_signed,
    public_key_from,
)
from duebell.web.bodies import header, read_body, require_type
from duebell.web.hook import Accepted, Visit, WebLedger
from duebell.web.recent import Recent

_SIGNATURE = SIGNATURE_HEADER.lower().encode()
_TIMESTAMP = TIMESTAMP_HEADER.lower().encode()

#: A batch has thousands of events at most.
MAX_BATCH_BYTES = 4 * 1024 * 1024
JSON = "application/json"

_KEY = "sendgrid key"
_SUBSCRIBED_AGAIN = "sg.resubscribe"


class SendGridIntake:
    """Verifies and applies batches of events."""

    source = "sendgrid"

    def __init__(
        self,
        ledger: WebLedger,
        metrics: Metrics,
        now: Callable[[], datetime],
        *,
        read_seconds: float,
    ) -> None:
        self._ledger = ledger
        self._metrics = metrics
        self._read_seconds = read_seconds
        self._key: Recent[str] = Recent(lambda _: ledger.sendgrid_key(), now)

    async def accept(self, visit: Visit) -> Accepted:
        """Apply one batch, and acknowledge it as a whole.

        Raises:
            WebhookRefused: if it is not signed; 503 while no verification key is known.
            LedgerUnavailable: if it cannot be stored now.
            ConfigurationError: if the key that is known is none.
        """
        require_type(visit.scope, JSON, MAX_BATCH_BYTES)
        raw = await read_body(visit.receive, seconds=self._read_seconds, limit=MAX_BATCH_BYTES)
        if not await self._is_signed(visit, raw):
            raise WebhookRefused(401, "signature")
        batch = batch_from(raw)
        visit.facts.update(events=len(batch.reports), broken=batch.broken)
        for result in await self._ledger.apply_email_events([*map(_event, batch.reports)]):
            self._metrics.count_report(result)
        return Accepted(204, "applied")

    async def _is_signed(self, visit: Visit, raw: bytes) -> bool:
        signature, timestamp = header(visit.scope, _SIGNATURE), header(visit.scope, _TIMESTAMP)
        known = await self._key.find(_KEY) or await self._key.look_again(_KEY)
        if not known:
            raise WebhookRefused(503, "no verification key")
        if is_signed(timestamp, raw, signature, public_key_from(known)):
            return True
        # The key may just have been made anew.
        newest = await self._key.look_again(_KEY)
        return newest != known and is_signed(timestamp, raw, signature, public_key_from(newest))


def _event(found: EventReport) -> EmailEvent:
    is_back = found.code == _SUBSCRIBED_AGAIN
    return EmailEvent(
        found.event_id,
        found.report,
        found.address,
        "" if is_back else found.code,
        found.notification_id,
        found.attempt,
        wants_more=is_back,
        at=found.at,
    )
