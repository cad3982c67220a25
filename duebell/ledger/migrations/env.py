"""Alembic's entry point: migrates the database whose URL the caller put into the configuration."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from duebell.ledger import (  # noqa: F401 - registers the tables
    audit_tables,
    book_tables,
    measure_tables,
    people_tables,
    sending_tables,
    tables,
)
from duebell.ledger.engine import open_engine


def migrate() -> None:
    """Run the migrations in one transaction."""
    engine = open_engine(context.config.attributes["url"])
    with engine.begin() as connection:
        context.configure(connection=connection, target_metadata=SQLModel.metadata)
        if connection.dialect.name == "postgresql":
            # Two processes that start together must not both create the tables.
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(384229)")
        context.run_migrations()
    engine.dispose()


migrate()
