"""Which addresses must not be used now, and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from duebell.domain.consent import Source
from duebell.ledger.erased_addresses import forms
from duebell.ledger.statements import rows_among
from duebell.ledger.suppressions import SUPPRESSIONS, of_address

#: What stands before a reason that does not say by itself what kind of one it is.
_SAID_BY = {
    Source.BOUNCE: "messages to the address come back",
    Source.COMPLAINT: "the recipient complained",
    Source.HAND: "the address is suppressed by hand",
}


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that must not be used on a channel, since when, and who said so."""

    id: int
    channel: str
    address: str = field(repr=False)
    source: Source
    reason: str
    since: datetime
    created_by: str


def in_force(
    connection: Connection, addresses: Collection[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Which of these (channel, address) pairs must not be used, as they were asked for, and why."""
    asked = {pair: forms(connection, *pair) for pair in addresses}
    wanted = {address for known in asked.values() for address in known}
    rows = rows_among(
        connection,
        select(
            *(SUPPRESSIONS.c[name] for name in ("channel", "address", "source", "reason"))
        ).where(
            # Of the one index that there is on addresses, the channel comes first.
            SUPPRESSIONS.c.channel.in_({channel for channel, _ in asked}),
            SUPPRESSIONS.c.lifted_at.is_(None),
        ),
        SUPPRESSIONS.c.address,
        wanted,
    )
    found = {(row.channel, row.address): _in_words(Source(row.source), row.reason) for row in rows}
    return {
        pair: found[pair[0], known]
        for pair, all_known in asked.items()
        for known in all_known
        if (pair[0], known) in found
    }


def was_lifted(connection: Connection, channel: str, address: str, reason: str) -> bool:
    """Whether what this reason spoke of has been lifted since."""
    known = forms(connection, channel, address)
    rows = connection.execute(
        select(SUPPRESSIONS.c.source, SUPPRESSIONS.c.reason).where(
            SUPPRESSIONS.c.channel == channel,
            SUPPRESSIONS.c.address.in_(known),
            SUPPRESSIONS.c.lifted_at.is_not(None),
        )
    )
    return any(_in_words(Source(row.source), row.reason) in reason for row in rows)


def _in_words(source: Source, reason: str) -> str:
    return f"{_SAID_BY[source]}: {reason}" if source in _SAID_BY else reason


def find(connection: Connection, channel: str, address: str) -> Suppression | None:
    """The suppression of an address, where it is in force."""
    query = select(SUPPRESSIONS).where(of_address(connection, channel, address))
    row = connection.execute(query).mappings().first()
    return None if row is None else _read(row)


def listed(connection: Connection) -> list[Suppression]:
    """All that are in force, the newest first."""
    rows = connection.execute(
        select(SUPPRESSIONS)
        .where(SUPPRESSIONS.c.lifted_at.is_(None))
        .order_by(SUPPRESSIONS.c.since.desc(), SUPPRESSIONS.c.id.desc())
    ).mappings()
    return [_read(row) for row in rows]


def _read(row: RowMapping) -> Suppression:
    return Suppression(
        id=row["id"],
        channel=row["channel"],
        address=row["address"],
        source=Source(row["source"]),
        reason=row["reason"],
        since=row["since"],
        created_by=row["created_by"],
    )
