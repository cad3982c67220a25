"""Addresses that must not be used: who opted out, who bounced, whom the firm left out.

Addresses are compared in the form of :func:`duebell.people.comparable.comparable`. The audit trail
names a suppression by the id of its row, never by its address. Of a person who was erased a digest
is left (:mod:`duebell.ledger.erased_addresses`), by which the address is known where it comes up.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, literal, select, update

from duebell.domain.consent import LIFTED_BY_START, Source
from duebell.domain.delivery import FailureClass
from duebell.domain.rules import Channel
from duebell.ledger import audit
from duebell.ledger.audit import AuditRecord
from duebell.ledger.erased_addresses import forms, is_erased
from duebell.ledger.people_tables import SuppressionRow
from duebell.ledger.statements import insert_or, rows_among

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
    said_at: datetime | None = None,
) -> bool:
    """Let an address not be used any more; False where that changes nothing, or none is known.

    What a START would lift is replaced by what it must not lift: an address that the firm leaves
    out stays left out. The other way round, and for the rest, the first word stands. ``said_at`` is
    when it was said, where that is known: what was said before it does not lift it.
    """
    if not address:
        return False
    new = {"source": source.value, "reason": reason, "since": said_at or now, "created_by": by}
    standing = _standing_as(connection, channel, address)
    key = {"channel": channel, "address": standing}
    stored = connection.execute(
        insert_or(connection, SUPPRESSIONS)
        .values(**key, **new)
        .on_conflict_do_nothing()
        .returning(SUPPRESSIONS.c.id)
    ).scalar()
    if stored is None and source not in LIFTED_BY_START:
        stored = connection.execute(
            update(SUPPRESSIONS)
            .where(_of(connection, channel, standing), SUPPRESSIONS.c.source.in_(LIFTED_BY_START))
            # Whoever lifts it by hand some day should read that the person said STOP.
            .values(**{**new, "reason": literal(f"{reason}; ") + SUPPRESSIONS.c.reason})
            .returning(SUPPRESSIONS.c.id)
        ).scalar()
    if stored is not None:
        _tell(connection, by, "suppressed", stored, None, IN_FORCE, source, now)
    elif said_at is not None:
        _said_again(connection, _of(connection, channel, standing), source, said_at)
    return stored is not None


def _said_again(
    connection: Connection, of_it: ColumnElement[bool], source: Source, at: datetime
) -> None:
    """It counts from when it was said last: words that change it may come in any order."""
    is_older = and_(SUPPRESSIONS.c.source == source.value, SUPPRESSIONS.c.since < at)
    connection.execute(update(SUPPRESSIONS).where(of_it, is_older).values(since=at))


def _standing_as(connection: Connection, channel: str, address: str) -> str:
    """The form in which an address is suppressed already: a digest stays one."""
    if is_erased(address):
        return _clear_form(connection, channel, address) or address
    clear, *left = forms(connection, channel, address)
    query = select(SUPPRESSIONS.c.address).where(_of(connection, channel, address))
    found = connection.execute(query).scalars().first() if left else None
    return found or clear


def _clear_form(connection: Connection, channel: str, left: str) -> str | None:
    """The suppressed address of which this is what would be left; it is looked for in them all."""
    query = select(SUPPRESSIONS.c.address).where(
        SUPPRESSIONS.c.channel == channel, SUPPRESSIONS.c.lifted_at.is_(None)
    )
    found = connection.execute(query).scalars()
    return next((one for one in found if left in forms(connection, channel, one)), None)


def lift(
    connection: Connection,
    channel: str,
    address: str,
    *,
    by: str,
    now: datetime,
    sources: Collection[Source] = _ANY_SOURCE,
    said_at: datetime | None = None,
) -> bool:
    """Let an address be used again; False where it was not suppressed by one of these sources.

    ``said_at`` is when it was said, where that is known: it lifts only what was said before.
    """
    standing = _standing_as(connection, channel, address)
    is_theirs = SUPPRESSIONS.c.source.in_(sources)
    if said_at is not None:
        is_theirs = and_(is_theirs, SUPPRESSIONS.c.since < said_at)
    lifted = connection.execute(
        update(SUPPRESSIONS)
        .where(_of(connection, channel, standing), is_theirs)
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
    said_at: datetime | None = None,
) -> bool:
    """Suppress an address that must not be used again, by what a provider's error code means.

    Because its owner has opted out, or because nothing ever arrives there: a landline, a number out
    of service, a mailbox that is gone. False where nothing changes.
    """
    source = _source_of(channel, failure)
    if source is None:
        return False
    return suppress(
        connection,
        channel,
        address,
        source=source,
        reason=reason or "the provider says that the recipient has opted out",
        by="provider",
        now=now,
        said_at=said_at,
    )


def _source_of(channel: str, failure: FailureClass | None) -> Source | None:
    if failure is FailureClass.RECIPIENT:
        return Source.BOUNCE
    if failure is FailureClass.COMPLIANCE:
        # A START in a text says nothing about emails.
        return Source.COMPLAINT if channel == Channel.EMAIL else Source.PROVIDER
    return None


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
    query = select(SUPPRESSIONS).where(_of(connection, channel, address))
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


def _of(connection: Connection, channel: str, address: str) -> ColumnElement[bool]:
    return and_(
        SUPPRESSIONS.c.channel == channel,
        SUPPRESSIONS.c.address.in_(forms(connection, channel, address)),
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
