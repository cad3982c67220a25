"""The ledger cannot be written for a while: nothing is acknowledged then, nothing is lost after."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.acceptance.installation import Installation
from tests.acceptance.part import wait_until
from tests.acceptance.promises import Record, broken_promises, wait_until_told

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

DISK_MB = 16


def statuses(installation: Installation, records: list[Record]) -> list[int | None]:
    """How the tries of these invoices' deliveries ended so far."""
    ids = {record["id"] for record in records}
    return [one["status"] for one in installation.control.deliveries() if one["object_id"] in ids]


def test_a_locked_ledger_asks_for_a_retry(installation: Installation) -> None:
    """While another process holds the ledger's lock deliveries get 503; later each is told once."""
    database = make_url(installation.settings.ledger_url).database or ""

    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as intruder:
        intruder.execute("BEGIN IMMEDIATE")
        records = installation.control.fire("invoice.create", 10, concurrency=10)
        wait_until(lambda: len(statuses(installation, records)) >= 10, "all were tried")
        meanwhile = statuses(installation, records)
        intruder.execute("ROLLBACK")
    wait_until_told(installation, records)

    assert {503} == set(meanwhile)
    assert [] == broken_promises(installation, records)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with little room."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small file system can only be mounted by root on Linux")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def cramped(tmp_path: Path, prefect_home: Path, small_disk: Path) -> Iterator[Installation]:
    """An installation whose ledger is on the small disk."""
    url = f"sqlite:///{small_disk / 'duebell.db'}"
    installation = Installation(tmp_path / "home", prefect_home, DUEBELL_SANDBOX_DATABASE_URL=url)
    try:
        installation.start_all()
        yield installation
    finally:
        installation.end()


def fill(disk: Path) -> Path:
    """Fill the disk to the last byte; gives the file that has to go to make room again."""
    balloon = disk / "balloon"
    with contextlib.closing(sqlite3.connect(disk / "duebell.db")) as connection:
        # The write-ahead log is emptied, or it would go on in the room that it has already.
        connection.execute("PRAGMA busy_timeout=10000")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    descriptor = os.open(balloon, os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while os.write(descriptor, b"\0" * 4096):
            pass
    os.close(descriptor)
    return balloon


def test_a_full_disk_asks_for_a_retry(cramped: Installation, small_disk: Path) -> None:
    """While the disk is full deliveries get 503; each is told once when there is room again."""
    balloon = fill(small_disk)
    records = cramped.control.fire("invoice.create", 10, concurrency=1)
    wait_until(lambda: statuses(cramped, records).count(503) >= 10, "deliveries were refused")
    meanwhile = statuses(cramped, records)

    balloon.unlink()
    wait_until_told(cramped, records)

    assert {503} == set(meanwhile)
    assert [] == broken_promises(cramped, records)
