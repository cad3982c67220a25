"""Repetitions in one line: a record that changes often, and of which nobody is told each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from duebell.explaining.happenings import Happening, Kind
from duebell.explaining.times import minute


@dataclass(slots=True)
class _Look:
    """What one look at a record came to: why it was looked at, and the decisions, or one thing."""

    same: tuple[str, ...] | None
    happenings: list[Happening] = field(default_factory=list)
    again: list[Happening] = field(default_factory=list)

    def told(self) -> Iterator[Happening]:
        """Its lines; the last says how often the same came again."""
        if not self.again:
            yield from self.happenings
            return
        *others, last = self.happenings
        yield from others
        until = self.again[-1].at
        times = "once more at" if len(self.again) == 1 else f"{len(self.again)} more times until"
        yield replace(last, text=f"{last.text}; {times} {minute(until)}")


def without_repeated_plans(happenings: Sequence[Happening]) -> list[Happening]:
    """Without decisions that say of a message what the one before them said, and nothing else.

    A message that waits is planned at every new look at the books; that it waits is told.
    """
    last: dict[object, str] = {}
    kept = []
    for one in happenings:
        message = one.details.get("notification_id")
        if one.plan is not None and one.same is None:
            if last.get(message) == one.plan == one.text:
                continue
            last[message] = one.plan
        elif one.kind is Kind.DECIDED:
            last.pop(message, None)
        kept.append(one)
    return kept


def folded(happenings: Sequence[Happening]) -> list[Happening]:
    """The same in fewer lines: looks at one record that come to the same nothing are one.

    What happens in between, other than such looks at other records, is not passed over.
    """
    looks: list[_Look] = []
    latest: dict[object, _Look] = {}
    for look in _looks(happenings):
        about = look.happenings[-1].details.get("object_id")
        before = latest.get(about)
        if look.same is not None and before is not None and look.same == before.same:
            before.again.append(look.happenings[-1])
            continue
        looks.append(look)
        if look.same is None:
            latest.clear()
        else:
            latest[about] = look
    return sorted((one for look in looks for one in look.told()), key=lambda one: one.order)


def _looks(happenings: Sequence[Happening]) -> Iterator[_Look]:
    """The happenings by looks, in the order of their decisions."""
    heard = {one.look: one for one in happenings if one.kind is Kind.HEARD}
    used: set[int | None] = set()
    place = 0
    while place < len(happenings):
        one = happenings[place]
        if one.kind is not Kind.DECIDED:
            place += 1
            if one.kind is not Kind.HEARD:
                yield _Look(None, [one])
            continue
        decisions = _together(happenings, place)
        place += len(decisions)
        nothing = tuple(decision.same for decision in decisions)
        same = tuple(word for word in nothing if word is not None)
        why = heard.get(one.look) if one.look not in used else None
        used.add(one.look)
        lines = [why, *decisions] if why is not None else decisions
        yield _Look(same if len(same) == len(nothing) else None, lines)
    yield from (_Look(None, [one]) for look, one in heard.items() if look not in used)


def _together(happenings: Sequence[Happening], place: int) -> list[Happening]:
    """The decisions of one look: made at one moment because of one signal."""
    first = happenings[place]
    found = [first]
    for one in happenings[place + 1 :]:
        if (one.kind, one.look, one.at) != (Kind.DECIDED, first.look, first.at):
            break
        found.append(one)
    return found
