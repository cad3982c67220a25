"""Writing rows into a file one after the other: CSV for spreadsheets, JSON, Parquet.

A CSV file is UTF-8 with a byte order mark, without which Excel reads it in the encoding of the
machine; programs are better off with JSON or Parquet, which have neither that nor apostrophes.
"""

from __future__ import annotations

import csv
import io
import json
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from enum import StrEnum
from importlib import import_module
from itertools import islice
from typing import Any, BinaryIO

from duebell.auditing.spreadsheets import harmless
from duebell.domain.failures import ConfigurationError

Row = Mapping[str, object]

#: Rows that Parquet holds together in memory.
PARQUET_GROUP = 5_000
_NUMBERS, _MOMENTS = frozenset({"id", "position"}), frozenset({"at"})


class Format(StrEnum):
    """How rows are written."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def write_rows(format_: Format, columns: Sequence[str], rows: Iterable[Row], to: BinaryIO) -> None:
    """Write all rows; the file is left open.

    Raises:
        ConfigurationError: if Parquet is wanted and its library is not installed.
    """
    writers = {Format.CSV: _write_csv, Format.JSON: _write_json, Format.PARQUET: _write_parquet}
    writers[format_](columns, rows, to)


def _write_csv(columns: Sequence[str], rows: Iterable[Row], to: BinaryIO) -> None:
    to.write(BOM_UTF8)  # by hand: the encoding with it is written in Python, and slow
    text = io.TextIOWrapper(to, encoding="utf-8", newline="")
    try:
        writer = csv.writer(text)
        writer.writerow(columns)
        writer.writerows([_cell(row[name]) for name in columns] for row in rows)
        text.flush()
    finally:
        text.detach()  # else the file would be closed with it


def _cell(value: object) -> object:
    return harmless(value) if isinstance(value, str) else _plain(value)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _write_json(columns: Sequence[str], rows: Iterable[Row], to: BinaryIO) -> None:
    before = "["
    for row in rows:
        one = {name: _plain(row[name]) for name in columns}
        to.write(f"{before}\n{json.dumps(one, ensure_ascii=False)}".encode())
        before = ","
    to.write(b"[]\n" if before == "[" else b"\n]\n")


def _write_parquet(columns: Sequence[str], rows: Iterable[Row], to: BinaryIO) -> None:
    arrow, parquet = _pyarrow()
    types = {True: arrow.int64(), False: arrow.string()}
    moment = arrow.timestamp("us", tz="UTC")
    schema = arrow.schema(
        [(name, moment if name in _MOMENTS else types[name in _NUMBERS]) for name in columns]
    )
    with closing(parquet.ParquetWriter(to, schema)) as writer:
        for group in _groups(rows):
            values = [[row[name] for row in group] for name in columns]
            writer.write_table(arrow.table(dict(zip(columns, values, strict=True)), schema=schema))


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while group := list(islice(remaining, PARQUET_GROUP)):
        yield group


def _pyarrow() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise ConfigurationError(
            ["Parquet needs another library: `pip install 'duebell[parquet]'`, or use --format csv"]
        ) from None
