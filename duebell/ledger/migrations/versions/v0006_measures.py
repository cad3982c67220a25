"""What is counted over the audit trail, and indexes for counting notifications at every scrape.

Revision: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CALLED = sa.text("NOT asked")


def upgrade() -> None:
    op.create_table(
        "measures",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("labels", sa.String(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", "labels"),
    )
    op.create_index(
        "notifications_counted",
        "notifications",
        ["status", "failed", "rule", "provider", "channel"],
    )
    op.create_index(
        "delivery_reports_called",
        "delivery_reports",
        ["received_at"],
        sqlite_where=CALLED,
        postgresql_where=CALLED,
    )
