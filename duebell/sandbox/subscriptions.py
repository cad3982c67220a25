"""The webhook subscriptions: who listens to what, and whether they proved it."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from duebell.sandbox.saving import Saver
from duebell.sandbox.state import CallbackRecord, State
from duebell.sandbox.times import EASTERN

_LETTERS = string.ascii_letters + string.digits
_VERIFIER_LENGTH = 33

_ISO, _PLAIN = "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S"


class Subscriptions:
    """All callbacks of all accounts. Every change is written at once."""

    def __init__(
        self, state: State, saver: Saver, now: Callable[[], datetime], rng: random.Random
    ) -> None:
        self._state = state
        self._saver = saver
        self._now = now
        self._rng = rng

    def add(self, account: str, event: str, uri: str, is_foreign: bool = False) -> CallbackRecord:
        """A new one; those of other applications count as verified."""
        number = self._state.next_id("callback", 2001)
        callback = CallbackRecord(
            id=number,
            account=account,
            event=event,
            uri=uri,
            verifier=self._new_verifier(),
            verified=is_foreign,
            updated_at="",
            is_foreign=is_foreign,
        )
        self._state.callbacks[number] = callback
        self._touch(callback)
        return callback

    def find(self, account: str, word: str) -> CallbackRecord | None:
        """The callback with this id, if the account has it and it did not vanish."""
        callback = self._state.callbacks.get(int(word)) if word.isdecimal() else None
        is_there = callback in self.listed(account, None)
        return callback if is_there else None

    def listed(self, account: str, event: str | None) -> list[CallbackRecord]:
        """Those of an account; with an event, those to it and to the whole noun."""
        vanishes = self._state.tunables.disabled_vanish
        nouns = None if event is None else (event, event.partition(".")[0])
        return [
            row
            for row in self._state.callbacks.values()
            if row.account == account
            and not (row.is_disabled and vanishes)
            and (nouns is None or row.event in nouns)
        ]

    def remove(self, callback: CallbackRecord) -> None:
        """Forget it."""
        del self._state.callbacks[callback.id]
        self._saver.save_now()

    def verify(self, callback: CallbackRecord, verifier: object) -> bool:
        """Take the code that was posted to it; False if it is another one."""
        if verifier != callback.verifier:
            return False
        callback.verified, callback.is_disabled, callback.failures = True, False, 0
        self._touch(callback)
        return True

    def renew(self, callback: CallbackRecord) -> None:
        """Ask for proof again, with a new code unless the setting says otherwise."""
        if not self._state.tunables.resend_repeats:
            callback.verifier = self._new_verifier()
        callback.verified = False
        self._touch(callback)

    def point(self, callback: CallbackRecord, event: str, uri: str) -> None:
        """Let it listen to this event at this address."""
        callback.event, callback.uri = event, uri
        self._touch(callback)

    def disable(self, callback_id: int) -> bool:
        """Take the verification away, as FreshBooks may after long failure; False if unknown."""
        callback = self._state.callbacks.get(callback_id)
        if callback is None:
            return False
        callback.verified, callback.is_disabled = False, True
        self._touch(callback)
        return True

    def note_try(self, callback: CallbackRecord, is_success: bool) -> None:
        """Count failures in a row, and disable what failed for too long."""
        callback.failures = 0 if is_success else callback.failures + 1
        limit = self._state.tunables.disable_after_failures
        if limit and callback.verified and callback.failures >= limit:
            self._state.count("freshbooks.disabled_callbacks")
            self.disable(callback.id)

    def wire(self, callback: CallbackRecord) -> dict[str, Any]:
        """A callback in FreshBooks' shape; its verifier is never told."""
        at = datetime.strptime(callback.updated_at, _ISO).replace(tzinfo=UTC)
        is_iso = self._state.tunables.callback_times == "iso"
        return {
            "callbackid": callback.id,
            "verified": callback.verified,
            "uri": callback.uri,
            "event": callback.event,
            "updated_at": at.strftime(_ISO) if is_iso else at.astimezone(EASTERN).strftime(_PLAIN),
        }

    def _touch(self, callback: CallbackRecord) -> None:
        callback.updated_at = self._now().astimezone(UTC).strftime(_ISO)
        self._saver.save_now()

    def _new_verifier(self) -> str:
        return "".join(self._rng.choice(_LETTERS) for _ in range(_VERIFIER_LENGTH))
