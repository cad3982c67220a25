"""What a round of polls came to, in the words of its run in Prefect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from duebell.domain.events import LADDERS
from duebell.polling.ingesting import KindFound
from duebell.polling.ladder_scan import LadderFound


@dataclass(slots=True)
class AccountFound:
    """What was found in one account."""

    account_id: str
    kinds: Sequence[KindFound] = ()
    ladder: LadderFound = field(default_factory=LadderFound)

    @property
    def signals(self) -> Counter[str]:
        """How many signals of each event were recorded."""
        return sum((kind.signals for kind in self.kinds), Counter(self.ladder.signals))

    @property
    def faults(self) -> Iterator[str]:
        """Sentences about what could not be read this time."""
        for kind in self.kinds:
            if kind.fault and not kind.is_waiting:
                yield f"{kind.kind} of account {self.account_id}: {kind.fault}"
        if self.ladder.fault:
            yield f"ladder of account {self.account_id}: {self.ladder.fault}"

    @property
    def unreadable(self) -> int:
        """How many records are not what FreshBooks documents; the log names them."""
        return sum(kind.unreadable for kind in self.kinds) + self.ladder.unreadable

    def __str__(self) -> str:
        """Say it on one line, for the log of the run."""
        kinds = ", ".join(f"{kind.kind} {_extent(kind)}" for kind in self.kinds)
        ladder = f", ladder {_extent(self.ladder)}" if self.ladder.day else ""
        return f"{kinds}{ladder}; {told(self.signals)}"


def _extent(found: KindFound | LadderFound) -> str:
    if isinstance(found, KindFound) and found.is_waiting:
        return "not asked for this time"
    return f"{found.rows} rows on {found.pages} pages"


def summary(accounts: Sequence[AccountFound]) -> str:
    """The whole round in one sentence."""
    signals = sum((account.signals for account in accounts), Counter[str]())
    plural = "" if len(accounts) == 1 else "s"
    # One odd record is no reason to call every round failed for as long as it is there.
    unreadable = sum(account.unreadable for account in accounts)
    left_out = f"; {unreadable} unreadable records left out, see the log" if unreadable else ""
    return f"{len(accounts)} account{plural}: {told(signals)}{left_out}"


def told(signals: Counter[str]) -> str:
    """How much there is to look at, in words."""
    words = Counter[str]()
    for event, count in signals.items():
        words[_word(event)] += count
    return ", ".join(f"{words[word]} {word}" for word in _WORDS if words[word]) or "nothing new"


_WORDS = ("new", "changed", "due or overdue")


def _word(event: str) -> str:
    if event in LADDERS:
        return "due or overdue"
    return "new" if event.endswith(".create") else "changed"


def faults(accounts: Iterable[AccountFound]) -> list[str]:
    """Everything that could not be read this time."""
    return [fault for account in accounts for fault in account.faults]
