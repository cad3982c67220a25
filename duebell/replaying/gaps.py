"""What a replay cannot know, in sentences: no rulebook can be tried on what nobody recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from duebell.domain.backfill import BACKFILLED
from duebell.domain.events import LADDERS, OWN_EVENTS
from duebell.domain.rules import Rulebook
from duebell.replaying.period import Period
from duebell.replaying.rungs import only_in

_ALWAYS = (
    "Records are read as they are now: amounts, people and opt-outs are today's.",
    "What was told before the first day is not counted: budgets and `first_time` begin with none.",
    "Brakes and safe mode are left out.",
)


@dataclass(slots=True)
class Gaps:
    """What was left out. ``events`` counts what was replayed, by event type.

    ``silent`` counts facts that the books themselves kept silent when they were decided about,
    ``unread`` those whose record cannot be read by now, ``closed`` new rungs of invoices of which
    nobody knows whether they were open on that day; all by reason.
    """

    events: Counter[str] = field(default_factory=Counter)
    silent: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)

    def sentences(self, old: Rulebook, new: Rulebook, period: Period) -> Iterator[str]:
        """What whoever reads the comparison has to know."""
        for event in sorted(new.events - old.events - LADDERS):
            if not self.events[event]:
                yield _never_recorded(event, period)
        yield from self._about_rungs(old, new)
        for reason, count in self.silent.most_common():
            yield f"Nobody was told of {counted(count)} whatever the rulebook said: {reason}."
        for reason, count in self.unread.most_common():
            yield f"The records of {counted(count)} cannot be read any more: {reason.rstrip('.')}."
        yield from _ALWAYS

    def _about_rungs(self, old: Rulebook, new: Rulebook) -> Iterator[str]:
        for event, days in only_in(new, old).items():
            rungs = ", ".join(f"{number:+d}" for number in sorted(days))
            yield (
                f"{event}: the new rungs ({rungs} days) were never recorded; they are worked out"
                " from the due dates of the invoices that something was recorded of. Other invoices"
                " are not known here."
            )
        for reason, count in self.closed.most_common():
            yield (
                f"{count} new rungs are left out because {reason} by now: nobody knows whether it"
                " was so on that day."
            )


def _never_recorded(event: str, period: Period) -> str:
    never = f"{event}: nothing was recorded before a rule was about it"
    if event in BACKFILLED:
        days = f"--since {period.since} --until {period.until} --event {event}"
        return f"{never}; `duebell backfill {days} --dry-run` with DUEBELL_CONFIG=NEW.toml tells."
    if event in OWN_EVENTS:
        return f"{never}."
    return f"{never}, and FreshBooks keeps no history of it."


def counted(count: int) -> str:
    """So many facts, in words."""
    return "one fact" if count == 1 else f"{count} facts"
