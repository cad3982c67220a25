"""Exporting a long trail: one portion in memory at a time, whatever the format."""

from __future__ import annotations

import gc
import io
import tracemalloc

import pytest

from duebell.auditing.formats import Format, write_rows
from duebell.ledger import audit
from duebell.ledger.audit import AuditRecord
from duebell.ledger.audit_export import COLUMNS, ExportFilter, export
from duebell.ledger.audit_reading import verify
from duebell.ledger.engine import open_engine
from duebell.ledger.ledger import Ledger
from tests.ledger_scenes import START, planned, rows, run


class Nowhere(io.RawIOBase):
    """A file that counts its bytes and keeps none."""

    size = 0

    def writable(self) -> bool:
        """Whether it takes anything."""
        return True

    def write(self, data: object) -> int:
        """Forget what is given."""
        assert isinstance(data, bytes | bytearray | memoryview)
        self.size += len(data)
        return len(data)


def a_trail(url: str, portions: int) -> None:
    """A thousand records for each portion."""
    engine = open_engine(url)
    for portion in range(portions):
        name = f"{portion} " + "said at some length " * 10
        records = [AuditRecord("w1", "status", "thing", str(n), reason=name) for n in range(1_000)]
        with engine.begin() as connection:
            audit.append(connection, records, START)
    engine.dispose()


def peak_of_exporting(url: str, format_: Format) -> tuple[int, int]:
    """How many bytes an export takes at most, and how many it writes."""
    engine = open_engine(url, writer=False)
    # In a process full of objects cyclic garbage is collected too seldom to measure anything.
    gc.collect()
    gc.freeze()
    tracemalloc.start()
    file = Nowhere()
    with engine.connect() as connection:
        to = io.BufferedWriter(file)
        write_rows(format_, COLUMNS, export(connection, ExportFilter()), to)
        to.flush()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    engine.dispose()
    return peak, file.size


@pytest.mark.parametrize("format_", [Format.CSV, Format.JSON])
def test_memory_does_not_grow_with_the_trail(sqlite_url: str, format_: Format) -> None:
    """A trail six times as long needs hardly more memory."""
    a_trail(sqlite_url, 1)
    # The first one imports and caches.
    peak_of_exporting(sqlite_url, format_)
    short, written = peak_of_exporting(sqlite_url, format_)
    a_trail(sqlite_url, 5)

    long, much = peak_of_exporting(sqlite_url, format_)

    assert much > 5 * written
    assert long < 1.8 * short


def test_verifying_holds_a_portion(sqlite_url: str) -> None:
    """Going through a trail six times as long needs hardly more memory."""
    peaks, links = [], []
    engine = open_engine(sqlite_url, writer=False)

    for portions in (1, 1, 4):
        a_trail(sqlite_url, portions)
        gc.collect()
        gc.freeze()
        tracemalloc.start()
        with engine.connect() as connection:
            links.append(verify(connection, {}).links)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    engine.dispose()

    assert [1_000, 2_000, 6_000] == links
    assert peaks[2] < 1.8 * peaks[1]


def test_an_export_is_in_the_order_of_the_chain(ledger: Ledger, ledger_url: str) -> None:
    """Records and decisions alternate as they were committed, and none is left out."""
    for number in range(3):
        planned(ledger, str(number))
    engine = open_engine(ledger_url, writer=False)

    with engine.connect() as connection:
        found = list(export(connection, ExportFilter()))

    engine.dispose()
    assert ["audit", "decision"] * 3 == [row["kind"] for row in found]
    assert [1, 2, 3, 4, 5, 6] == [row["position"] for row in found]


def test_a_record_keeps_its_detail(ledger: Ledger) -> None:
    """What a program may look at is stored as JSON, and NULL where there is none."""
    detail = {"attempt": 2, "provider_id": "SM1"}
    records = [
        AuditRecord("w1", "attempt", "thing", "1", detail=detail),
        AuditRecord("w1", "attempt", "thing", "2"),
    ]

    run(ledger.write(lambda c: audit.append(c, records, START)))

    assert [("1", False), ("2", True)] == rows(
        ledger, "select entity_id, detail is null from audit_records order by id"
    )


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("the number +12125550101 is not valid", "the number [phone] is not valid"),
        ("ann@firm.example bounced", "[email] bounced"),
        ("Twilio 30003: the handset is off", "Twilio 30003: the handset is off"),
        (None, None),
    ],
)
def test_the_trail_keeps_no_address(told: str | None, kept: str | None) -> None:
    """A reason that names a number, as a provider's may, is stored without it."""
    assert kept == audit.without_addresses(told)
