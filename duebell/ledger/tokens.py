"""The rotating token pair: compare-and-set on its generation, one refresher at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, or_, select, update

from duebell.domain.connections import StoredPair, TokenPair
from duebell.ledger import audit, inbox, losses
from duebell.ledger.audit import AuditRecord
from duebell.ledger.sealing import Sealer, fingerprint
from duebell.ledger.statements import insert_or
from duebell.ledger.tables import SealedValueRow, TokenPairRow

PAIRS = TokenPairRow.__table__  # type: ignore[attr-defined]
VALUES = SealedValueRow.__table__  # type: ignore[attr-defined]

FRESHBOOKS = "freshbooks"
#: How long one process may be busy refreshing before another one may try.
REFRESH_LEASE = timedelta(seconds=40)


def seed(connection: Connection, refresh: str, sealer: Sealer, now: datetime) -> bool:
    """Start from a refresh token that a person gave; True where it is a new one.

    Every token that was ever given stays known by its fingerprint: one that is met again, at the
    next start or from an older copy of the credentials, does not replace what has rotated since; a
    new one (connected anew) does, and an earlier one where there is nothing left to lose.
    """
    before = _row(connection, is_locked=True)
    known = before["seed_fingerprints"].split() if before is not None else []
    if before is not None and not _may_replace(known, fingerprint(refresh), before["lost_reason"]):
        return False
    generation = _put(
        connection,
        before,
        now,
        sealed_access=None,
        sealed_refresh=sealer.seal(refresh),
        seed_fingerprints=" ".join(_with_last(known, fingerprint(refresh))),
        expires_at=None,
        scope=None,
    )
    _note(connection, "seeded", f"generation {generation}", now)
    return True


def connect(
    connection: Connection,
    pair: TokenPair,
    superseded: Iterable[str],
    sealer: Sealer,
    now: datetime,
) -> int:
    """Start anew from a pair that a person's consent brought; gives its generation.

    The refresh token itself and the ``superseded`` ones count as known seeds from here on: no copy
    of the credentials, newer or older, replaces what this pair rotates to. Signals that waited for
    a connection are worked on at once.
    """
    before = _row(connection, is_locked=True)
    known = before["seed_fingerprints"].split() if before is not None else []
    for token in (*superseded, pair.refresh):
        known = _with_last(known, fingerprint(token))
    generation = _put(
        connection,
        before,
        now,
        sealed_access=sealer.seal(pair.access),
        sealed_refresh=sealer.seal(pair.refresh),
        seed_fingerprints=" ".join(known),
        expires_at=pair.expires_at,
        scope=pair.scope or None,
    )
    _note(connection, "connected", f"generation {generation}", now)
    inbox.wake(connection, now)
    return generation


def _put(connection: Connection, before: RowMapping | None, now: datetime, **values: Any) -> int:
    """Write the row of the next generation, whatever was there; gives the generation."""
    generation: int = before["generation"] + 1 if before else 1
    statement = insert_or(connection, PAIRS).values(
        connection=FRESHBOOKS,
        generation=generation,
        refreshing_by=None,
        refreshing_until=None,
        lost_reason=None,
        updated_at=now,
        **values,
    )
    columns = [column.name for column in PAIRS.c if column.name != "connection"]
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["connection"],
            set_={name: statement.excluded[name] for name in columns},
        )
    )
    return generation


def _may_replace(known: list[str], given: str, lost_reason: str | None) -> bool:
    return given not in known or (lost_reason is not None and given != known[-1])


def _with_last(known: list[str], given: str) -> list[str]:
    return [*(one for one in known if one != given), given]


def _row(connection: Connection, *, is_locked: bool = False) -> RowMapping | None:
    query = select(PAIRS).where(PAIRS.c.connection == FRESHBOOKS)
    rows = connection.execute(query.with_for_update() if is_locked else query)
    return rows.mappings().first()


def read(connection: Connection, sealer: Sealer) -> StoredPair | None:
    """The pair as it is now."""
    row = _row(connection)
    if row is None:
        return None
    access = row["sealed_access"]
    return StoredPair(
        generation=row["generation"],
        access=None if access is None else sealer.unseal(access),
        refresh=sealer.unseal(row["sealed_refresh"]),
        expires_at=row["expires_at"],
        lost_reason=row["lost_reason"],
        scope=row["scope"] or "",
        renewed_at=row["updated_at"],
    )


def claim_refresh(connection: Connection, generation: int, owner: str, now: datetime) -> bool:
    """Win the right to refresh this generation."""
    return bool(
        connection.execute(
            update(PAIRS)
            .where(
                PAIRS.c.connection == FRESHBOOKS,
                PAIRS.c.generation == generation,
                or_(PAIRS.c.refreshing_until.is_(None), PAIRS.c.refreshing_until <= now),
            )
            .values(refreshing_by=owner, refreshing_until=now + REFRESH_LEASE)
        ).rowcount
    )


def release_refresh(connection: Connection, generation: int, owner: str) -> None:
    """Give the right back."""
    connection.execute(
        update(PAIRS)
        .where(
            PAIRS.c.connection == FRESHBOOKS,
            PAIRS.c.generation == generation,
            PAIRS.c.refreshing_by == owner,
        )
        .values(refreshing_by=None, refreshing_until=None)
    )


def replace(
    connection: Connection, generation: int, pair: TokenPair, sealer: Sealer, now: datetime
) -> bool:
    """Store the pair that follows ``generation``; False where another one follows it already.

    An answer that does not tell its scope has the one before (RFC 6749, 5.1).
    """
    scope = {"scope": pair.scope} if pair.scope else {}
    changed = connection.execute(
        update(PAIRS)
        .where(PAIRS.c.connection == FRESHBOOKS, PAIRS.c.generation == generation)
        .values(
            generation=generation + 1,
            sealed_access=sealer.seal(pair.access),
            sealed_refresh=sealer.seal(pair.refresh),
            expires_at=pair.expires_at,
            refreshing_by=None,
            refreshing_until=None,
            lost_reason=None,
            updated_at=now,
            **scope,
        )
    ).rowcount
    if changed:
        _note(connection, "refreshed", f"generation {generation + 1}", now)
    return bool(changed)


def mark_lost(connection: Connection, generation: int, reason: str, now: datetime) -> None:
    """Remember that a person has to connect again, and have them told; once per generation."""
    changed = connection.execute(
        update(PAIRS)
        .where(
            PAIRS.c.connection == FRESHBOOKS,
            PAIRS.c.generation == generation,
            PAIRS.c.lost_reason.is_(None),
        )
        .values(lost_reason=reason, refreshing_by=None, refreshing_until=None, updated_at=now)
    ).rowcount
    if changed:
        _note(connection, "lost", reason, now)
        losses.tell_lost(connection, FRESHBOOKS, generation, now)


def _note(connection: Connection, action: str, reason: str, now: datetime) -> None:
    record = AuditRecord("duebell", action, "connection", FRESHBOOKS, reason=reason)
    audit.append(connection, [record], now)


def put_value(connection: Connection, name: str, value: str, sealer: Sealer, now: datetime) -> None:
    """Keep a secret for processes that cannot read Prefect's blocks."""
    statement = insert_or(connection, VALUES).values(
        name=name, sealed=sealer.seal(value), updated_at=now
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"sealed": statement.excluded.sealed, "updated_at": statement.excluded.updated_at},
        )
    )


def get_value(connection: Connection, name: str, sealer: Sealer) -> str | None:
    """The secret of this name, if there is one."""
    sealed = connection.execute(select(VALUES.c.sealed).where(VALUES.c.name == name)).scalar()
    return None if sealed is None else sealer.unseal(sealed)
