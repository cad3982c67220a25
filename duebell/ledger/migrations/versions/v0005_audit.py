"""The hash chain over audit records and decisions, and details of audit records.

Revision: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from duebell.ledger.audit_chain import SOURCES, append_links, digest_of

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UTC_TIME = sa.DateTime(timezone=True)
COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: Chained tables by the name that links have for them.
TABLES = {"audit": "audit_records", "decision": "decisions"}
#: Rows that are linked at once.
PORTION = 1_000


def upgrade() -> None:
    op.create_table(
        "audit_chain",
        sa.Column("position", COUNTED, autoincrement=False, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("row_id", COUNTED, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("erased_at", UTC_TIME, nullable=True),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("source", "row_id", name="audit_chain_once"),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", COUNTED, nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("audit_records", sa.Column("detail", sa.JSON(), nullable=True))
    _link_what_is_there()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgres()
    else:
        _guard_sqlite()


def _link_what_is_there() -> None:
    connection = op.get_bind()
    for source, table in SOURCES.items():
        # A later revision may add columns, which are not there yet.
        names = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
        columns = [column for column in table.c if column.name in names]
        query, last = sa.select(*columns).order_by(table.c.id).limit(PORTION), 0
        while True:
            rows = connection.execute(query.where(table.c.id > last)).mappings().all()
            if not rows:
                break
            append_links(connection, [(source, row["id"], digest_of(row)) for row in rows])
            last = rows[-1]["id"]


def _guard_postgres() -> None:
    """Let no row change, and none go of which its link does not say that it was erased."""
    op.execute(
        "CREATE OR REPLACE FUNCTION audit_records_stay() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM audit_chain WHERE source = TG_ARGV[0] "
        "AND row_id = OLD.id AND erased_at IS NOT NULL) THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION '% are append-only', TG_ARGV[1]; END $$"
    )
    op.execute("DROP TRIGGER audit_records_stay ON audit_records")
    for source, table in TABLES.items():
        op.execute(
            f"CREATE TRIGGER {table}_stay BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW "
            f"EXECUTE FUNCTION audit_records_stay('{source}', '{table.replace('_', ' ')}')"
        )
    op.execute(
        "CREATE FUNCTION audit_chain_stays() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit chain is append-only'; END $$"
    )
    for verb in ("UPDATE OF position, source, row_id, digest, link", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_chain_stays_{verb[:6].lower()} BEFORE {verb} ON audit_chain "
            "FOR EACH ROW EXECUTE FUNCTION audit_chain_stays()"
        )


def _guard_sqlite() -> None:
    """The same in SQLite's words."""
    op.execute("DROP TRIGGER audit_records_stay_delete")
    for source, table in TABLES.items():
        refusal = f"BEGIN SELECT RAISE(ABORT, '{table.replace('_', ' ')} are append-only'); END"
        op.execute(
            f"CREATE TRIGGER {table}_stay_delete BEFORE DELETE ON {table} WHEN NOT EXISTS "  # noqa: S608
            f"(SELECT 1 FROM audit_chain WHERE source = '{source}' AND row_id = OLD.id "
            f"AND erased_at IS NOT NULL) {refusal}"
        )
    op.execute(
        "CREATE TRIGGER decisions_stay_update BEFORE UPDATE ON decisions "
        "BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END"
    )
    for verb in ("UPDATE OF position, source, row_id, digest, link", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_chain_stays_{verb[:6].lower()} BEFORE {verb} ON audit_chain "
            "BEGIN SELECT RAISE(ABORT, 'the audit chain is append-only'); END"
        )
