"""The last question before a message leaves: has its reader opted out, has somebody paused it?

Asked in the transaction that gives the right to send, so that nothing can come in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import Connection, Row, select

from duebell.domain.circumstances import Paused
from duebell.domain.telling import paused_until
from duebell.ledger import pauses, suppressions
from duebell.ledger.notifications import NOTIFICATIONS

_COLUMNS = tuple(
    NOTIFICATIONS.c[name]
    for name in ("id", "account_id", "channel", "client_id", "invoice_id", "invoice_number")
)


class Leaving(Protocol):
    """A message that is about to leave."""

    @property
    def notification_id(self) -> str:
        """Which one."""

    @property
    def recipient(self) -> str:
        """Where it is to go."""

    @property
    def at(self) -> datetime:
        """The moment, aware UTC."""

    @property
    def today(self) -> date | None:
        """The business' calendar day."""


def refusals(connection: Connection, leaving: Sequence[Leaving]) -> dict[str, str]:
    """Why some of these must not leave, by notification."""
    ids = [one.notification_id for one in leaving]
    rows = {
        row.id: row
        for row in connection.execute(select(*_COLUMNS).where(NOTIFICATIONS.c.id.in_(ids)))
    }
    known = [one for one in leaving if one.notification_id in rows]
    addresses = {one.notification_id: _address(rows[one.notification_id], one) for one in known}
    suppressed = suppressions.in_force(connection, set(addresses.values()))
    paused = pauses.in_force(connection)
    reasons = {
        one.notification_id: suppressed.get(addresses[one.notification_id])
        or _pause(rows[one.notification_id], one.today or one.at.date(), paused)
        for one in known
    }
    return {id_: reason for id_, reason in reasons.items() if reason}


def _address(row: Row[tuple[str, ...]], leaving: Leaving) -> tuple[str, str]:
    return (row.channel, leaving.recipient)


def _pause(
    row: Row[tuple[str, ...]], today: date, paused: Mapping[tuple[str, str, str], date]
) -> str | None:
    if not paused:
        return None
    wanted = [(Paused.CLIENT, row.client_id)]
    if row.invoice_id is not None:
        # The number of a bill is the vendor's, and may be the same.
        wanted += [(Paused.INVOICE, row.invoice_id), (Paused.INVOICE, row.invoice_number)]
    for kind, id_ in wanted:
        for account_id in (row.account_id, ""):
            until = paused.get((account_id, kind.value, id_ or ""))
            if until is not None and today < until:
                return paused_until(kind.value, until)
    return None
