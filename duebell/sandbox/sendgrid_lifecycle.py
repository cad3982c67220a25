"""What becomes of an email that SendGrid accepted, told in events.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

from duebell.sandbox.background import Background
from duebell.sandbox.paths import steps_left
from duebell.sandbox.saving import Saver
from duebell.sandbox.scenarios import SENDGRID
from duebell.sandbox.sendgrid_events import EventPoster
from duebell.sandbox.sendgrid_wire import event_wire
from duebell.sandbox.state import Email, State

ACCEPTED = "accepted"

#: fate -> what happens to the email.
_PATHS: dict[str, tuple[str, ...]] = {
    "": ("processed", "delivered"),
    "bounce": ("processed", "bounce"),
    "bounce-async": ("processed", "delivered", "bounce"),
    "bounce-bare": ("processed", "delivered", "bounce"),
    "blocked": ("processed", "blocked"),
    "dropped": ("dropped",),
    "deferred": ("processed", "deferred", "delivered"),
    "spamreport": ("processed", "delivered", "spamreport"),
    "unsubscribe": ("processed", "delivered", "unsubscribe"),
    "group-unsubscribe": ("processed", "delivered", "group-unsubscribe"),
    "opened": ("processed", "delivered", "open", "click"),
    "stays-processed": ("processed",),
    "stays-deferred": ("processed", "deferred"),
}

#: After these nothing is sent to the address any more; further emails are dropped for this reason.
_SUPPRESSES = {
    "bounce": "Bounced Address",
    "spamreport": "Spam Reporting Address",
    "unsubscribe": "Unsubscribed Address",
    "group-unsubscribe": "Unsubscribed Address",
}


class SendGridLifecycle:
    """Leads emails to their end and tells each step."""

    def __init__(
        self,
        state: State,
        events: EventPoster,
        saver: Saver,
        background: Background,
        now: Callable[[], datetime],
        rng: random.Random,
    ) -> None:
        self._state = state
        self._events = events
        self._saver = saver
        self._background = background
        self._now = now
        self._rng = rng

    def begin(self, email: Email) -> None:
        """Start what becomes of an email."""
        self._background.start(self._live(email))

    def resume_all(self) -> None:
        """Go on with the emails that were under way when the sandbox ended."""
        for email in self._state.emails.values():
            if email.provider == SENDGRID and steps_left(_PATHS, email.fate, email.status):
                self.begin(email)

    async def _live(self, email: Email) -> None:
        tunables = self._state.tunables
        held: list[dict[str, Any]] = []
        for step in steps_left(_PATHS, email.fate, email.status):
            is_first = email.status == ACCEPTED
            pause = tunables.sent_after_seconds if is_first else tunables.final_after_seconds
            await asyncio.sleep(pause)
            event = self._advance(email, step)
            if "events-reordered" in email.telling:
                held.insert(0, event)
            else:
                self._tell(email, event)
        for event in held:
            self._tell(email, event)

    def _advance(self, email: Email, step: str) -> dict[str, Any]:
        email.status, email.updated = step, self._now().timestamp()
        if step in _SUPPRESSES:
            self._state.unmailable[email.to.lower()] = _SUPPRESSES[step]
        self._state.count(f"sendgrid.emails_{step}")
        self._saver.note_change()
        return event_wire(email, step, email.updated, self._event_id())

    def _event_id(self) -> str:
        return base64.urlsafe_b64encode(self._rng.randbytes(24)).decode()

    def _tell(self, email: Email, event: dict[str, Any]) -> None:
        if "events-lost" in email.telling:
            self._state.count("sendgrid.events_lost")
        elif "events-late" in email.telling:
            self._background.start(self._tell_late(email, event))
        else:
            self._hand_over(email, event)

    async def _tell_late(self, email: Email, event: dict[str, Any]) -> None:
        await asyncio.sleep(self._state.tunables.late_seconds)
        self._hand_over(email, event)

    def _hand_over(self, email: Email, event: dict[str, Any]) -> None:
        if "events-strange" in email.telling:
            self._events.add(*self._strange(event))
        self._events.add(event)
        if "events-doubled" in email.telling:
            self._events.add(event)
            self._events.add_apart(event)

    def _strange(self, event: dict[str, Any]) -> list[Any]:
        unknown = {**event, "event": "teleported", "sg_event_id": self._event_id()}
        others = {
            "email": "somebody@elsewhere.example",
            "event": "delivered",
            "timestamp": event["timestamp"],
            "sg_event_id": self._event_id(),
            "sg_message_id": "AAAAAAAAAAAAAAAAAAAAAA.recvd-0",
        }
        return [unknown, others, "broken"]
