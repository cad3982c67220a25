"""The tables of what keeps messages back (opt-outs, pauses, brakes), and of rulebooks in force."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from duebell.ledger.tables import id_column, optional_time, time_column

_IN_FORCE = text("lifted_at IS NULL")
_ENGAGED = text("status = 'engaged'")


class SuppressionRow(SQLModel, table=True):
    """An address that must not be used on a channel, until the opt-out is lifted.

    The address stands in clear: an opt-out has to be honoured even after the sealing key was
    changed. Of a person who was erased a digest is left, see :mod:`duebell.ledger.suppressions`.
    """

    __tablename__: ClassVar[str] = "suppressions"
    __table_args__ = (
        Index(
            "suppressions_in_force",
            "channel",
            "address",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: int | None = id_column()
    channel: str
    address: str
    source: str
    reason: str
    since: datetime = time_column()
    created_by: str
    lifted_at: datetime | None = optional_time()
    lifted_by: str | None = None


class PauseRow(SQLModel, table=True):
    """A client or an invoice of which nobody hears before a day.

    ``account_id`` is empty for every account; ``until`` an ISO day in the business' calendar, the
    first on which messages leave again. An invoice stands by its id or its number.
    """

    __tablename__: ClassVar[str] = "pauses"
    __table_args__ = (
        Index(
            "pauses_in_force",
            "account_id",
            "kind",
            "object_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: int | None = id_column()
    account_id: str
    kind: str
    object_id: str
    until: str
    created_at: datetime = time_column()
    created_by: str
    lifted_at: datetime | None = optional_time()
    lifted_by: str | None = None


class BrakeRow(SQLModel, table=True):
    """A brake that engaged: over a cap, what it holds waits for a person.

    ``held`` is how many messages it has held in all. One is engaged in an account at most.
    """

    __tablename__: ClassVar[str] = "brakes"
    __table_args__ = (
        Index(
            "brakes_engaged",
            "account_id",
            unique=True,
            sqlite_where=_ENGAGED,
            postgresql_where=_ENGAGED,
        ),
    )

    id: int | None = id_column()
    account_id: str
    cap: str
    reason: str
    status: str
    held: int = 0
    engaged_at: datetime = time_column()
    ended_at: datetime | None = optional_time()
    ended_by: str | None = None


class RulebookStateRow(SQLModel, table=True):
    """Which rulebook a worker has in force, and what is wrong with the file by now."""

    __tablename__: ClassVar[str] = "rulebook_states"

    worker_id: str = Field(primary_key=True)
    digest: str
    loaded_at: datetime = time_column()
    faults: list[str] = Field(default_factory=list, sa_type=JSON)
