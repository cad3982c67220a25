"""Webhook subscriptions as FreshBooks lists them.

https://www.freshbooks.com/api/webhooks. What they deliver is in ``webhooks``. Pure: no clock, no
IO.
"""

from __future__ import annotations

from collections.abc import Mapping

from duebell.domain.connections import Callback
from duebell.providers.freshbooks import reading
from duebell.providers.freshbooks.reading import Payload, text


def callback_from(payload: Payload) -> Callback:
    """Read a webhook subscription from an answer or from the bare record.

    Raises:
        RequestRefused: names the field that is missing.
    """
    record = reading.record_in(payload, "callback")
    return Callback(
        id=reading.identifier(record, "callback", "callbackid", "id"),
        event=reading.identifier(record, "callback", "event"),
        uri=reading.identifier(record, "callback", "uri"),
        is_verified=record.get("verified") is True,
    )


def callbacks_from(payload: Payload) -> tuple[list[Callback], int]:
    """Read one page of webhook subscriptions, and how many pages there are.

    Raises:
        RequestRefused: where a subscription cannot be read: what is missing would be made again.
    """
    result = reading.result_in(payload)
    records = result.get("callbacks")
    if not isinstance(records, list) or not all(isinstance(one, Mapping) for one in records):
        raise reading.lacking("answer", "callbacks")
    pages = reading.count(result, "answer", "pages") if text(result, "pages") else 1
    return [callback_from(record) for record in records], pages
