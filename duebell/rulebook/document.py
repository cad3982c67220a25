"""The file as tables and values; where it is no TOML, every slip in it, and what can be read."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence

from duebell.rulebook.broken.mending import UNREAD, mend_text
from duebell.rulebook.faults import Faults, shown_way
from duebell.rulebook.places import TABLES
from duebell.rulebook.tables import read_decimal
from duebell.rulebook.toml_lines import TomlLines, Way

_BY_ID = ("client", "vendor")


def read_document(text: str, faults: Faults) -> Mapping[str, object]:
    """What stands in a text; ``faults`` hears of every slip, and of what could not be read."""
    try:
        document = _parsed(text)
    except RecursionError:
        faults.add_at(None, "lists are nested too deep; take some of the brackets out")
        return {}
    except ValueError:  # of numbers with thousands of digits, too
        return _read_mended(text, faults)
    return _read_mended(text, faults) if _has_wrong_brackets(document) else document


def _parsed(text: str) -> dict[str, object]:
    return tomllib.loads(text, parse_float=read_decimal)


def _has_wrong_brackets(document: Mapping[str, object]) -> bool:
    """Whether a table is written like a list of tables, or a rule like a table."""
    rules = document.get("rule", [])
    if not isinstance(rules, list):
        return isinstance(rules, dict)
    if any(isinstance(rule, dict) and isinstance(rule.get("when"), list) for rule in rules):
        return True
    tables = [document.get(name) for name in TABLES if name not in ("rule", "lists")]
    own = [one for name in _BY_ID if isinstance(one := document.get(name), dict)]
    inner = (value for one in own for value in one.values())
    return any(isinstance(one, list) for one in (*tables, *inner))


def _read_mended(text: str, faults: Faults) -> Mapping[str, object]:
    mended = mend_text(text, TABLES)
    faults.lines = TomlLines(mended.text)
    for slip in mended.slips:
        key = shown_way(faults.lines.way_at(slip.line))
        faults.add_at(slip.line, f"{slip.text}; {slip.mend}", key)
    document = _parsed(mended.text)
    faults.unread = frozenset(_unread_in(document))
    return document


def _unread_in(value: object, way: Way = ()) -> Iterator[Way]:
    parts: Sequence[tuple[str | int, object]] = ()
    if isinstance(value, str) and value.startswith(UNREAD):
        yield way
    elif isinstance(value, dict):
        parts = tuple(value.items())
    elif isinstance(value, list):
        parts = tuple(enumerate(value))
    for key, inner in parts:
        if isinstance(key, str) and key.startswith(UNREAD):
            yield (*way, key)
        else:
            yield from _unread_in(inner, (*way, key))
