"""What an attempt went by, what failed and who knows of it, and channels that are stopped.

Revision: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UTC_TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IN_FORCE = sa.text("ended_at IS NULL")
FAILED = sa.text("failed_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "channel_stops",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("since", UTC_TIME, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", UTC_TIME, nullable=False),
        sa.Column("ended_at", UTC_TIME, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("told_at", UTC_TIME, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "channel_stops_in_force",
        "channel_stops",
        ["channel"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )
    op.create_table(
        "late_faults",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel"),
    )
    op.create_table(
        "heard_events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", UTC_TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_heard_events_at"), "heard_events", ["at"])
    op.create_index("attempts_recipient", "attempts", ["recipient"])
    op.add_column(
        "attempts", sa.Column("channel", sa.String(), nullable=False, server_default="sms")
    )
    op.add_column(
        "attempts", sa.Column("provider", sa.String(), nullable=False, server_default="twilio")
    )
    op.create_index("attempts_begun", "attempts", ["provider", "started_at"])
    op.add_column("notifications", sa.Column("fallback", sa.String(), nullable=True))
    op.add_column("notifications", sa.Column("failed_at", UTC_TIME, nullable=True))
    op.add_column("notifications", sa.Column("announced_at", UTC_TIME, nullable=True))
    op.add_column("notifications", sa.Column("escalated_at", UTC_TIME, nullable=True))
    # What failed before this version is nobody's news any more.
    op.execute(
        "UPDATE notifications SET failed_at = updated_at, announced_at = updated_at, "
        "escalated_at = updated_at WHERE failed"
    )
    op.create_index(
        "notifications_failed",
        "notifications",
        ["failed_at"],
        sqlite_where=FAILED,
        postgresql_where=FAILED,
    )
