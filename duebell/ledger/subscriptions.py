"""Our webhook subscriptions at FreshBooks: their URL tokens, ids and verifiers (sealed)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, case, delete, select, update

from duebell.domain.connections import KnownCallback
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


def ensure(
    connection: Connection, account_id: str, event: str, base_url: str, token: str, now: datetime
) -> None:
    """Make sure that the subscription is known; ``token`` is used where it is new."""
    row = connection.execute(
        insert_or(connection, CALLBACKS)
        .values(
            account_id=account_id,
            event=event,
            base_url=base_url,
            url_token=token,
            verified=False,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(CALLBACKS.c.id)
    ).first()
    if row is not None:
        _note(connection, row[0], "wanted", None, "wanted", event, now)


def all_of(connection: Connection, base_url: str, sealer: Sealer) -> list[KnownCallback]:
    """The subscriptions under this public URL."""
    rows = connection.execute(
        select(CALLBACKS).where(CALLBACKS.c.base_url == base_url).order_by(CALLBACKS.c.id)
    ).mappings()
    return [_known(connection, row, sealer) for row in rows.all()]


def by_token(connection: Connection, url_token: str, sealer: Sealer) -> KnownCallback | None:
    """The subscription whose URL has this token."""
    row = connection.execute(select(CALLBACKS).where(CALLBACKS.c.url_token == url_token))
    found = row.mappings().first()
    return None if found is None else _known(connection, found, sealer)


def _known(connection: Connection, row: RowMapping, sealer: Sealer) -> KnownCallback:
    sealed = connection.execute(
        select(VERIFIERS.c.sealed)
        .where(VERIFIERS.c.callback == row["id"], VERIFIERS.c.state.in_(_TRUSTED))
        .order_by(VERIFIERS.c.id.desc())
    ).scalars()
    return KnownCallback(
        row=row["id"],
        account_id=row["account_id"],
        event=row["event"],
        url_token=row["url_token"],
        callback_id=row["callback_id"],
        is_verified=row["verified"],
        verifiers=tuple(sealer.unseal(text) for text in sealed),
    )


def bind(
    connection: Connection, row: int, callback_id: str, *, is_verified: bool, now: datetime
) -> None:
    """Remember FreshBooks' id of the subscription and whether it says that it is verified."""
    before = connection.execute(select(CALLBACKS).where(CALLBACKS.c.id == row)).mappings().one()
    if before["callback_id"] == callback_id and before["verified"] == is_verified:
        return
    connection.execute(
        update(CALLBACKS)
        .where(CALLBACKS.c.id == row)
        .values(
            callback_id=callback_id,
            verified=is_verified,
            verified_at=now if is_verified else before["verified_at"],
        )
    )
    _note(
        connection,
        row,
        "bound",
        _word(before),
        "verified" if is_verified else "created",
        f"FreshBooks' id {callback_id}",
        now,
    )


def forget_remote(connection: Connection, row: int, now: datetime) -> None:
    """FreshBooks does not have the subscription (any more); it will be made anew."""
    before = connection.execute(select(CALLBACKS).where(CALLBACKS.c.id == row)).mappings().one()
    if before["callback_id"] is None:
        return
    connection.execute(
        update(CALLBACKS).where(CALLBACKS.c.id == row).values(callback_id=None, verified=False)
    )
    _note(connection, row, "missing", _word(before), "wanted", "FreshBooks does not list it", now)


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
    known = connection.execute(
        select(VERIFIERS.c.state, VERIFIERS.c.remote_callback_id).where(
            VERIFIERS.c.callback == row, VERIFIERS.c.fingerprint == fingerprint(verifier)
        )
    ).first()
    if known is not None and known[0] in _UNSETTLED and known[1] == remote_callback_id:
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
    _note(connection, row, "handshake", None, None, f"FreshBooks' id {remote_callback_id}", now)
    ring(connection)
    unused = connection.execute(
        select(VERIFIERS.c.id)
        .where(VERIFIERS.c.callback == row, VERIFIERS.c.state == VerifierState.RECEIVED)
        .order_by(VERIFIERS.c.id.desc())
        .offset(MOST_VERIFIERS)
    )
    connection.execute(delete(VERIFIERS).where(VERIFIERS.c.id.in_(list(unused.scalars()))))
    return True


def unsettled_verifiers(connection: Connection, sealer: Sealer) -> list[tuple[int, str, str]]:
    """Handshakes not yet answered: row of the callback, FreshBooks' id of it, verifier."""
    rows = connection.execute(
        select(VERIFIERS.c.callback, VERIFIERS.c.remote_callback_id, VERIFIERS.c.sealed)
        .where(VERIFIERS.c.state.in_(_UNSETTLED))
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


def _word(row: RowMapping) -> str:
    if row["callback_id"] is None:
        return "wanted"
    return "verified" if row["verified"] else "created"


def _note(
    connection: Connection,
    row: int,
    action: str,
    from_status: str | None,
    to_status: str | None,
    reason: str,
    now: datetime,
) -> None:
    record = AuditRecord("duebell", action, "callback", str(row), from_status, to_status, reason)
    audit.append(connection, [record], now)
