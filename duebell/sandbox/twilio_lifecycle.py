"""What becomes of an accepted text, and how Twilio tells: signed callbacks, order not promised.

https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from duebell.sandbox import credentials
from duebell.sandbox.background import Background
from duebell.sandbox.saving import Saver
from duebell.sandbox.state import State, Text
from duebell.sandbox.twilio_posting import SignedPoster

FINAL = frozenset({"delivered", "undelivered"})
HANDSET_UNREACHABLE = 30003

MOST_CALLBACKS_AT_ONCE = 32


class Lifecycle:
    """Leads texts from queued to their end and posts the status callbacks."""

    def __init__(
        self,
        state: State,
        poster: SignedPoster,
        saver: Saver,
        background: Background,
        now: Callable[[], datetime],
    ) -> None:
        self._state = state
        self._poster = poster
        self._saver = saver
        self._background = background
        self._now = now
        self._room = asyncio.Semaphore(MOST_CALLBACKS_AT_ONCE)

    def begin(self, text: Text) -> None:
        """Start what becomes of a text."""
        self._background.start(self._live(text))

    def resume_all(self) -> None:
        """Go on with the texts that had no final status when the sandbox ended."""
        for text in self._state.texts.values():
            if text.status not in FINAL:
                self.begin(text)

    async def _live(self, text: Text) -> None:
        tunables = self._state.tunables
        final = "undelivered" if text.fate == "undelivered" else "delivered"
        if text.status != "sent":
            await asyncio.sleep(tunables.sent_after_seconds)
            self._advance(text, "sent")
            if text.fate != "callbacks-reordered":
                await self._tell(text, "sent")
        await asyncio.sleep(tunables.final_after_seconds)
        self._advance(text, final)
        await self._tell(text, final)
        if text.fate == "callbacks-reordered":
            await self._tell(text, "sent")

    def _advance(self, text: Text, status: str) -> None:
        at = self._now().timestamp()
        text.status, text.updated = status, at
        text.sender = text.sender or credentials.FROM
        if status == "sent":
            text.sent = at
        if status == "undelivered":
            text.error_code = HANDSET_UNREACHABLE
        self._state.count(f"twilio.texts_{status}")
        self._saver.note_change()

    async def _tell(self, text: Text, status: str) -> None:
        if not text.callback_url:
            return
        if text.fate == "callbacks-lost":
            self._state.count("twilio.callbacks_lost")
            return
        fields = self._fields(text, status)
        async with self._room:
            times = 2 if text.fate == "callbacks-doubled" else 1
            await asyncio.gather(
                *(self._poster.post(text.callback_url, fields, "callbacks") for _ in range(times))
            )

    def _fields(self, text: Text, status: str) -> dict[str, str]:
        fields = {
            "AccountSid": credentials.ACCOUNT_SID,
            "ApiVersion": "2010-04-01",
            "From": text.sender or credentials.FROM,
            "To": text.to,
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "MessageStatus": status,
            "SmsStatus": status,
            # Twilio adds parameters without notice, and signs them.
            "SandboxRemark": "café & more, nobody knows this one",
        }
        if status == "undelivered":
            fields["ErrorCode"] = str(HANDSET_UNREACHABLE)
        if status in FINAL:
            fields["RawDlrDoneDate"] = self._now().strftime("%y%m%d%H%M")
        return fields
