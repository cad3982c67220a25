"""Changing the audit trail behind the ledger's back, as somebody with the database's password."""

from __future__ import annotations

from sqlalchemy import create_engine, text

from duebell.ledger.audit_reading import Verdict, verify
from duebell.ledger.engine import open_engine

_TRIGGERS = "select name from sqlite_master where type = 'trigger'"


def tamper(url: str, *statements: str) -> None:
    """Run statements that the triggers of the ledger would refuse."""
    engine = create_engine(url)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for name in connection.execute(text(_TRIGGERS)).scalars().all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def verified(url: str, heads: dict[int, str] | None = None) -> Verdict:
    """What going through the chain comes to."""
    engine = open_engine(url, writer=False)
    with engine.connect() as connection:
        verdict = verify(connection, heads or {})
    engine.dispose()
    return verdict
