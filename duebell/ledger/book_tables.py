"""The tables that remember what was last seen of the books, and how far they were read."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from duebell.ledger.tables import optional_time, time_column


class SeenRecordRow(SQLModel, table=True):
    """A record of FreshBooks as it was last looked at: digests, never its contents.

    ``announced`` says that its creation is dealt with, ``is_draft`` that it is an invoice which
    nobody has issued yet; ``changes`` counts the true changes.
    """

    __tablename__: ClassVar[str] = "seen_records"

    account_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    object_id: str = Field(primary_key=True)
    marker: str
    fields: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    changes: int = 0
    announced: bool = False
    is_draft: bool = False
    seen_at: datetime = time_column()


class BusinessRow(SQLModel, table=True):
    """A firm whose books are watched, as FreshBooks and the rulebook describe it."""

    __tablename__: ClassVar[str] = "businesses"

    account_id: str = Field(primary_key=True)
    business_id: str
    name: str
    time_zone: str
    country: str


class WatermarkRow(SQLModel, table=True):
    """How far a kind of record of an account was read.

    ``since`` is when Duebell began to look: what is older is history and told by nobody.
    ``scanned_on`` is the business' day for which the ladder was looked through, ``changes_since``
    when rules about changes came up, and ``drafts_read_at`` when the drafts from before were read.
    """

    __tablename__: ClassVar[str] = "watermarks"

    account_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    since: datetime = time_column()
    read_through: datetime = time_column()
    baseline_done: bool = False
    changes_since: datetime | None = optional_time()
    drafts_read_at: datetime | None = optional_time()
    scanned_on: str | None = None
    polled_at: datetime | None = optional_time()
    next_poll_at: datetime | None = optional_time()
    fault: str | None = None


class BackfillRow(SQLModel, table=True):
    """A backfill: what was asked for, and how far it came."""

    __tablename__: ClassVar[str] = "backfills"

    id: str = Field(primary_key=True)
    parameters: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    cursor: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    status: str
    started_at: datetime = time_column()
    updated_at: datetime = time_column()
