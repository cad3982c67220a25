"""Addresses that must not be used: who opted out, who bounced, whom the firm left out.

Addresses are compared in the form of :func:`duebell.people.comparable.comparable`. The audit trail
names a suppression by the id of its row, never by its address. Of a person who was erased a digest
is left (:mod:`duebell.ledger.erased_addresses`), by which the address is known where it comes up.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, literal, select, update

from duebell.domain.consent import LIFTED_BY_START, Source
from duebell.domain.delivery import FailureClass
from duebell.domain.rules import Channel
from duebell.domain.sentences import as_part
from duebell.ledger import audit
from duebell.ledger.audit import AuditRecord
from duebell.ledger.erased_addresses import forms, is_erased
from duebell.ledger.people_tables import SuppressionRow
from duebell.ledger.statements import insert_or

SUPPRESSIONS = SuppressionRow.__table__  # type: ignore[attr-defined]

IN_FORCE = "in force"
LIFTED = "lifted"

_ANY_SOURCE = frozenset(Source)


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
            .where(
                of_address(connection, channel, standing),
                SUPPRESSIONS.c.source.in_(LIFTED_BY_START),
            )
            # Whoever lifts it by hand some day should read that the person said STOP.
            .values(**{**new, "reason": literal(f"{as_part(reason)}; ") + SUPPRESSIONS.c.reason})
            .returning(SUPPRESSIONS.c.id)
        ).scalar()
    if stored is not None:
        words = reason if source is Source.HAND else ""
        _tell(connection, by, "suppressed", stored, None, IN_FORCE, source, now, words)
    elif said_at is not None:
        _said_again(connection, of_address(connection, channel, standing), source, said_at)
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
    query = select(SUPPRESSIONS.c.address).where(of_address(connection, channel, address))
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
        .where(of_address(connection, channel, standing), is_theirs)
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


def of_address(connection: Connection, channel: str, address: str) -> ColumnElement[bool]:
    """What the suppression of an address meets that is in force."""
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
    words: str = "",
) -> None:
    """``words`` are those of an operator, who alone knows why."""
    detail = {"source": source.value} if words else None
    reason = words or source.value
    record = AuditRecord(by, action, "suppression", str(row), before, after, reason, detail)
    audit.append(connection, [record], now)
