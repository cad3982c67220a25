"""Clients and invoices of which nobody hears before a day, because somebody decided so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select, update

from duebell.domain.circumstances import Paused
from duebell.domain.pauses import paused_until
from duebell.ledger import audit, unsent
from duebell.ledger.audit import AuditRecord
from duebell.ledger.people_tables import PauseRow
from duebell.ledger.statements import insert_or

PAUSES = PauseRow.__table__  # type: ignore[attr-defined]

#: In the audit trail: a pause that was ended before its day.
RESUMED = "resumed"

_IN_FORCE = PAUSES.c.lifted_at.is_(None)


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause: of what, in which account (empty: in any), and until when. ``until`` is over it."""

    id: int
    account_id: str
    kind: Paused
    object_id: str
    until: date
    created_at: datetime
    created_by: str


def pause(
    connection: Connection,
    account_id: str,
    kind: str,
    object_id: str,
    until: date,
    *,
    by: str,
    now: datetime,
) -> int:
    """Let nobody hear of it before a day; gives how many planned messages that suppressed.

    What is paused already gets the new day. An empty account means every account; an invoice is
    named by its id or its number.
    """
    key = {"account_id": account_id, "kind": kind, "object_id": object_id}
    is_it = (PAUSES.c[name] == value for name, value in key.items())
    before = connection.execute(
        select(PAUSES.c.until).where(*is_it, _IN_FORCE).with_for_update()
    ).scalar()
    day = until.isoformat()
    row = connection.execute(
        insert_or(connection, PAUSES)
        .values(**key, until=day, created_at=now, created_by=by)
        .on_conflict_do_update(
            index_elements=list(key),
            index_where=_IN_FORCE,
            set_={"until": day},
            where=PAUSES.c.until != day,
        )
        .returning(PAUSES.c.id)
    ).scalar()
    if row is not None:
        _tell(connection, by, "paused", row, before, day, now)
    reason = paused_until(kind, until)
    return unsent.stop(connection, account_id, kind, object_id, reason, now, by)


def resume(
    connection: Connection,
    account_id: str,
    kind: str,
    object_id: str,
    *,
    by: str,
    now: datetime,
) -> bool:
    """End a pause now, of an empty account in every account; False where there was none."""
    of_account = [PAUSES.c.account_id == account_id] if account_id else []
    ended = connection.execute(
        update(PAUSES)
        .where(PAUSES.c.kind == kind, PAUSES.c.object_id == object_id, _IN_FORCE, *of_account)
        .values(lifted_at=now, lifted_by=by)
        .returning(PAUSES.c.id, PAUSES.c.until)
    ).all()
    for row, until in ended:
        _tell(connection, by, RESUMED, row, until, RESUMED, now)
    return bool(ended)


def in_force(connection: Connection) -> dict[tuple[str, str, str], date]:
    """The day of each (account, kind, id) that was paused and not resumed; it may have come."""
    return {(one.account_id, one.kind.value, one.object_id): one.until for one in _all(connection)}


def listed(connection: Connection, today: date) -> list[Pause]:
    """The pauses that last on this day, those that end first before the others."""
    return [one for one in _all(connection) if one.until > today]


def _all(connection: Connection) -> list[Pause]:
    rows = connection.execute(
        select(PAUSES).where(_IN_FORCE).order_by(PAUSES.c.until, PAUSES.c.id)
    ).mappings()
    return [
        Pause(
            id=row["id"],
            account_id=row["account_id"],
            kind=Paused(row["kind"]),
            object_id=row["object_id"],
            until=date.fromisoformat(row["until"]),
            created_at=row["created_at"],
            created_by=row["created_by"],
        )
        for row in rows
    ]


def _tell(
    connection: Connection,
    by: str,
    action: str,
    row: int,
    before: str | None,
    after: str,
    now: datetime,
) -> None:
    record = AuditRecord(by, action, "pause", str(row), before, after)
    audit.append(connection, [record], now)
