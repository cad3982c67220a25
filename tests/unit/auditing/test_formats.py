"""Rows in files: each format can be read again, and holds what was given."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest

from duebell.auditing import formats
from duebell.auditing.formats import Format, write_rows
from duebell.domain.failures import ConfigurationError

#: Whether its types are described depends on its version.
parquet: Any = import_module("pyarrow.parquet")

AT = datetime(2026, 11, 14, 12, 0, tzinfo=UTC)
COLUMNS = ("id", "at", "reason", "recipient")
ROWS = [
    {"id": 1, "at": AT, "reason": 'a "quoted", word; and Zoë', "recipient": "+1•••••0101"},
    {"id": 2, "at": AT, "reason": "=1+1", "recipient": None},
]


def written(format_: Format, rows: list[dict[str, object]]) -> bytes:
    """What a format makes of rows."""
    file = io.BytesIO()
    write_rows(format_, COLUMNS, rows, file)
    return file.getvalue()


def test_csv_is_for_spreadsheets() -> None:
    """Excel reads it as UTF-8 and calculates nothing of it; a program reads every value."""
    raw = written(Format.CSV, ROWS)

    first, second, third = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert raw.startswith(b"\xef\xbb\xbf")
    assert list(COLUMNS) == first
    assert ["1", AT.isoformat(), ROWS[0]["reason"], "'+1•••••0101"] == second
    assert ["2", AT.isoformat(), "'=1+1", ""] == third


def test_json_is_one_array() -> None:
    """The rows with their values as they are, which need no apostrophes."""
    found = json.loads(written(Format.JSON, ROWS))

    assert [{**row, "at": AT.isoformat()} for row in ROWS] == found


@pytest.mark.parametrize(("format_", "empty"), [(Format.JSON, "[]\n"), (Format.CSV, None)])
def test_nothing_is_a_valid_file_as_well(format_: Format, empty: str | None) -> None:
    """Without rows there is an empty array, or a heading alone."""
    text = written(format_, []).decode("utf-8-sig")

    assert (empty or ",".join(COLUMNS) + "\r\n") == text


@pytest.mark.parametrize("count", [0, 2])
def test_parquet_keeps_kinds(count: int) -> None:
    """Numbers are numbers, moments are moments, and a missing text is none."""
    table = parquet.read_table(io.BytesIO(written(Format.PARQUET, ROWS[:count])))

    assert ROWS[:count] == table.to_pylist()
    assert ["int64", "timestamp[us, tz=UTC]", "string", "string"] == [
        str(kind) for kind in table.schema.types
    ]


def test_without_its_library_parquet_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not installed pyarrow is told how, and that CSV needs nothing."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(ConfigurationError, match=r"duebell\[parquet\]"):
        written(Format.PARQUET, ROWS)


def test_parquet_holds_a_group_of_rows_at_a_time() -> None:
    """A long list is written in groups, so that memory does not grow with it."""
    rows = [{**ROWS[0], "id": number} for number in range(formats.PARQUET_GROUP + 1)]

    file = parquet.ParquetFile(io.BytesIO(written(Format.PARQUET, rows)))

    assert [formats.PARQUET_GROUP, 1] == [
        file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)
    ]
