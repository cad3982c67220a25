"""Our webhook subscriptions at FreshBooks: their URL tokens, ids, and whether they are wanted.

A subscription that is not wanted any more keeps its row, so that what FreshBooks still delivers to
its address is known and believed.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, RowMapping, select, update

from duebell.domain.connections import KnownCallback
from duebell.ledger import audit, verifiers
from duebell.ledger.audit import AuditRecord
from duebell.ledger.sealing import Sealer
from duebell.ledger.statements import insert_or
from duebell.ledger.tables import CallbackRow

CALLBACKS = CallbackRow.__table__  # type: ignore[attr-defined]


def ensure(
    connection: Connection, account_id: str, event: str, base_url: str, token: str, now: datetime
) -> None:
    """Make sure that the subscription is wanted; ``token`` is used where it is new."""
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
        return
    revived = connection.execute(
        update(CALLBACKS)
        .where(
            CALLBACKS.c.account_id == account_id,
            CALLBACKS.c.event == event,
            CALLBACKS.c.base_url == base_url,
            CALLBACKS.c.removed_at.is_not(None),
        )
        .values(removed_at=None, refusal=None, asked_at=None)
        .returning(CALLBACKS.c.id)
    ).first()
    if revived is not None:
        _note(connection, revived[0], "wanted", "removed", "wanted", event, now)


def all_of(connection: Connection, base_url: str, sealer: Sealer) -> list[KnownCallback]:
    """The subscriptions under this public URL that are wanted."""
    rows = connection.execute(
        select(CALLBACKS)
        .where(CALLBACKS.c.base_url == base_url, CALLBACKS.c.removed_at.is_(None))
        .order_by(CALLBACKS.c.id)
    ).mappings()
    return [_known(row, verifiers.trusted(connection, row["id"], sealer)) for row in rows.all()]


def every(connection: Connection) -> list[KnownCallback]:
    """Every subscription that there ever was, wanted or not, without its secrets."""
    rows = connection.execute(select(CALLBACKS).order_by(CALLBACKS.c.id)).mappings()
    return [_known(row, ()) for row in rows]


def by_token(connection: Connection, url_token: str, sealer: Sealer) -> KnownCallback | None:
    """The subscription whose URL has this token, wanted or not."""
    row = connection.execute(select(CALLBACKS).where(CALLBACKS.c.url_token == url_token))
    found = row.mappings().first()
    if found is None:
        return None
    return _known(found, verifiers.trusted(connection, found["id"], sealer))


def _known(row: RowMapping, secrets: tuple[str, ...]) -> KnownCallback:
    return KnownCallback(
        row=row["id"],
        account_id=row["account_id"],
        event=row["event"],
        url_token=row["url_token"],
        callback_id=row["callback_id"],
        is_verified=row["verified"],
        verifiers=secrets,
        base_url=row["base_url"],
        is_wanted=row["removed_at"] is None,
        refusal=row["refusal"],
        asked_at=row["asked_at"],
    )


def bind(
    connection: Connection, row: int, callback_id: str, *, is_verified: bool, now: datetime
) -> None:
    """Remember FreshBooks' id of the subscription and whether it says that it is verified."""
    before = _read(connection, row)
    said = (before["callback_id"], before["verified"], before["refusal"])
    if said == (callback_id, is_verified, None):
        return
    connection.execute(
        update(CALLBACKS)
        .where(CALLBACKS.c.id == row)
        .values(
            callback_id=callback_id,
            verified=is_verified,
            verified_at=now if is_verified else before["verified_at"],
            refusal=None,
        )
    )
    reason = f"FreshBooks' id {callback_id}"
    to_status = "verified" if is_verified else "created"
    _note(connection, row, "bound", _word(before), to_status, reason, now)


def accept(
    connection: Connection, row: int, verifier: str, callback_id: str, now: datetime
) -> None:
    """FreshBooks took the verifier: its handshake has reached us, and deliveries will.

    It may be that of a second subscription to the same address, which signs too; the one that we
    are bound to stays.
    """
    verifiers.mark_verifier(connection, row, verifier, verifiers.VerifierState.ACCEPTED)
    before = _read(connection, row)
    if before["callback_id"] not in (None, callback_id) and before["verified"]:
        return
    bind(connection, row, callback_id, is_verified=True, now=now)
    connection.execute(update(CALLBACKS).where(CALLBACKS.c.id == row).values(verified_at=now))


def forget_remote(connection: Connection, row: int, now: datetime) -> None:
    """FreshBooks does not have the subscription (any more); it will be made anew."""
    before = _read(connection, row)
    if before["callback_id"] is None:
        return
    connection.execute(
        update(CALLBACKS).where(CALLBACKS.c.id == row).values(callback_id=None, verified=False)
    )
    _note(connection, row, "missing", _word(before), "wanted", "FreshBooks does not list it", now)


def refuse(connection: Connection, row: int, reason: str, now: datetime) -> None:
    """Remember that FreshBooks does not let us subscribe to this, and why."""
    before = _read(connection, row)
    connection.execute(
        update(CALLBACKS).where(CALLBACKS.c.id == row).values(refusal=reason, asked_at=now)
    )
    if before["refusal"] != reason:
        _note(connection, row, "refused", _word(before), "refused", reason, now)


def note_resend(connection: Connection, row: int, reason: str, now: datetime) -> None:
    """Remember that FreshBooks was asked for another handshake, and when."""
    connection.execute(update(CALLBACKS).where(CALLBACKS.c.id == row).values(asked_at=now))
    _note(connection, row, "resend", None, None, reason, now)


def retire(connection: Connection, row: int, reason: str, now: datetime) -> None:
    """The subscription is not wanted any more; it keeps FreshBooks' id until it is deleted."""
    before = _read(connection, row)
    if before["removed_at"] is not None:
        return
    connection.execute(update(CALLBACKS).where(CALLBACKS.c.id == row).values(removed_at=now))
    _note(connection, row, "retired", _word(before), "removed", reason, now)


def note_deleted(connection: Connection, row: int, callback_id: str, now: datetime) -> None:
    """FreshBooks has deleted one of the subscriptions to this row's address."""
    connection.execute(
        update(CALLBACKS)
        .where(CALLBACKS.c.id == row, CALLBACKS.c.callback_id == callback_id)
        .values(callback_id=None, verified=False)
    )
    _note(connection, row, "deleted", None, None, f"FreshBooks' id {callback_id}", now)


def let_go(connection: Connection, row: int, reason: str, now: datetime) -> None:
    """Whatever FreshBooks still has of a retired subscription cannot be reached; forget its id."""
    connection.execute(
        update(CALLBACKS).where(CALLBACKS.c.id == row).values(callback_id=None, verified=False)
    )
    _note(connection, row, "let go", None, None, reason, now)


def _read(connection: Connection, row: int) -> RowMapping:
    return connection.execute(select(CALLBACKS).where(CALLBACKS.c.id == row)).mappings().one()


def _word(row: RowMapping) -> str:
    if row["removed_at"] is not None:
        return "removed"
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
