"""The control interface: make things happen or go wrong, and look at what happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from duebell.sandbox.control_views import Views
from duebell.sandbox.credentials import REDIRECT_URI
from duebell.sandbox.exchange import Answer, Call, json_answer
from duebell.sandbox.faults import UnknownScenario
from duebell.sandbox.kinds import BY_TABLE, EVENTS
from duebell.sandbox.population import Population
from duebell.sandbox.scenarios import SCENARIOS
from duebell.sandbox.state import DEFAULT_SCOPE
from duebell.sandbox.world import World

Order = dict[str, Any]


def _refused(status: int, message: str) -> Answer:
    return json_answer(status, {"error": message})


class Control:
    """Everything below ``/_sandbox``."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._views = Views(world)
        self._orders: dict[str, Callable[[Order], Answer]] = {
            "scenarios": self._switch_on,
            "settings": self._turn,
            "populate": self._populate,
            "codes": self._make_code,
            "authorize": self._authorize,
            "callbacks": self._add_callback,
            "reset": self._reset,
        }

    async def answer(self, call: Call) -> Answer:
        """Answer a call below ``/_sandbox``; a fault in an order gets 422 and a sentence."""
        name, item = call.parts[1], call.parts[2] if len(call.parts) > 2 else ""
        try:
            if call.method == "GET" and not item:
                view = self._views.find(name)
                if view is not None:
                    return json_answer(200, view(call))
            if call.method == "DELETE" and name == "scenarios":
                self._world.faults.clear()
                return json_answer(200, [])
            if call.method == "POST":
                return await self._order(name, item, call.json())
        except (ValueError, TypeError) as error:
            return _refused(422, str(error))
        return _refused(404, f"there is no {call.method} {call.path}")

    async def _order(self, name: str, item: str, order: Order) -> Answer:
        if name == "fire":
            return json_answer(200, await self._world.firing.fire(order))
        if name == "replies":
            return json_answer(200, await self._world.inbound.take(order))
        if name in self._orders and not item:
            return self._orders[name](order)
        if name == "callbacks" and item.isdecimal():
            return self._disable(int(item), order)
        if name in BY_TABLE and item.isdecimal():
            return self._change(name, int(item), order)
        return _refused(404, f"there is no POST /_sandbox/{name}/{item}".rstrip("/"))

    def _switch_on(self, order: Order) -> Answer:
        count = order.get("count")
        if count is not None and int(count) < 1:
            return _refused(422, "count must be at least 1")
        try:
            scenario = self._world.faults.switch_on(
                str(order.get("name")),
                order.get("provider"),
                None if count is None else int(count),
                order.get("match"),
                str(order.get("code") or ""),
            )
        except UnknownScenario as unknown:
            listing = {provider: list(names) for provider, names in SCENARIOS.items()}
            message = f"there is no scenario {str(unknown)!r}"
            return json_answer(404, {"error": message, "scenarios": listing})
        return json_answer(200, vars(scenario))

    def _turn(self, order: Order) -> Answer:
        tunables = self._world.state.tunables
        tunables.turn(order)
        self._world.records.lists.forget()
        self._world.gate.forget_calls()
        self._world.saver.note_change()
        return json_answer(200, vars(tunables))

    def _populate(self, order: Order) -> Answer:
        firm = self._world.firms.named(order.get("account"))
        made = Population(firm, order).make()
        self._world.saver.note_change()
        return json_answer(200, made)

    def _make_code(self, order: Order) -> Answer:
        return json_answer(200, {"code": self._world.oauth.create_code()})

    def _authorize(self, order: Order) -> Answer:
        scope, state = str(order.get("scope", DEFAULT_SCOPE)), str(order.get("state", ""))
        code, redirect = self._world.authorize.agree(
            scope, str(order.get("redirect_uri", REDIRECT_URI)), state
        )
        return json_answer(200, {"code": code, "state": state, "redirect": redirect})

    def _add_callback(self, order: Order) -> Answer:
        event, firm = str(order.get("event")), self._world.firms.named(order.get("account"))
        if event not in EVENTS:
            return _refused(422, f"there is no event {event!r}")
        callback = self._world.subscriptions.add(
            firm.business.account_id, event, str(order.get("uri", "")), is_foreign=True
        )
        return json_answer(200, {"id": callback.id, "event": event, "uri": callback.uri})

    def _reset(self, order: Order) -> Answer:
        self._world.reset()
        return json_answer(200, {"status": "ok"})

    def _disable(self, number: int, order: Order) -> Answer:
        # The one change FreshBooks makes by itself: a callback that failed for long.
        if order != {"verified": False} or not self._world.subscriptions.disable(number):
            return _refused(422, "a known callback can be set to verified: false, no more")
        return json_answer(200, {"id": number, "verified": False})

    def _change(self, table: str, number: int, order: Order) -> Answer:
        fields, noun = dict(order), BY_TABLE[table].noun
        firm = self._world.firms.named(fields.pop("account", None))
        self._world.saver.note_change()
        if fields.get("removed") is True:
            return json_answer(200, {"removed": firm.remove(noun, number)})
        return json_answer(200, vars(firm.change(noun, number, fields)))
