"""What the control interface shows: the insides of the sandbox, as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from duebell.sandbox import credentials
from duebell.sandbox.exchange import Call
from duebell.sandbox.kinds import BY_TABLE
from duebell.sandbox.scenarios import TWILIO
from duebell.sandbox.world import World


class Views:
    """The GET half of the control interface, by name."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._state = world.state
        self._all: dict[str, Callable[[Call], Any]] = {
            "health": lambda call: {"status": "ok"},
            "credentials": lambda call: self._credentials(),
            "stats": lambda call: self._stats(),
            "messages": self._messages,
            "emails": self._emails,
            "sends": lambda call: self._sends(),
            "deliveries": lambda call: list(world.deliveries.log),
            "callbacks": lambda call: self._callbacks(),
            "scenarios": lambda call: [vars(row) for row in world.faults.active()],
            "settings": lambda call: vars(self._state.tunables),
        }

    def find(self, name: str) -> Callable[[Call], Any] | None:
        """The view of this name; the records of an account are views too."""
        if name in BY_TABLE:
            return lambda call: self._records(name, call)
        return self._all.get(name)

    def _records(self, table: str, call: Call) -> list[dict[str, Any]]:
        firm = self._world.firms.named(call.query().get("account"))
        return [vars(row) for row in firm.books.table(table).values()]

    def _callbacks(self) -> list[dict[str, Any]]:
        return [
            {
                "id": row.id,
                "account": row.account,
                "event": row.event,
                "uri": row.uri,
                "verified": row.verified,
                "disabled": row.is_disabled,
                "foreign": row.is_foreign,
            }
            for row in self._state.callbacks.values()
        ]

    def _credentials(self) -> dict[str, str]:
        return {**credentials.as_json(), "refresh_token": self._state.tokens.refresh}

    def _stats(self) -> dict[str, int]:
        taken = self._world.faults.taken
        faults = {f"faults.{name}": number for name, number in taken.items()}
        return dict(sorted({**self._state.counters, **faults}.items()))

    def _messages(self, call: Call) -> list[dict[str, Any]]:
        wanted = call.query().get("to")
        return [
            {
                "channel": "sms",
                "provider": TWILIO,
                "sid": text.sid,
                "to": text.to,
                "body": text.body,
                "status": text.status,
                "error_code": text.error_code,
                "created": _moment(text.created),
                "updated": _moment(text.updated),
                "notification_id": text.notification_id,
                "fate": text.fate,
                "valid_for": text.valid_for,
            }
            for text in self._state.texts.values()
            if wanted in (None, text.to)
        ]

    def _emails(self, call: Call) -> list[dict[str, Any]]:
        wanted = call.query().get("to")
        return [
            {
                **vars(email),
                "channel": "email",
                "created": _moment(email.created),
                "updated": _moment(email.updated),
                "notification_id": email.notification_id,
            }
            for email in self._state.emails.values()
            if wanted in (None, email.to)
        ]

    def _sends(self) -> list[dict[str, Any]]:
        """How often each notification was accepted for each recipient: more than once is twice."""
        texts = ((TWILIO, text.notification_id, text.to) for text in self._state.texts.values())
        emails = (
            (email.provider, email.notification_id, email.to)
            for email in self._state.emails.values()
        )
        names = ("provider", "notification_id", "to")
        counted = Counter([*texts, *emails])
        return [
            {**dict(zip(names, key, strict=True)), "count": count} for key, count in counted.items()
        ]


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
