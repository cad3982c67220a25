"""The last question before a message leaves: has its reader opted out, has somebody paused it?

Asked in the transaction that gives the right to send, so that nothing can come in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import Connection, Row, select

from duebell.domain.circumstances import Paused
from duebell.domain.pauses import paused_until
from duebell.ledger import pauses, suppression_reading
from duebell.ledger.notifications import NOTIFICATIONS

_COLUMNS = tuple(
    NOTIFICATIONS.c[name]
    for name in ("id", "account_id", "client_id", "invoice_id", "invoice_number")
)


class Leaving(Protocol):
    """A message that is about to leave."""

    @property
    def notification_id(self) -> str:
        """Which one."""

    @property
    def channel(self) -> str:
        """By which channel it is to go."""

    @property
    def recipient(self) -> str:
        """Where it is to go."""

    @property
    def instead_of(self) -> str:
        """The person's own address where safe mode sends it elsewhere; else empty."""

    @property
    def at(self) -> datetime:
        """The moment, aware UTC."""

    @property
    def today(self) -> date | None:
        """The business' calendar day."""


def refusals(connection: Connection, leaving: Sequence[Leaving]) -> list[str | None]:
    """Why each of these must not leave, None where it may; in their order.

    There may be several of one notification, for another address each.
    """
    ids = {one.notification_id for one in leaving}
    rows = {
        row.id: row
        for row in connection.execute(select(*_COLUMNS).where(NOTIFICATIONS.c.id.in_(ids)))
    }
    addresses = {
        (one.channel, to) for one in leaving for to in (one.recipient, one.instead_of) if to
    }
    suppressed = suppression_reading.in_force(connection, addresses)
    paused = pauses.in_force(connection)
    return [
        _opt_out(one, suppressed)
        or _pause(rows.get(one.notification_id), one.today or one.at.date(), paused)
        for one in leaving
    ]


def _opt_out(leaving: Leaving, suppressed: Mapping[tuple[str, str], str]) -> str | None:
    """The person's own word first: safe mode shows what would become of a message without it."""
    if not leaving.instead_of:
        return suppressed.get((leaving.channel, leaving.recipient))
    if reason := suppressed.get((leaving.channel, leaving.instead_of)):
        return reason
    reason = suppressed.get((leaving.channel, leaving.recipient))
    return reason and f"the safe-mode address cannot be used, set another one: {reason}"


def _pause(
    row: Row[tuple[str, ...]] | None, today: date, paused: Mapping[tuple[str, str, str], date]
) -> str | None:
    if not paused or row is None:
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
