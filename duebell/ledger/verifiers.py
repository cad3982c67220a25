"""The secrets with which FreshBooks signs the deliveries of our callbacks; sealed at rest."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, case, delete, select, update

from duebell.ledger import audit
from duebell.ledger.audit import AuditRecord
from duebell.ledger.doorbell import ring
from duebell.ledger.sealing import Sealer, fingerprint
from duebell.ledger.statements import insert_or
from duebell.ledger.tables import CallbackRow, VerifierRow

CALLBACKS = CallbackRow.__table__  # type: ignore[attr-defined]
VERIFIERS = VerifierRow.__table__  # type: ignore[attr-defined]

#: Several verifiers are kept while a resend is under way; garbage cannot pile up beyond this.
MOST_VERIFIERS = 5


class VerifierState(StrEnum):
    """How far a verifier got. Anybody who knows the URL can send one, so it is trusted only once
    it is offered to FreshBooks (whose deliveries may follow before its answer) and not refused.
    """

    RECEIVED = "received"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"


_TRUSTED = (VerifierState.OFFERED, VerifierState.ACCEPTED)
_UNSETTLED = (VerifierState.RECEIVED, VerifierState.OFFERED)


def trusted(connection: Connection, row: int, sealer: Sealer) -> tuple[str, ...]:
    """The secrets that may sign for a callback, the newest first."""
    sealed = connection.execute(
        select(VERIFIERS.c.sealed)
        .where(VERIFIERS.c.callback == row, VERIFIERS.c.state.in_(_TRUSTED))
        .order_by(VERIFIERS.c.id.desc())
    ).scalars()
    return tuple(sealer.unseal(text) for text in sealed)


def add_verifier(
    connection: Connection,
    row: int,
    verifier: str,
    remote_callback_id: str,
    sealer: Sealer,
    now: datetime,
) -> bool:
    """Keep a verifier that came with a handshake; False where its answer is under way already.

    A resend may repeat the verifier, and one that was refused may have come before its time, so a
    settled one is offered again. Those never offered are dropped beyond a handful, oldest first.
    """
    if _is_under_way(connection, row, fingerprint(verifier), remote_callback_id):
        return False
    statement = insert_or(connection, VERIFIERS).values(
        callback=row,
        fingerprint=fingerprint(verifier),
        sealed=sealer.seal(verifier),
        remote_callback_id=remote_callback_id,
        state=VerifierState.RECEIVED,
        received_at=now,
    )
    was_trusted = VERIFIERS.c.state.in_(_TRUSTED)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["callback", "fingerprint"],
            set_={
                "remote_callback_id": statement.excluded.remote_callback_id,
                "state": case((was_trusted, VerifierState.OFFERED), else_=VerifierState.RECEIVED),
            },
        )
    )
    _note(connection, row, f"FreshBooks' id {remote_callback_id}", now)
    ring(connection)
    _drop_unused(connection, row)
    return True


def _is_under_way(connection: Connection, row: int, mark: str, remote_callback_id: str) -> bool:
    known = connection.execute(
        select(VERIFIERS.c.state, VERIFIERS.c.remote_callback_id).where(
            VERIFIERS.c.callback == row, VERIFIERS.c.fingerprint == mark
        )
    ).first()
    return known is not None and known[0] in _UNSETTLED and known[1] == remote_callback_id


def _drop_unused(connection: Connection, row: int) -> None:
    unused = connection.execute(
        select(VERIFIERS.c.id)
        .where(VERIFIERS.c.callback == row, VERIFIERS.c.state == VerifierState.RECEIVED)
        .order_by(VERIFIERS.c.id.desc())
        .offset(MOST_VERIFIERS)
    )
    connection.execute(delete(VERIFIERS).where(VERIFIERS.c.id.in_(list(unused.scalars()))))


def _note(connection: Connection, row: int, reason: str, now: datetime) -> None:
    record = AuditRecord("duebell", "handshake", "callback", str(row), reason=reason)
    audit.append(connection, [record], now)


def unsettled_verifiers(connection: Connection, sealer: Sealer) -> list[tuple[int, str, str]]:
    """Handshakes not yet answered: row of the callback, FreshBooks' id of it, verifier.

    Those of a callback that is not wanted any more wait until it is wanted again.
    """
    rows = connection.execute(
        select(VERIFIERS.c.callback, VERIFIERS.c.remote_callback_id, VERIFIERS.c.sealed)
        .join(CALLBACKS, CALLBACKS.c.id == VERIFIERS.c.callback)
        .where(VERIFIERS.c.state.in_(_UNSETTLED), CALLBACKS.c.removed_at.is_(None))
        .order_by(VERIFIERS.c.id)
    )
    return [(row[0], row[1], sealer.unseal(row[2])) for row in rows]


def mark_verifier(connection: Connection, row: int, verifier: str, state: VerifierState) -> None:
    """Remember how far a verifier got."""
    connection.execute(
        update(VERIFIERS)
        .where(VERIFIERS.c.callback == row, VERIFIERS.c.fingerprint == fingerprint(verifier))
        .values(state=state)
    )
