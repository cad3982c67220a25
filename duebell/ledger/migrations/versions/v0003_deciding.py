"""Opt-outs, pauses, brakes, the rulebook in force, and for what planned notifications wait.

Revision: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UTC_TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IN_FORCE = sa.text("lifted_at IS NULL")
ENGAGED = sa.text("status = 'engaged'")


def upgrade() -> None:
    op.create_table(
        "suppressions",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", UTC_TIME, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("lifted_at", UTC_TIME, nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "suppressions_in_force",
        "suppressions",
        ["channel", "address"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )
    op.create_table(
        "pauses",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("until", sa.String(), nullable=False),
        sa.Column("created_at", UTC_TIME, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("lifted_at", UTC_TIME, nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "pauses_in_force",
        "pauses",
        ["account_id", "kind", "object_id"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )
    op.create_table(
        "brakes",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("cap", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("engaged_at", UTC_TIME, nullable=False),
        sa.Column("ended_at", UTC_TIME, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "brakes_engaged",
        "brakes",
        ["account_id"],
        unique=True,
        sqlite_where=ENGAGED,
        postgresql_where=ENGAGED,
    )
    op.create_table(
        "rulebook_states",
        sa.Column("worker_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("loaded_at", UTC_TIME, nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("worker_id"),
    )
    op.create_table(
        "businesses",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("business_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.add_column("decisions", sa.Column("invoice_number", sa.String(), nullable=True))
    op.add_column("decisions", sa.Column("audience", sa.String(), nullable=True))
    op.add_column("decisions", sa.Column("rulebook", sa.String(), nullable=True))
    # What was planned before counts for no budget: it has no key of a person.
    op.add_column("notifications", sa.Column("audience", sa.String(), nullable=True))
    op.add_column("notifications", sa.Column("contact_key", sa.String(), nullable=True))
    op.add_column("notifications", sa.Column("invoice_id", sa.String(), nullable=True))
    op.add_column("notifications", sa.Column("diverted_to", sa.String(), nullable=True))
    op.add_column("signals", sa.Column("failing_since", UTC_TIME, nullable=True))
    op.add_column("notifications", sa.Column("hold", sa.String(), nullable=True))
    op.add_column("notifications", sa.Column("brake_id", ROW_ID, nullable=True))
    op.add_column("notifications", sa.Column("cleared_at", UTC_TIME, nullable=True))
    op.create_index("notifications_told", "notifications", ["contact_key", "cleared_at"])
    op.create_index("notifications_cleared", "notifications", ["account_id", "cleared_at"])
    op.create_index(op.f("ix_notifications_brake_id"), "notifications", ["brake_id"])
    op.create_index(op.f("ix_decisions_invoice_number"), "decisions", ["invoice_number"])
    op.create_index(op.f("ix_decisions_notification_id"), "decisions", ["notification_id"])
    op.create_index(op.f("ix_notifications_invoice_id"), "notifications", ["invoice_id"])
    op.create_index(op.f("ix_notifications_occurrence_id"), "notifications", ["occurrence_id"])
