"""The tables of sending that are not about one message."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from duebell.ledger.tables import id_column, optional_time, time_column


class ChannelStopRow(SQLModel, table=True):
    """That nothing can be sent on a channel until somebody has mended the configuration.

    At ``next_try_at`` one message is let through, to see whether that has happened. ``is_late``
    says that the provider takes messages and only then says that it cannot send them; then
    ``begun_at`` is when the first of the messages was begun that it said so of. ``told_at`` is when
    people were told of it; they were told of one like it within the hour where it is empty.
    """

    __tablename__: ClassVar[str] = "channel_stops"
    __table_args__ = (
        Index(
            "channel_stops_in_force",
            "channel",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: int | None = id_column()
    channel: str
    code: str
    reason: str
    is_late: bool = False
    since: datetime = time_column()
    tries: int = 0
    next_try_at: datetime = time_column()
    ended_at: datetime | None = optional_time()
    ended_by: str | None = None
    told_at: datetime | None = optional_time()
    begun_at: datetime | None = optional_time()


class LateFaultsRow(SQLModel, table=True):
    """How many messages of a channel in a row were taken and then failed for the sender's sake.

    ``notification_id`` is one of them and ``begun_at`` when the first was begun; ``is_several``
    says that they went to more than one person.
    """

    __tablename__: ClassVar[str] = "late_faults"

    channel: str = Field(primary_key=True)
    count: int
    notification_id: str
    begun_at: datetime = time_column()
    is_several: bool


class HeardEventRow(SQLModel, table=True):
    """An event that a carrier of emails told, so that it is heeded once."""

    __tablename__: ClassVar[str] = "heard_events"

    id: str = Field(primary_key=True)
    at: datetime = time_column(index=True)
