"""What becomes of an email that Twilio Email accepted; nobody is told, one has to ask.

https://www.twilio.com/docs/email/api/operations-and-email-tracking
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from duebell.sandbox.background import Background
from duebell.sandbox.paths import steps_left
from duebell.sandbox.saving import Saver
from duebell.sandbox.scenarios import TWILIO_EMAIL
from duebell.sandbox.state import Email, State

#: fate -> the statuses that follow the first one.
_PATHS: dict[str, tuple[str, ...]] = {
    "": ("SENT", "DELIVERED"),
    "undelivered": ("SENT", "UNDELIVERED"),
    "failed": ("FAILED",),
    "canceled": ("CANCELED",),
    "stays-queued": (),
    "stays-sent": ("SENT",),
    "opened": ("SENT", "DELIVERED", "OPENED"),
    "new-word": ("SENT", "TELEPORTED"),
}


class EmailLifecycle:
    """Leads emails from queued to their end."""

    def __init__(
        self, state: State, saver: Saver, background: Background, now: Callable[[], datetime]
    ) -> None:
        self._state = state
        self._saver = saver
        self._background = background
        self._now = now

    def begin(self, email: Email) -> None:
        """Start what becomes of an email."""
        self._background.start(self._live(email))

    def resume_all(self) -> None:
        """Go on with the emails that were under way when the sandbox ended."""
        for email in self._state.emails.values():
            is_here = email.provider == TWILIO_EMAIL
            if is_here and steps_left(_PATHS, email.fate, email.status):
                self.begin(email)

    async def _live(self, email: Email) -> None:
        tunables = self._state.tunables
        for status in steps_left(_PATHS, email.fate, email.status):
            is_first = email.status == "QUEUED"
            pause = tunables.sent_after_seconds if is_first else tunables.final_after_seconds
            await asyncio.sleep(pause)
            email.status, email.updated = status, self._now().timestamp()
            self._state.count(f"twilio-email.emails_{status.lower()}")
            self._saver.note_change()
