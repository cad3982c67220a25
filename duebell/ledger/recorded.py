"""The business facts of a time, in the order in which they were recorded, page by page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from duebell.domain.decisions import Verdict
from duebell.domain.occurrences import Occurrence
from duebell.ledger.book_tables import WatermarkRow
from duebell.ledger.occurrences import OCCURRENCES
from duebell.ledger.tables import DecisionRow

_DECISIONS = DecisionRow.__table__  # type: ignore[attr-defined]
_MARKS = WatermarkRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Span:
    """From ``since`` on and before ``until`` (aware UTC); of one account, or of all if empty."""

    since: datetime
    until: datetime
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """A fact and when it was first decided about.

    ``silence`` is why nobody was told of it then, where the reason was no rule but the books or a
    person: it was paid already, or paused.
    """

    id: int
    occurrence: Occurrence
    at: datetime
    silence: str = ""


def count(connection: Connection, span: Span) -> int:
    """How many facts were recorded."""
    query = select(func.count()).select_from(OCCURRENCES).where(*_within(span))
    return connection.execute(query).scalar_one()


def page(connection: Connection, span: Span, after: int, most: int) -> list[RecordedFact]:
    """The facts that follow the one with the id ``after`` (0 for the first ones)."""
    fact = OCCURRENCES.c
    key = (fact.account_id, fact.object_id, fact.event_type, fact.occurrence)
    rows = connection.execute(
        select(fact.id, fact.signal_id, fact.created_at, *key)
        .where(fact.id > after, *_within(span))
        .order_by(fact.id)
        .limit(most)
    ).all()
    silences = _silences(connection, {row[1] for row in rows if row[1] is not None})
    return [
        RecordedFact(id_, occurrence, at, silences.get((signal_id, occurrence.occurrence), ""))
        for id_, signal_id, at, *parts in rows
        for occurrence in (Occurrence(*parts),)
    ]


def watching_since(connection: Connection, account_id: str = "") -> datetime | None:
    """When the books began to be watched; None where nobody has begun."""
    query = select(func.min(_MARKS.c.since))
    if account_id:
        query = query.where(_MARKS.c.account_id == account_id)
    found: datetime | None = connection.execute(query).scalar_one()
    return found


def _within(span: Span) -> list[ColumnElement[bool]]:
    conditions = [OCCURRENCES.c.created_at >= span.since, OCCURRENCES.c.created_at < span.until]
    if span.account_id:
        conditions.append(OCCURRENCES.c.account_id == span.account_id)
    return conditions


def _silences(connection: Connection, signal_ids: Collection[int]) -> dict[tuple[int, str], str]:
    """Why whole facts were told to nobody: decisions that are about all rules at once."""
    decision = _DECISIONS.c
    rows = connection.execute(
        select(decision.signal_id, decision.occurrence, decision.reason)
        .where(
            decision.signal_id.in_(signal_ids),
            decision.occurrence.is_not(None),
            decision.rule.is_(None),
            decision.verdict.in_([Verdict.SKIPPED.value, Verdict.SUPPRESSED.value]),
        )
        .order_by(decision.id.desc())
    )
    return {(signal_id, occurrence): reason for signal_id, occurrence, reason in rows}
