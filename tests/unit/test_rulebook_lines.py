"""Where in a TOML text things stand."""

from __future__ import annotations

import tomllib

import pytest

from duebell.rulebook.toml_lines import TomlLines, Way

TEXT = '''\
# [[rule]]
title = """
[[rule]]
on = "no"
""" # not = 1
[lists]
a = [
  # { name = "nobody" },
  { name = "Dana", sms = "]" },
  { name = 'Lee' }, { name = "Max" },
]
b.c = 1
"b b"."[d]" = [ [1, 2], [
  3 ] ]
[[rule]]
on = "x" # [
when = { client = ["1", "2"], tag = 'a#b' }
  [rule.when2]
  min = 1979-05-27 07:32:00
[[ rule ]]
on = \'\'\'
to = 5\'\'\'
to = "a\\"[b"
[client."12345"]
also = [
  "x",
  "y",
]
[client.'ACC/1'.deep]
on = 1
[[client.list.inner]]
e = {}
[[client.list.inner]]
"\\u0065" = []
'''


@pytest.mark.parametrize(
    ("way", "line"),
    [
        (("title",), 2),
        (("lists",), 6),
        (("lists", "a"), 7),
        (("lists", "a", 0), 9),
        (("lists", "a", 0, "sms"), 9),
        (("lists", "a", 1, "name"), 10),
        (("lists", "a", 2), 10),
        (("lists", "b", "c"), 12),
        (("lists", "b b", "[d]"), 13),
        (("lists", "b b", "[d]", 1, 0), 14),
        (("rule",), 15),
        (("rule", 0), 15),
        (("rule", 0, "on"), 16),
        (("rule", 0, "when", "client", 1), 17),
        (("rule", 0, "when", "tag"), 17),
        (("rule", 0, "when2", "min"), 19),
        (("rule", 1), 20),
        (("rule", 1, "on"), 21),
        (("rule", 1, "to"), 23),
        (("client",), 24),
        (("client", "12345"), 24),
        (("client", "12345", "also", 1), 27),
        (("client", "ACC/1"), 29),
        (("client", "ACC/1", "deep", "on"), 30),
        (("client", "list", "inner", 0, "e"), 32),
        (("client", "list", "inner", 1), 33),
        (("client", "list", "inner", 1, "e"), 34),
    ],
)
def test_everything_has_its_line(way: Way, line: int) -> None:
    """Tables, keys, members of lists and of inline tables are found where they begin."""
    assert line == TomlLines(TEXT).of(way)


def test_what_is_not_there_has_the_line_of_what_is_around_it() -> None:
    """A missing key is told at its table, and what has nothing around it has no line."""
    lines = TomlLines(TEXT)

    assert 20 == lines.of(("rule", 1, "channel"))
    assert 17 == lines.of(("rule", 0, "when", "currency", 3))
    assert lines.of(("brakes", "per_run")) is None


def ways_in(value: object, way: Way = ()) -> list[Way]:
    """Every way that leads to something in a document."""
    if isinstance(value, dict):
        return [
            one for key, part in value.items() for one in [(*way, key), *ways_in(part, (*way, key))]
        ]
    if isinstance(value, list):
        return [
            one
            for index, part in enumerate(value)
            for one in [(*way, index), *ways_in(part, (*way, index))]
        ]
    return []


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_nothing_is_missed(newline: str) -> None:
    """Whatever the parser finds in a text has a line of its own, with either end of lines."""
    text = TEXT.replace("\n", newline)
    ways = ways_in(tomllib.loads(text))

    found = TomlLines(text)._places

    assert len(ways) > 40
    assert set(ways) == set(found)


@pytest.mark.parametrize(
    ("text", "count", "lines"),
    [
        ("[[rule]]\n\n [[ rule ]] # x\n", 2, [1, 3]),
        (TEXT, 2, [15, 20]),
        ("rule = [\n  {on = 1},\n  {on = 2},\n]\n", 2, [2, 3]),
        ('x = [\n[["rule"]]\n]\n["rule"]\n', 0, []),
        ('[["rule"]]\n[[rule]]\n', 2, [1, 2]),
    ],
)
def test_the_lines_of_all_rules(text: str, count: int, lines: list[int]) -> None:
    """Rules are found in whichever way they are written."""
    assert lines == TomlLines(text).of_rules(count)
