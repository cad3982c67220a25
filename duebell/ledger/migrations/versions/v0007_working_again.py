"""Signals that are worked on again after their run, and whom late faults of a sender met.

Revision: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UTC_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("signals", sa.Column("again_at", UTC_TIME, nullable=True))
    op.add_column("channel_stops", sa.Column("begun_at", UTC_TIME, nullable=True))
    # What was counted before this version is counted anew: a matter of minutes.
    op.drop_table("late_faults")
    op.create_table(
        "late_faults",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("notification_id", sa.String(), nullable=False),
        sa.Column("begun_at", UTC_TIME, nullable=False),
        sa.Column("is_several", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("channel"),
    )
