"""The webhooks of all accounts as people see them: FreshBooks' list against what is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from duebell.domain.connections import KnownCallback
from duebell.domain.events import callbacks_for
from duebell.ledger import silence, subscriptions
from duebell.runtime import Runtime
from duebell.subscriptions.stale import Found, Standing, sort_out
from duebell.subscriptions.subscribing import webhook_url

#: Wanted, and FreshBooks does not have it (yet), or does not let us have it.
MISSING, REFUSED = "missing", "refused"
_SHOWN_OF_TOKEN = 4

Heard = Mapping[tuple[str, str], datetime]
Row = dict[str, Any]


async def list_webhooks(runtime: Runtime) -> list[Row]:
    """One row for each subscription that FreshBooks has or should have, by account.

    The tokens in our URLs are masked, and of other people's URLs only the host is shown.
    """
    known = await runtime.ledger.read(subscriptions.every)
    heard = await runtime.ledger.read(silence.last_heard)
    rows: list[Row] = []
    for account_id in await runtime.accounts():
        ours = [one for one in known if one.account_id == account_id]
        found = sort_out(ours, await runtime.books.callbacks(account_id))
        rows += [_row_of(runtime, account_id, one, heard) for one in found]
        rows += _missing(runtime, account_id, ours, found)
    return rows


def _row_of(runtime: Runtime, account_id: str, found: Found, heard: Heard) -> Row:
    callback, ours = found.callback, found.ours
    at = heard.get((account_id, callback.event)) if ours else None
    return {
        "account_id": account_id,
        "event": callback.event,
        "url": _masked(ours) if ours else _host_of(callback.uri),
        "callback_id": callback.id,
        "verified": callback.is_verified,
        "state": _state(runtime, found),
        "last_heard_at": at.isoformat() if at else None,
        "refusal": None,
    }


def _state(runtime: Runtime, found: Found) -> str:
    """As upkeep will see it; what is at an old public URL goes when its successor is verified."""
    ours, settings = found.ours, runtime.settings
    if ours is None or found.standing is not Standing.WANTED:
        return found.standing
    is_needed = ours.event in callbacks_for(runtime.rulebook.events)
    is_here = ours.base_url == settings.public_url
    return Standing.WANTED if is_needed and is_here else Standing.STALE


def _missing(
    runtime: Runtime, account_id: str, ours: Sequence[KnownCallback], found: Sequence[Found]
) -> list[Row]:
    there = {one.callback.event for one in found if _state(runtime, one) == Standing.WANTED}
    refusals = {
        one.event: one.refusal
        for one in ours
        if one.is_wanted and one.base_url == runtime.settings.public_url
    }
    return [
        {
            "account_id": account_id,
            "event": event,
            "url": None,
            "callback_id": None,
            "verified": False,
            "state": REFUSED if refusals.get(event) else MISSING,
            "last_heard_at": None,
            "refusal": refusals.get(event),
        }
        for event in sorted(callbacks_for(runtime.rulebook.events) - there)
    ]


def _masked(ours: KnownCallback) -> str:
    return webhook_url(ours.base_url, f"{ours.url_token[:_SHOWN_OF_TOKEN]}…")


def _host_of(uri: str) -> str:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return "…"
    return f"{parts.scheme}://{parts.hostname or ''}/…"
