"""What was last seen of the books, how far they were read, and what upkeep and backfills need.

Revision: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UTC_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "seen_records",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("marker", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("announced", sa.Boolean(), nullable=False),
        sa.Column("is_draft", sa.Boolean(), nullable=False),
        sa.Column("seen_at", UTC_TIME, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "kind", "object_id"),
    )
    op.create_table(
        "watermarks",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("since", UTC_TIME, nullable=False),
        sa.Column("read_through", UTC_TIME, nullable=False),
        sa.Column("baseline_done", sa.Boolean(), nullable=False),
        sa.Column("changes_since", UTC_TIME, nullable=True),
        sa.Column("drafts_read_at", UTC_TIME, nullable=True),
        sa.Column("scanned_on", sa.String(), nullable=True),
        sa.Column("polled_at", UTC_TIME, nullable=True),
        sa.Column("next_poll_at", UTC_TIME, nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "kind"),
    )
    op.create_table(
        "backfills",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("cursor", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("started_at", UTC_TIME, nullable=False),
        sa.Column("updated_at", UTC_TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("token_pairs", sa.Column("scope", sa.String(), nullable=True))
    op.add_column("callbacks", sa.Column("removed_at", UTC_TIME, nullable=True))
    op.add_column("callbacks", sa.Column("refusal", sa.String(), nullable=True))
    op.add_column("callbacks", sa.Column("asked_at", UTC_TIME, nullable=True))
    op.add_column("decisions", sa.Column("occurrence", sa.String(), nullable=True))
    op.create_index("signals_heard", "signals", ["account_id", "event", "received_at"])
    op.create_index(op.f("ix_occurrences_signal_id"), "occurrences", ["signal_id"])
