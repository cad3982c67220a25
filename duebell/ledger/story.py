"""All rows about one client, invoice or notification, for telling its story.

Each question goes by an index, and is asked for the newest rows only: a ledger of millions answers
as fast as a small one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, select, text

from duebell.domain.books import Kind
from duebell.domain.circumstances import Paused
from duebell.ledger import naming
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.audit import AUDIT
from duebell.ledger.brake_reading import BRAKES
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.occurrences import OCCURRENCES
from duebell.ledger.pauses import PAUSES
from duebell.ledger.plans import DECISIONS
from duebell.ledger.report_rows import REPORTS
from duebell.ledger.rulebook_states import loaded_at
from duebell.ledger.statements import rows_among
from duebell.ledger.story_subject import Subject, decided, told
from duebell.ledger.suppressions import SUPPRESSIONS
from duebell.ledger.waiting import channels_waited_for
from duebell.people.comparable import comparable

__all__ = ["Found", "Subject", "read"]

#: The newest decisions, and the newest notifications, that a story is made of.
MOST_DECISIONS, MOST_NOTIFICATIONS = 2_000, 500

_IS_OPEN = text("signals.status <> 'done'")  # as its partial index has it

Rows = list[RowMapping]


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a story, each kind in the order in which it was written.

    ``is_cut`` says that there are older ones. ``occurrences`` are the facts that the notifications
    tell, by their rows; ``loaded`` says of rulebooks that are in force when they were loaded, and
    ``clients`` what paused clients are called, by their ids.
    """

    decisions: Rows
    notifications: Rows
    signals: Rows
    attempts: Rows
    reports: Rows
    pauses: Rows
    suppressions: Rows
    brakes: Rows
    audit: Rows
    is_cut: bool = False
    occurrences: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    loaded: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    clients: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return not (self.decisions or self.notifications or self.signals or self.pauses)


@dataclass(frozen=True, slots=True)
class _Names:
    """By what else the subject is known: (account, id) of invoices, and the ids of clients."""

    invoices: frozenset[tuple[str, str]] = frozenset()
    numbers: frozenset[str] = frozenset()
    clients: frozenset[str] = frozenset()


def read(connection: Connection, subject: Subject, since: datetime | None = None) -> Found:
    """The rows about a subject; of decisions, those since then."""
    decisions = _decisions(connection, decided(subject), since)
    notifications = _notifications(connection, told(subject))
    names = _names(subject, [*decisions, *notifications])
    if subject.invoice and names.invoices:
        # A record that is gone has no number any more, and old rows have none.
        decisions = _merged(decisions, _decisions(connection, _of_ids(DECISIONS, names), since))
        others = _notifications(connection, _of_ids(NOTIFICATIONS, names))
        notifications = _merged(notifications, others, "created_at")
    names = _names(subject, [*decisions, *notifications])
    cut = len(decisions) > MOST_DECISIONS or len(notifications) > MOST_NOTIFICATIONS
    decisions = decisions[-MOST_DECISIONS:]
    notifications = notifications[-MOST_NOTIFICATIONS:]
    found = Found(decisions, notifications, [], [], [], [], [], [], [], cut)
    return _with_the_rest(connection, found, subject, names)


def _with_the_rest(connection: Connection, found: Found, subject: Subject, names: _Names) -> Found:
    ids = [row["id"] for row in found.notifications]
    attempts = _among(connection, ATTEMPTS, "notification_id", ids)
    pauses = _pauses(connection, names)
    suppressions = _suppressions(connection, found.notifications, attempts)
    brake_ids = _values(found.notifications, "brake_id")
    of_messages = _audit(connection, "notification", ids)
    entities: dict[str, Collection[str]] = {
        "pause": [str(row["id"]) for row in pauses],
        "suppression": [str(row["id"]) for row in suppressions],
        "channel": channels_waited_for(row["reason"] for row in of_messages),
    }
    others = [row for kind, one in entities.items() for row in _audit(connection, kind, one)]
    return replace(
        found,
        signals=_signals(connection, found, subject, names),
        attempts=attempts,
        reports=_reports(connection, ids, attempts),
        pauses=pauses,
        suppressions=suppressions,
        brakes=_among(connection, BRAKES, "id", brake_ids),
        occurrences=_occurrences(connection, found.notifications),
        loaded=loaded_at(connection),
        clients=_client_names(connection, pauses),
        audit=[*of_messages, *others],
    )


def _of_ids(table: Any, names: _Names) -> ColumnElement[bool]:
    ids = [object_id for _, object_id in names.invoices]
    accounts = {account_id for account_id, _ in names.invoices}
    return and_(
        table.c.object_id.in_(ids),
        table.c.account_id.in_(accounts),
        table.c.event.startswith("invoice."),
    )


def _decisions(
    connection: Connection, condition: ColumnElement[bool], since: datetime | None
) -> Rows:
    query = select(DECISIONS).where(condition)
    if since is not None:
        query = query.where(DECISIONS.c.at >= since)
    return _newest(connection, query.order_by(DECISIONS.c.id.desc()), MOST_DECISIONS + 1)


def _notifications(connection: Connection, condition: ColumnElement[bool]) -> Rows:
    query = select(NOTIFICATIONS).where(condition)
    query = query.order_by(NOTIFICATIONS.c.created_at.desc(), NOTIFICATIONS.c.id.desc())
    return _newest(connection, query, MOST_NOTIFICATIONS + 1)


def _newest(connection: Connection, query: Select[Any], most: int) -> Rows:
    return list(connection.execute(query.limit(most)).mappings())[::-1]


def _merged(some: Rows, others: Rows, order: str = "id") -> Rows:
    known = {row["id"]: row for row in (*some, *others)}
    return sorted(known.values(), key=lambda row: (row[order], row["id"]))


def _names(subject: Subject, rows: Iterable[RowMapping]) -> _Names:
    rows = list(rows)
    about = [row for row in rows if row["event"].startswith("invoice.")]
    numbers = {row["invoice_number"] for row in rows if row["invoice_number"]}
    clients = {row["client_id"] for row in rows if row["client_id"]}
    return _Names(
        frozenset((row["account_id"], row["object_id"]) for row in about),
        frozenset(numbers | ({subject.invoice} if subject.invoice else set())),
        frozenset(clients | ({subject.client} if subject.client else set())),
    )


def _values(rows: Iterable[RowMapping], name: str) -> list[Any]:
    return sorted({row[name] for row in rows if row[name] is not None})


def _among(connection: Connection, table: Any, name: str, values: Collection[Any]) -> Rows:
    rows = rows_among(connection, select(table).order_by(table.c.id), table.c[name], values)
    return [row._mapping for row in rows]


def _signals(connection: Connection, found: Found, subject: Subject, names: _Names) -> Rows:
    """What led to the decisions, and what is heard of and not decided about yet."""
    ids = {*_values(found.decisions, "signal_id"), *_values(found.notifications, "signal_id")}
    known = _among(connection, SIGNALS, "id", sorted(ids))
    if subject.notification:
        return known
    wanted = {("client", id_) for id_ in [subject.client] if id_}
    wanted |= {("invoice", id_) for _, id_ in names.invoices if subject.invoice}
    wanted |= {subject.record} if subject.record[1] else set()
    query = select(SIGNALS).where(_IS_OPEN).order_by(SIGNALS.c.id)
    rows = rows_among(connection, query, SIGNALS.c.object_id, {id_ for _, id_ in wanted})
    waiting = [
        row._mapping
        for row in rows
        if (row._mapping["event"].partition(".")[0], row._mapping["object_id"]) in wanted
    ]
    return _merged(known, waiting)


def _occurrences(connection: Connection, notifications: Rows) -> dict[int, str]:
    ids = _values(notifications, "occurrence_id")
    rows = _among(connection, OCCURRENCES, "id", ids)
    return {row["id"]: row["occurrence"] for row in rows}


def _reports(connection: Connection, ids: Collection[str], attempts: Rows) -> Rows:
    # A report that overtook our own write names the provider's id alone.
    by_provider = _among(connection, REPORTS, "provider_id", _values(attempts, "provider_id"))
    return _merged(_among(connection, REPORTS, "notification_id", ids), by_provider)


def _pauses(connection: Connection, names: _Names) -> Rows:
    # Only an operator makes these, so there are few.
    rows = connection.execute(select(PAUSES).order_by(PAUSES.c.id)).mappings()
    invoices = names.numbers | {id_ for _, id_ in names.invoices}
    wanted = {Paused.CLIENT.value: names.clients, Paused.INVOICE.value: invoices}
    return [row for row in rows if row["object_id"] in wanted.get(row["kind"], ())]


def _client_names(connection: Connection, pauses: Rows) -> dict[str, str]:
    paused = {row["object_id"] for row in pauses if row["kind"] == Paused.CLIENT}
    found = (naming.find(connection, id_, (Kind.CLIENT.value,)) for id_ in sorted(paused))
    return {one.id: one.name for names in found for one in names if one.id in paused and one.name}


def _suppressions(connection: Connection, notifications: Rows, attempts: Rows) -> Rows:
    pairs = {
        (row["channel"], comparable(row["channel"], row[name]))
        for row in notifications
        for name in ("recipient", "diverted_to")
        if row[name]
    }
    # Where a message went by its fallback, an earlier attempt had another address.
    pairs |= {(row["channel"], comparable(row["channel"], row["recipient"])) for row in attempts}
    query = select(SUPPRESSIONS).order_by(SUPPRESSIONS.c.id)
    rows = rows_among(connection, query, SUPPRESSIONS.c.address, {one for _, one in pairs})
    return [row._mapping for row in rows if (row.channel, row.address) in pairs]


def _audit(connection: Connection, entity: str, ids: Collection[str]) -> Rows:
    query = select(AUDIT).where(AUDIT.c.entity == entity).order_by(AUDIT.c.id)
    return [row._mapping for row in rows_among(connection, query, AUDIT.c.entity_id, ids)]
