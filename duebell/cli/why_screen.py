"""How a story is written: for people, and for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from duebell.cli.hints import as_typed
from duebell.cli.output import screen_width
from duebell.explaining.happenings import Happening
from duebell.explaining.rungs import Ladder, RungTold
from duebell.explaining.subjects import named
from duebell.explaining.telling import Told
from duebell.explaining.times import on_local_clock
from duebell.ledger.story import Subject
from duebell.wording.plain_text import clean_value

_CUT = "There is more before this: these are the newest decisions and messages. Narrow: --since."
_REMOVED = (
    "What was heard, decided and changed before {:%Y-%m-%d %H:%M} UTC is not on record any more: "
    "retention has removed it (DUEBELL_HISTORY_DAYS). The messages of that time are."
)
_LEAST_WIDTH = 40


def lines(subject: Subject, told: Told) -> Iterator[str]:
    """The lines for people."""
    written = _Lines(told)
    yield from written.wrapped(f"{_heading(subject, told)}:", "")
    if told.story.is_cut:
        yield from written.wrapped(_CUT, "")
    if told.removed_before is not None:
        yield from written.wrapped(_REMOVED.format(told.removed_before), "")
    yield from written.happened()
    yield from written.climbed()
    yield from written.meant()
    yield ""
    yield from written.wrapped(f"Now: {told.story.now}", "     ")


class _Lines:
    """The parts of a story on a screen of some width."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._width = screen_width()

    def wrapped(self, text: str, indent: str, account_id: str | None = None) -> list[str]:
        """A paragraph in lines that fit, with moments on the clock of the business."""
        begin = text[: len(text) - len(text.lstrip())]
        text = as_typed(on_local_clock(clean_value(text), self._told.times, account_id))
        if self._width is None:
            return [f"{begin}{text}"]
        return textwrap.wrap(
            text,
            max(self._width, _LEAST_WIDTH),
            initial_indent=begin,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )

    def happened(self) -> Iterator[str]:
        """One line for each thing, the day only where it is a new one."""
        day = ""
        for one in self._told.story.told:
            account = str(one.details.get("account_id") or "") or None
            moment = self._told.times.minute(one.at, account)
            shown = moment if moment[:10] != day else f"{'':10}{moment[10:]}"
            day = moment[:10]
            lead = f"{shown}  "
            first, *others = self.wrapped(f"{self._said(one)}", "", account) or [""]
            yield from self._beside(lead, " ".join([first, *others]))

    def _beside(self, lead: str, text: str) -> Iterator[str]:
        room = (self._width or 0) - len(lead)
        if self._width is None or room < _LEAST_WIDTH // 2:
            yield f"{lead}{text}"
            return
        parts = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
        for place, part in enumerate(parts):
            yield f"{' ' * len(lead) if place else lead}{part}"

    def _said(self, one: Happening) -> str:
        account = one.details.get("account_id")
        is_said = len(self._told.accounts) > 1 and account
        return f"{one.text} (account {account})" if is_said else one.text

    def climbed(self) -> Iterator[str]:
        """The ladders, rung by rung."""
        for ladder in self._told.ladders:
            yield ""
            moved = "; before, it was due on another day" if ladder.is_moved else ""
            heading = f"Ladder of {ladder.number}, due {ladder.due_on.isoformat()}{moved}:"
            yield from self.wrapped(heading, "  ")
            for rung in ladder.rungs:
                yield from self.wrapped(f"  {_rung(rung)}", "    ")

    def meant(self) -> Iterator[str]:
        """The messages and the rules by their short names, and the rulebooks once."""
        story = self._told.story
        if story.messages:
            yield ""
        for name, row in story.messages.items():
            yield from self.wrapped(
                f"{name}: {row['id']} by {row['channel']}, {row['status']}", "  "
            )
        rules = list(story.legend.rules)
        if rules or story.legend.rulebooks or self._told.fault:
            yield ""
        for short, name in rules:
            yield from self.wrapped(f"{short}: {name}", "  ")
        for sentence in (story.legend.rulebooks, self._told.fault):
            yield from self.wrapped(sentence, "") if sentence else ()


def _heading(subject: Subject, told: Told) -> str:
    name = told.story.legend.client(subject.client)
    noun, _, word = named(subject).partition(" ")
    return f"{noun.capitalize()} {f'{name} ({word})' if name else word}"


def _rung(rung: RungTold) -> str:
    from duebell.explaining.legend import day_words

    rule = f"{rung.rule.audience} by {rung.rule.channel} (rule {rung.number})"
    why = f": {rung.reason}" if rung.reason else ""
    verdict = "" if rung.verdict == "unknown" else rung.verdict
    said = f"{verdict}{why}" if verdict else rung.reason
    return f"{day_words(rung.days)}, {rung.on.isoformat()}, {rule}: {said}"


def document(subject: Subject, told: Told) -> dict[str, Any]:
    """The object for programs: moments are ISO 8601 in UTC."""
    story = told.story
    by_id = {one["id"]: one for one in told.listed}
    kind, id_ = subject.record
    return {
        "client": subject.client or None,
        "invoice": subject.invoice or None,
        "notification": subject.notification or None,
        "record": {"kind": kind, "id": id_} if id_ else None,
        "happenings": [_happening(one) for one in story.happenings],
        "messages": {name: by_id[row["id"]] for name, row in story.messages.items()},
        "rules": dict(story.legend.rules),
        "ladders": [_ladder(one) for one in told.ladders],
        "now": None if told.is_empty else story.now,
        "is_cut": story.is_cut,
        "removed_before": told.removed_before.isoformat() if told.removed_before else None,
    }


def _happening(one: Happening) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(),
        "kind": one.kind.word,
        "text": one.text,
        "details": dict(one.details),
    }


def _ladder(ladder: Ladder) -> dict[str, Any]:
    return {
        "invoice_number": ladder.number,
        "due_on": ladder.due_on.isoformat(),
        "rungs": [
            {
                "days": one.days,
                "on": one.on.isoformat(),
                "rule": one.rule.name,
                "rule_number": one.number,
                "audience": one.rule.audience,
                "channel": one.rule.channel.value,
                "verdict": one.verdict,
                "reason": one.reason or None,
                "notification_id": one.decision["notification_id"] if one.decision else None,
            }
            for one in ladder.rungs
        ],
    }
