"""Which rulebook each worker has in force, and what is wrong with its file by now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, case, delete, func, select

from duebell.domain.readiness import RULEBOOK_GONE
from duebell.ledger.businesses import local_times
from duebell.ledger.people_tables import RulebookStateRow
from duebell.ledger.statements import insert_or
from duebell.ledger.workers import WORKERS
from duebell.redaction import Redactor

STATES = RulebookStateRow.__table__  # type: ignore[attr-defined]


def record(
    connection: Connection, worker_id: str, digest: str, faults: Sequence[str], now: datetime
) -> None:
    """Remember a worker's rulebook, and the faults of the file if it is broken now.

    A rulebook counts as loaded when its digest first came. States of dead workers are removed.
    """
    clean = Redactor().clean_text  # a fault may quote somebody's number
    statement = insert_or(connection, STATES).values(
        worker_id=worker_id,
        digest=digest,
        loaded_at=now,
        faults=[clean(fault) for fault in faults],
    )
    new = statement.excluded
    is_same = STATES.c.digest == new.digest
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["worker_id"],
            set_={
                "digest": new.digest,
                "loaded_at": case((is_same, STATES.c.loaded_at), else_=new.loaded_at),
                "faults": new.faults,
            },
        )
    )
    living = select(WORKERS.c.id).where(WORKERS.c.lease_until > now)
    connection.execute(
        delete(STATES).where(STATES.c.worker_id != worker_id, STATES.c.worker_id.not_in(living))
    )


def faults(connection: Connection, living: Collection[str]) -> list[str]:
    """One sentence for each broken rulebook file that a living worker could not take over."""
    rows = connection.execute(
        select(STATES.c.worker_id, STATES.c.loaded_at, STATES.c.faults).order_by(STATES.c.worker_id)
    )
    faulty = [row for row in rows if row.faults and row.worker_id in living]
    if not faulty:
        return []
    minute = local_times(connection).minute
    # Workers that read the same file say the same.
    return list(
        dict.fromkeys(_sentence(row.faults[0], minute(row.loaded_at)) for row in faulty),
    )


def _sentence(fault: str, loaded_at: str) -> str:
    in_force = f"the one of {loaded_at} is in force"
    if fault.endswith(RULEBOOK_GONE):
        file = fault.removesuffix(RULEBOOK_GONE)
        return f"The rulebook file is gone; {in_force}: put {file} back."
    return f"The rulebook file is broken; {in_force}: {fault}"


def others(connection: Connection, living: Collection[str], digest: str) -> list[datetime]:
    """When living workers loaded a rulebook that is another one than this; the earliest first."""
    rows = connection.execute(
        select(STATES.c.worker_id, STATES.c.loaded_at)
        .where(STATES.c.digest != digest)
        .order_by(STATES.c.loaded_at)
    )
    return [loaded_at for worker_id, loaded_at in rows if worker_id in living]


def loaded_at(connection: Connection) -> dict[str, datetime]:
    """When each rulebook that a worker has, or had last, was loaded first; by its digest."""
    rows = connection.execute(
        select(STATES.c.digest, func.min(STATES.c.loaded_at)).group_by(STATES.c.digest)
    )
    return {row[0]: row[1] for row in rows}
