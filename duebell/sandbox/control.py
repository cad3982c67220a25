"""The control interface: make things happen or go wrong, and look at what happened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from duebell.sandbox import credentials
from duebell.sandbox.exchange import Answer, Call, json_answer
from duebell.sandbox.faults import SCENARIOS, Faults, UnknownScenario
from duebell.sandbox.world import World

Verb = Callable[[Call], Answer] | Callable[[Call], Awaitable[Answer]]


def _refused(status: int, message: str) -> Answer:
    return json_answer(status, {"error": message})


class Control:
    """Everything below ``/_sandbox``."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._state = world.state
        self._faults: Faults = world.faults
        self._reads: dict[str, Callable[[Call], Any]] = {
            "health": lambda call: {"status": "ok"},
            "credentials": lambda call: self._credentials(),
            "stats": lambda call: self._stats(),
            "messages": lambda call: self._messages(call),
            "deliveries": lambda call: list(world.deliveries.log),
            "clients": lambda call: [vars(row) for row in self._state.clients.values()],
            "invoices": lambda call: [vars(row) for row in self._state.invoices.values()],
            "callbacks": lambda call: [
                {"id": row.id, "event": row.event, "uri": row.uri, "verified": row.verified}
                for row in self._state.callbacks.values()
            ],
            "scenarios": lambda call: [vars(row) for row in self._faults.active()],
            "settings": lambda call: vars(self._state.tunables),
        }

    async def answer(self, call: Call) -> Answer:
        """Answer a call below ``/_sandbox``; a fault in an order gets 422 and a sentence."""
        name, item = call.parts[1], call.parts[2] if len(call.parts) > 2 else ""
        if call.method == "GET" and not item and name in self._reads:
            return json_answer(200, self._reads[name](call))
        if call.method == "DELETE" and name == "scenarios":
            self._faults.clear()
            return json_answer(200, [])
        if call.method == "POST":
            try:
                return await self._order(name, item, call.json())
            except (ValueError, TypeError) as error:
                return _refused(422, str(error))
        return _refused(404, f"there is no {call.method} {call.path}")

    async def _order(self, name: str, item: str, order: dict[str, Any]) -> Answer:
        if name == "fire":
            return json_answer(200, await self._world.firing.fire(order))
        if name == "scenarios":
            return self._switch_on(order)
        if name == "settings":
            return self._turn(order)
        if name == "codes":
            return json_answer(200, {"code": self._world.oauth.create_code()})
        if name == "reset":
            self._world.reset()
            return json_answer(200, {"status": "ok"})
        if name in ("invoices", "clients", "callbacks") and item.isdecimal():
            return self._change(name, int(item), order)
        return _refused(404, f"there is no POST /_sandbox/{name}/{item}".rstrip("/"))

    def _switch_on(self, order: dict[str, Any]) -> Answer:
        count = order.get("count")
        if count is not None and int(count) < 1:
            return _refused(422, "count must be at least 1")
        try:
            scenario = self._faults.switch_on(
                str(order.get("name")),
                order.get("provider"),
                None if count is None else int(count),
                order.get("match"),
            )
        except UnknownScenario as unknown:
            listing = {provider: list(names) for provider, names in SCENARIOS.items()}
            message = f"there is no scenario {str(unknown)!r}"
            return json_answer(404, {"error": message, "scenarios": listing})
        return json_answer(200, vars(scenario))

    def _turn(self, order: dict[str, Any]) -> Answer:
        tunables = self._state.tunables
        unknown = order.keys() - vars(tunables).keys()
        if unknown:
            return _refused(422, f"there is no setting {', '.join(sorted(unknown))}")
        for name, value in order.items():
            setattr(tunables, name, type(getattr(tunables, name))(value))
        self._world.saver.note_change()
        return json_answer(200, vars(tunables))

    def _change(self, name: str, number: int, fields: dict[str, Any]) -> Answer:
        world = self._world
        if name == "callbacks":
            # The one change FreshBooks makes by itself: a callback that failed for long.
            if fields != {"verified": False} or not world.callbacks.disable(number):
                return _refused(422, "a known callback can be set to verified: false, no more")
            return json_answer(200, {"id": number, "verified": False})
        world.saver.note_change()
        if name == "clients":
            return json_answer(200, vars(world.firm.change_client(number, fields)))
        if fields.get("removed") is True:
            return json_answer(200, {"removed": world.firm.remove_invoice(number)})
        return json_answer(200, vars(world.firm.change_invoice(number, fields)))

    def _credentials(self) -> dict[str, str]:
        return {**credentials.as_json(), "refresh_token": self._state.tokens.refresh}

    def _stats(self) -> dict[str, int]:
        faults = {f"faults.{name}": number for name, number in self._faults.taken.items()}
        return dict(sorted({**self._state.counters, **faults}.items()))

    def _messages(self, call: Call) -> list[dict[str, Any]]:
        wanted = call.query().get("to")
        return [
            {
                "sid": text.sid,
                "to": text.to,
                "body": text.body,
                "status": text.status,
                "error_code": text.error_code,
                "created": datetime.fromtimestamp(text.created, UTC).isoformat(),
                "notification_id": text.notification_id,
                "fate": text.fate,
            }
            for text in self._state.texts.values()
            if wanted in (None, text.to)
        ]
