"""What a replay found as plain objects, for programs; nobody's address is in them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from duebell.replaying.comparing import Difference
from duebell.replaying.messages import Message
from duebell.replaying.totals import Amount, Both, Price, Totals


def difference_document(one: Difference) -> dict[str, Any]:
    """One difference: what is told, and both messages with their words."""
    occurrence = one.fact.occurrence
    return {
        "changes": [change.value for change in one.changes],
        "at": one.fact.at.isoformat(),
        "event": occurrence.event_type,
        "account_id": occurrence.account_id,
        "object_id": occurrence.object_id,
        "occurrence": occurrence.occurrence,
        "is_recorded": not one.fact.is_derived,
        "number": one.number,
        "name": one.name,
        "reason": one.reason,
        "before": _message_document(one.before),
        "after": _message_document(one.after),
    }


def _message_document(message: Message | None) -> dict[str, Any] | None:
    if message is None:
        return None
    return {
        "rule": message.rule.name,
        "audience": message.shown_audience,
        "channel": message.channel.value,
        "name": message.contact.name,
        "recipient": message.recipient,
        "template": message.rule.template,
        "leaves_at": message.leaves_at.isoformat(),
        "hold": message.held,
        "segments": message.words.segments,
        "subject": message.words.subject,
        "text": message.words.text,
    }


def totals_document(totals: Totals, price: Price | None) -> dict[str, Any]:
    """How much either rulebook tells, in all and by rule."""
    return {
        "facts": totals.facts,
        "changes": {change.value: count for change, count in totals.changes.items()},
        "totals": _both_document(totals.whole, price),
        "rules": [
            {"rule": name, **_both_document(both, price)} for name, both in totals.by_rule.items()
        ],
    }


def _both_document(both: Both, price: Price | None) -> dict[str, Any]:
    before, after = _amounts(both.before, price), _amounts(both.after, price)
    document: dict[str, Any] = {"before": before, "after": after}
    document["difference"] = {
        name: getattr(both.after, name) - getattr(both.before, name) for name in Amount.__slots__
    }
    if price is not None:
        more = price.of(both.after.segments) - price.of(both.before.segments)
        document["difference"] |= {"cost": str(more)}
        document["currency"] = price.currency
    return document


def _amounts(amount: Amount, price: Price | None) -> dict[str, Any]:
    cost = {"cost": str(price.of(amount.segments))} if price is not None else {}
    return asdict(amount) | cost
