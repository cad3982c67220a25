"""People answer texts: Twilio obeys STOP and START, and tells the number's owner.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from duebell.sandbox import credentials
from duebell.sandbox.saving import Saver
from duebell.sandbox.state import State
from duebell.sandbox.twilio_posting import SignedPoster

STOP = frozenset(["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"])
START = frozenset(["START", "UNSTOP", "YES"])


class Inbound:
    """The texts that people send to our number."""

    def __init__(
        self, state: State, poster: SignedPoster, saver: Saver, rng: random.Random
    ) -> None:
        self._state = state
        self._poster = poster
        self._saver = saver
        self._rng = rng

    async def take(self, order: dict[str, Any]) -> dict[str, Any]:
        """Somebody writes to us: obey the keyword, then post the webhook, if there is an address.

        Raises:
            ValueError: if the order does not say who writes.
        """
        sender, body = str(order.get("from", "")), str(order.get("body", ""))
        if not sender:
            raise ValueError("from is missing: the number of whoever answers")
        self._obey(sender, body)
        fields = self._fields(sender, body, str(order.get("opt_out_type", "")))
        url = str(order.get("url") or self._address(sender))
        posted = await self._poster.post(url, fields, "inbound") if url else None
        return {
            "sid": fields["MessageSid"],
            "url": url,
            "status": posted.status if posted else None,
            "opted_out": sender in self._state.opted_out,
        }

    def _obey(self, sender: str, body: str) -> None:
        word, opted_out = body.strip().upper(), self._state.opted_out
        if word in STOP and sender not in opted_out:
            opted_out.append(sender)
        elif word in START and sender in opted_out:
            opted_out.remove(sender)
        self._saver.note_change()

    def _address(self, sender: str) -> str:
        """Where our number's texts go: as set, or beside the status callbacks of its last text."""
        if self._state.tunables.twilio_inbound_url:
            return self._state.tunables.twilio_inbound_url
        for text in reversed(self._state.texts.values()):
            if text.callback_url and sender.endswith(text.to):
                parts = urlsplit(text.callback_url)
                path = f"{parts.path.rpartition('/')[0]}/inbound"
                return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
        return ""

    def _fields(self, sender: str, body: str, opt_out_type: str) -> dict[str, str]:
        sid = f"SM{self._rng.getrandbits(128):032x}"
        fields = {
            "ToCountry": "US",
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "SmsSid": sid,
            "SmsStatus": "received",
            "Body": body,
            "FromCountry": "US",
            "To": credentials.FROM,
            "NumSegments": "1",
            "MessageSid": sid,
            "AccountSid": credentials.ACCOUNT_SID,
            "From": sender,
            "ApiVersion": "2010-04-01",
        }
        return {**fields, "OptOutType": opt_out_type} if opt_out_type else fields
