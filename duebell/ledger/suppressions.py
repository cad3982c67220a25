"""Addresses that must not be used: who opted out, who bounced, whom the firm left out.

Addresses are compared in the form of :func:`duebell.people.comparable.comparable`. The audit trail
names a suppression by the id of its row, never by its address.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, literal, select, update

from duebell.domain.consent import LIFTED_BY_START, Source
from duebell.domain.delivery import FailureClass
from duebell.ledger import audit
from duebell.ledger.audit import AuditRecord
from duebell.ledger.people_tables import SuppressionRow
from duebell.ledger.statements import insert_or, rows_among
from duebell.people.comparable import comparable

SUPPRESSIONS = SuppressionRow.__table__  # type: ignore[attr-defined]

IN_FORCE = "in force"
LIFTED = "lifted"

_ANY_SOURCE = frozenset(Source)

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


def suppress(
    connection: Connection,
    channel: str,
    address: str,
    *,
    source: Source,
    reason: str,
    by: str,
    now: datetime,
) -> bool:
    """Let an address not be used any more; False where that changes nothing.

    What a START would lift is replaced by what it must not lift: an address that the firm leaves
    out stays left out. The other way round, and for the rest, the first word stands.
    """
    new = {"source": source.value, "reason": reason, "since": now, "created_by": by}
    key = {"channel": channel, "address": comparable(channel, address)}
    stored = connection.execute(
        insert_or(connection, SUPPRESSIONS)
        .values(**key, **new)
        .on_conflict_do_nothing()
        .returning(SUPPRESSIONS.c.id)
    ).scalar()
    if stored is None and source not in LIFTED_BY_START:
        stored = connection.execute(
            update(SUPPRESSIONS)
            .where(_of(channel, address), SUPPRESSIONS.c.source.in_(LIFTED_BY_START))
            # Whoever lifts it by hand some day should read that the person said STOP.
            .values(**{**new, "reason": literal(f"{reason}; ") + SUPPRESSIONS.c.reason})
            .returning(SUPPRESSIONS.c.id)
        ).scalar()
    if stored is not None:
        _tell(connection, by, "suppressed", stored, None, IN_FORCE, source, now)
    return stored is not None


def lift(
    connection: Connection,
    channel: str,
    address: str,
    *,
    by: str,
    now: datetime,
    sources: Collection[Source] = _ANY_SOURCE,
) -> bool:
    """Let an address be used again; False where it was not suppressed by one of these sources."""
    lifted = connection.execute(
        update(SUPPRESSIONS)
        .where(_of(channel, address), SUPPRESSIONS.c.source.in_(sources))
        .values(lifted_at=now, lifted_by=by)
        .returning(SUPPRESSIONS.c.id, SUPPRESSIONS.c.source)
    ).first()
    if lifted is not None:
        _tell(connection, by, "lifted", lifted[0], IN_FORCE, LIFTED, Source(lifted[1]), now)
    return lifted is not None


def from_provider(
    connection: Connection,
    channel: str,
    address: str,
    failure: FailureClass | None,
    *,
    reason: str,
    now: datetime,
) -> bool:
    """Suppress an address that a provider must not be asked to use again, by its error's class.

    Only compliance is that: a landline or a number out of service is wrong today and may be
    somebody else's tomorrow, and no opt-out. False where nothing changes.
    """
    if failure is not FailureClass.COMPLIANCE:
        return False
    return suppress(
        connection,
        channel,
        address,
        source=Source.PROVIDER,
        reason=reason or "the provider says that the recipient has opted out",
        by="provider",
        now=now,
    )


def in_force(
    connection: Connection, addresses: Collection[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Which of these (channel, address) pairs must not be used, as they were asked for, and why."""
    asked = {pair: (pair[0], comparable(*pair)) for pair in addresses}
    wanted = {address for _, address in asked.values()}
    rows = rows_among(
        connection,
        select(
            *(SUPPRESSIONS.c[name] for name in ("channel", "address", "source", "reason"))
        ).where(SUPPRESSIONS.c.lifted_at.is_(None)),
        SUPPRESSIONS.c.address,
        wanted,
    )
    found = {(row.channel, row.address): _in_words(Source(row.source), row.reason) for row in rows}
    return {pair: found[known] for pair, known in asked.items() if known in found}


def _in_words(source: Source, reason: str) -> str:
    return f"{_SAID_BY[source]}: {reason}" if source in _SAID_BY else reason


def find(connection: Connection, channel: str, address: str) -> Suppression | None:
    """The suppression of an address, where it is in force."""
    row = connection.execute(select(SUPPRESSIONS).where(_of(channel, address))).mappings().first()
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


def _of(channel: str, address: str) -> ColumnElement[bool]:
    return and_(
        SUPPRESSIONS.c.channel == channel,
        SUPPRESSIONS.c.address == comparable(channel, address),
        SUPPRESSIONS.c.lifted_at.is_(None),
    )


def _tell(
    connection: Connection,
    by: str,
    action: str,
    row: int,
    before: str | None,
    after: str,
    source: Source,
    now: datetime,
) -> None:
    record = AuditRecord(by, action, "suppression", str(row), before, after, source.value)
    audit.append(connection, [record], now)
