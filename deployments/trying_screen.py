"""What a replay shows at the terminal: the totals first, then who hears more, less, or else."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import TracebackType
from typing import IO, Self, TypeVar

from duebell.cli.output import say, write_table
from duebell.domain.local_times import LocalTimes
from duebell.replaying.comparing import Change, Difference
from duebell.replaying.documents import difference_document, totals_document
from duebell.replaying.gaps import counted
from duebell.replaying.messages import Message, Words
from duebell.replaying.totals import Amount, Both, Price, Totals

Number = TypeVar("Number", int, Decimal)

_MOVED = frozenset({Change.CHANNEL, Change.ADDRESS, Change.TIME})
_TITLES: Mapping[str, str] = {
    "more": "Hear more",
    "less": "Hear less",
    "moved": "Hear it on another channel, at another address or another time",
    "words": "Hear it in other words",
}
_COLUMNS = ("at", "event", "number", "about", "recipient", "channel", "template")
_WHY: Mapping[str, str] = {"more": "why not so far", "less": "why not any more"}


@dataclass(frozen=True, slots=True)
class Report:
    """What a replay came to, besides its differences."""

    title: Mapping[str, str]
    totals: Totals
    notes: Sequence[str]
    price: Price | None
    is_complete: bool = True
    times: LocalTimes = field(default_factory=LocalTimes)


@dataclass(slots=True)
class Screen:
    """Keeps the differences until the totals are known: the first ones, or for JSON all, in a file.

    The file has no name, and goes when this ends.
    """

    as_json: bool
    limit: int
    _first: dict[str, list[Difference]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _file: IO[str] | None = None

    def __enter__(self) -> Self:
        if self.as_json:
            self._file = tempfile.TemporaryFile("w+", encoding="utf-8")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def take(self, one: Difference) -> None:
        """Keep a difference."""
        if self._file is not None:
            document = json.dumps(difference_document(one), ensure_ascii=False)
            self._file.write(document + "\n")
            return
        section = section_of(one)
        self._counts[section] = self._counts.get(section, 0) + 1
        kept = self._first.setdefault(section, [])
        if len(kept) < self.limit:
            kept.append(one)

    def write(self, report: Report) -> None:
        """Write it all."""
        if self._file is not None:
            _write_document(report, self._file)
            return
        _write_totals(report)
        for section, title in _TITLES.items():
            count, shown = self._counts.get(section, 0), self._first.get(section, [])
            sys.stdout.write(f"\n{title}: {count or 'nobody'}\n")
            _write_section(section, shown, report.times)
            if shown and count > len(shown):
                sys.stdout.write(f"These are the first {len(shown)}; --limit shows more.\n")
        sys.stdout.write("\nTo be known:\n")
        for note in report.notes:
            say(note, lead="- ")


def section_of(one: Difference) -> str:
    """Under which title a difference stands; each stands under one."""
    if one.before is None:
        return "more"
    if one.after is None:
        return "less"
    return "words" if _MOVED.isdisjoint(one.changes) else "moved"


def _write_document(report: Report, rows: IO[str]) -> None:
    head = {
        **report.title,
        "is_complete": report.is_complete,
        **totals_document(report.totals, report.price),
        "notes": list(report.notes),
    }
    opening = json.dumps(head, ensure_ascii=False, indent=2).removesuffix("\n}")
    sys.stdout.write(f'{opening},\n  "differences": [')
    rows.seek(0)
    comma = ""
    for row in rows:
        sys.stdout.write(f"{comma}\n    {row.rstrip()}")
        comma = ","
    sys.stdout.write("\n  ]\n}\n" if comma else "]\n}\n")


def _write_totals(report: Report) -> None:
    facts = counted(report.totals.facts)
    say(
        "{new} against the rulebook in force, with what was recorded from {since} to {until}: "
        "{facts}. Nothing was sent. "
        "Numbers: in force → new (difference).".format(facts=facts, **report.title)
    )
    sys.stdout.write("\n")
    columns = ["rule", "messages", "held at first", "segments"]
    if report.price is not None:
        columns.append(report.price.currency)
    rows = [[name, *_cells(both, report.price)] for name, both in report.totals.by_rule.items()]
    write_table(columns, [*rows, ["all", *_cells(report.totals.whole, report.price)]])


def _cells(both: Both, price: Price | None) -> list[str]:
    """How many or how much by the rulebook in force, by the new one, and what the difference is."""
    cells = [
        _compared(getattr(both.before, name), getattr(both.after, name))
        for name in Amount.__slots__
    ]
    if price is not None:
        cells.append(_compared(price.of(both.before.segments), price.of(both.after.segments)))
    return cells


def _compared(before: Number, after: Number) -> str:
    if before == after:
        return f"{before:f}" if isinstance(before, Decimal) else f"{before}"
    if isinstance(before, Decimal):
        return f"{before:f} → {after:f} ({after - before:+f})"
    return f"{before} → {after} ({after - before:+d})"


def _write_section(section: str, shown: Sequence[Difference], times: LocalTimes) -> None:
    if section in _WHY and shown:
        write_table([*_COLUMNS, _WHY[section]], [_row(one, times) for one in shown])
        return
    for one in shown:
        sys.stdout.write("\n")
        say("  ".join(filter(None, _row(one, times)[:4])))
        for sign, message in (("-", one.before), ("+", one.after)):
            if message is not None:
                _write_message(sign, message, one, times)
        if one.changes == (Change.WORDS,) and _are_alike(one):
            sys.stdout.write("    (the text is the same, the page or the template is another)\n")


def _row(one: Difference, times: LocalTimes) -> list[str]:
    message = one.before or one.after
    assert message is not None  # noqa: S101 - a difference has one at least
    about = " ".join(one.name.split())
    return [
        times.minute(one.fact.at, one.fact.occurrence.account_id),
        one.fact.occurrence.event_type,
        one.number,
        about,
        message.whom(about),
        message.channel.value,
        message.rule.template,
        one.reason,
    ]


def _write_message(sign: str, message: Message, one: Difference, times: LocalTimes) -> None:
    held = f", held by {message.held}" if message.held else ""
    leaves_at = times.minute(message.leaves_at, one.fact.occurrence.account_id)
    say(
        f"{message.channel} to {message.whom(' '.join(one.name.split()))} at {leaves_at}{held}, "
        f"template {message.rule.template}, segments: {message.words.segments}",
        lead=f"  {sign} ",
    )
    for line in () if _are_alike(one) else _lines(message.words):
        say(line, lead=f"    {sign} ")


def _lines(words: Words) -> list[str]:
    subject = [f"Subject: {words.subject}"] if words.subject else []
    return [*subject, *words.text.splitlines()]


def _are_alike(one: Difference) -> bool:
    if one.before is None or one.after is None:
        return False
    return _lines(one.before.words) == _lines(one.after.words)
