"""Webhooks at the sandbox: a round of upkeep, and what it left there and here."""

from __future__ import annotations

from collections.abc import Sequence

from duebell.domain.connections import Callback, KnownCallback
from duebell.domain.rules import Channel, Rule, Rulebook
from duebell.ledger import subscriptions
from duebell.subscriptions.subscribing import Subscribed, answer_handshakes, subscribe, unverified
from tests.integration.services.desk import ACCOUNT, Desk
from tests.sandbox.subscriber import wait_until


def rules_for(*events: str) -> Rulebook:
    """A rulebook that needs these events."""
    return Rulebook(tuple(Rule(one, "client", Channel.SMS, "invoice_created") for one in events))


def need(desk: Desk, *events: str) -> None:
    """From now on the rulebook needs these events and no others."""
    desk.runtime.rulebook = rules_for(*events)


def subscribed(desk: Desk) -> Subscribed:
    """One round of upkeep, with all handshakes answered that come of it."""
    result = desk.run(subscribe(desk.runtime))
    wait_until(lambda: is_answered(desk))
    return result


def is_answered(desk: Desk) -> bool:
    """Whether every webhook is verified, now that what came is answered."""
    desk.run(answer_handshakes(desk.runtime))
    return desk.run(unverified(desk.runtime)) == []


def there(desk: Desk) -> list[Callback]:
    """What FreshBooks has, as it tells us."""
    return desk.run(desk.runtime.books.callbacks(ACCOUNT))


def events_there(desk: Desk) -> list[str]:
    """The events of what FreshBooks has."""
    return [one.event for one in there(desk)]


def every(desk: Desk) -> Sequence[KnownCallback]:
    """All that we ever subscribed to."""
    return desk.run(desk.ledger.read(subscriptions.every))


def ours(desk: Desk, event: str) -> KnownCallback:
    """Our subscription to an event at the address of today."""
    (known,) = [
        one
        for one in every(desk)
        if one.event == event and one.base_url == desk.runtime.settings.public_url
    ]
    return known


def foreign(desk: Desk, uri: str, event: str = "invoice.create") -> Callback:
    """Another application subscribes."""
    return desk.run(desk.runtime.books.create_callback(ACCOUNT, event, uri))
