"""Where the emails went that a carrier tells of: looked up for many events at once.

An email is known by our id or the carrier's; where an event has neither, by its address alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from duebell.domain.consent import EmailEvent
from duebell.domain.rules import Channel
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.erased_addresses import forms
from duebell.people.comparable import comparable

#: So long after an email something may still be told of its address alone.
_OURS_FOR = timedelta(days=30)

_EMAILS = (
    select(
        *(ATTEMPTS.c[name] for name in ("notification_id", "number", "provider_id", "recipient"))
    )
    .where(ATTEMPTS.c.channel == Channel.EMAIL.value)
    .order_by(ATTEMPTS.c.number)
)


class Targets:
    """Our emails that some events are about."""

    def __init__(
        self, connection: Connection, events: Sequence[EmailEvent], heard_at: datetime
    ) -> None:
        self._connection = connection
        self._by_key: dict[str, list[Row[Any]]] = {}
        self._read_named([key for event in events for key in _keys(event)])
        self._bare = self._read_bare(
            [event.address for event in events if not _keys(event)], heard_at - _OURS_FOR
        )

    def _read_named(self, keys: list[str]) -> None:
        is_named = or_(ATTEMPTS.c.notification_id.in_(keys), ATTEMPTS.c.provider_id.in_(keys))
        for row in self._connection.execute(_EMAILS.where(is_named)):
            for key in {row.notification_id, row.provider_id} - {None}:
                self._by_key.setdefault(key, []).append(row)

    def _read_bare(self, addresses: list[str], since: datetime) -> set[str]:
        """Those addresses to which an email of ours went lately, as they stand there."""
        spelled = {one for address in addresses for one in self._spellings(address)}
        is_recent = ATTEMPTS.c.started_at > since
        query = _EMAILS.where(ATTEMPTS.c.recipient.in_(spelled), is_recent)
        return {row.recipient for row in self._connection.execute(query)}

    def address_of(self, event: EmailEvent) -> str | None:
        """The address that an event is about, as it stands here; None where it is not about ours.

        It is the address that the event names, if any of this email's attempts went there; else
        that of the attempt that it names.
        """
        spelled = self._spellings(event.address)
        if not _keys(event):
            return next((one for one in spelled if one in self._bare), None)
        found = [row for key in _keys(event) for row in self._by_key.get(key, ())]
        named = [row for row in found if comparable(Channel.EMAIL, row.recipient) in spelled]
        meant = [row for row in found if _is_meant(row, event)]
        return next((str(row.recipient) for row in [*named, *meant, *found[-1:]]), None)

    def _spellings(self, address: str) -> list[str]:
        if not address:
            return []
        return [address, address.lower(), *forms(self._connection, Channel.EMAIL, address)]


def _keys(event: EmailEvent) -> list[str]:
    """The ids by which an event names its email: ours first."""
    theirs = event.report.provider_id if event.report is not None else ""
    return [key for key in (event.notification_id, theirs) if key]


def _is_meant(row: Row[Any], event: EmailEvent) -> bool:
    if event.attempt is not None and row.notification_id == event.notification_id:
        return bool(row.number == event.attempt)
    return event.report is not None and row.provider_id == event.report.provider_id
