"""The address for the texts that people send us: their STOP and START, and nothing else.

Twilio itself answers these words and keeps its own list; ours is looked at before it is asked.
"""

from __future__ import annotations

from duebell.providers.twilio.inbound import inbound_from
from duebell.web.hook import Accepted, Visit, WebLedger
from duebell.web.twilio import SignedForms

#: TwiML that says nothing back. https://www.twilio.com/docs/messaging/twiml
NO_ANSWER = b"<Response/>"


class InboundIntake:
    """Verifies texts that were sent to us and obeys their keywords; nothing else is stored."""

    source = "twilio_inbound"

    def __init__(self, ledger: WebLedger, forms: SignedForms) -> None:
        self._ledger = ledger
        self._forms = forms

    async def accept(self, visit: Visit) -> Accepted:
        """Obey one text.

        Raises:
            WebhookRefused: if it is not signed; 503 while no auth token is known.
            LedgerUnavailable: if what it asks for cannot be stored now.
        """
        text = inbound_from(await self._forms.read(visit))
        result = text.unheeded or await self._ledger.apply_inbound(text)
        return Accepted(200, result.value, NO_ANSWER, "text/xml")
