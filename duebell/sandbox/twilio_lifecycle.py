"""What becomes of an accepted text, and how Twilio tells: signed callbacks, order not promised.

https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from duebell.sandbox import credentials
from duebell.sandbox.background import Background
from duebell.sandbox.paths import steps_left
from duebell.sandbox.saving import Saver
from duebell.sandbox.state import State, Text
from duebell.sandbox.twilio_posting import SignedPoster

#: fate -> the statuses that follow the first one.
_PATHS: dict[str, tuple[str, ...]] = {
    "": ("sent", "delivered"),
    "undelivered": ("sent", "undelivered"),
    "failed": ("failed",),
    "expired": ("failed",),
    "stays-queued": (),
    "stays-sent": ("sent",),
    "partially-delivered": ("sent", "partially_delivered"),
    "read": ("sent", "delivered", "read"),
    "new-word": ("sent", "teleported"),
    "contradicted": ("sent", "delivered", "undelivered"),
}

QUEUE_OVERFLOW, HANDSET_UNREACHABLE, VALIDITY_EXPIRED = 30001, 30003, 30036
_QUEUED = ("accepted", "queued")
_FAILED = ("failed", "undelivered")
#: After these the carrier has said something.
_RECEIPTS = ("delivered", "undelivered", "read")

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
            if steps_left(_PATHS, text.fate, text.status):
                self.begin(text)

    async def _live(self, text: Text) -> None:
        if self._waits_too_long(text):
            text.fate, text.fate_code = "expired", None
        held: list[str] = []
        for status in steps_left(_PATHS, text.fate, text.status):
            await asyncio.sleep(self._pause_before(text))
            self._advance(text, status)
            if "callbacks-reordered" in text.telling:
                held.append(status)
            else:
                await self._tell(text, status)
        for status in reversed(held):
            await self._tell(text, status)

    def _waits_too_long(self, text: Text) -> bool:
        queued_for = self._state.tunables.sent_after_seconds
        return text.status in _QUEUED and (text.valid_for or queued_for) < queued_for

    def _pause_before(self, text: Text) -> float:
        tunables = self._state.tunables
        if text.status not in _QUEUED:
            return tunables.final_after_seconds
        queued_for = tunables.sent_after_seconds
        return min(queued_for, text.valid_for or queued_for)

    def _advance(self, text: Text, status: str) -> None:
        at = self._now().timestamp()
        text.status, text.updated = status, at
        text.sender = text.sender or credentials.FROM
        if status == "sent":
            text.sent = at
        if status in _FAILED:
            text.error_code = text.fate_code or _usual_code(text)
        self._state.count(f"twilio.texts_{status}")
        self._saver.note_change()

    async def _tell(self, text: Text, status: str) -> None:
        if not text.callback_url:
            return
        if "callbacks-lost" in text.telling:
            self._state.count("twilio.callbacks_lost")
        elif "callbacks-late" in text.telling:
            self._background.start(self._post_late(text, self._fields(text, status)))
        else:
            await self._post(text, self._fields(text, status))

    async def _post_late(self, text: Text, fields: dict[str, str]) -> None:
        await asyncio.sleep(self._state.tunables.late_seconds)
        await self._post(text, fields)

    async def _post(self, text: Text, fields: dict[str, str]) -> None:
        async with self._room:
            times = 2 if "callbacks-doubled" in text.telling else 1
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
        if status in _FAILED:
            fields["ErrorCode"] = str(text.error_code)
        if status in _RECEIPTS:
            fields["RawDlrDoneDate"] = self._now().strftime("%y%m%d%H%M")
        return fields


def _usual_code(text: Text) -> int:
    if text.fate == "expired":
        return VALIDITY_EXPIRED
    return QUEUE_OVERFLOW if text.fate == "failed" else HANDSET_UNREACHABLE
