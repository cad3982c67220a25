"""What must hold after every quiet round of a schedule, counted at the provider.

The claims are worked out from the books alone (:mod:`facts_to_tell`); each that fails becomes a
sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile

from duebell.domain.books import Invoice, Record
from tests.integration.services.books_in_memory import Key, RememberingBooks
from tests.integration.services.counted_texts import Taken
from tests.integration.services.facts_to_tell import DRAFT, Truth, objection_to, shown_by


@dataclass(frozen=True)
class Milestone:
    """How much there was at the end of a quiet round, and what stood in the books."""

    looks: int
    texts: int
    records: dict[Key, Record]
    states: dict[Key, int]


class Claims:
    """The claims about one schedule. ``faults`` are those that failed."""

    def __init__(
        self, books: RememberingBooks, taken: list[Taken], truth: Truth, events: frozenset[str]
    ) -> None:
        self._books = books
        self._taken = taken
        self._truth = truth
        self._events = events
        self._before: Milestone | None = None
        self.faults: list[str] = []

    def check_round(self, given_up: frozenset[str], *, is_ladder_scanned: bool) -> None:
        """What holds at the end of a quiet round, besides what always holds.

        Of the records ``given_up`` something was refused until it was not worth sending any more.
        """
        self.check()
        told = {taken.fact for taken in self._taken}
        must = set(self._truth.creations(self._events))
        if is_ladder_scanned:
            must.update(self._truth.rungs())
        self.faults += [
            f"it was never told: {fact}" for fact in must - told if fact.id not in given_up
        ]
        after = self._milestone()
        if self._before is not None:
            self.faults += self._changes(self._before, after, given_up)
        self._before = after

    def check(self) -> None:
        """What holds at any time: nothing is told twice, and nothing that is not true."""
        self.faults += [
            f"{taken.fact} was told although {taken.objection}"
            for taken in self._taken
            if taken.objection
        ]
        counts = Counter(taken.fact for taken in self._taken)
        self.faults += [
            f"it was told {number} times: {fact}"
            for fact, number in counts.items()
            if number > 1 and not fact.is_change
        ]

    # -- changes

    def _milestone(self) -> Milestone:
        states = self._books.states
        return Milestone(
            looks=len(self._books.looks),
            texts=len(self._taken),
            records={key: found[-1].record for key, found in states.items()},
            states={key: len(found) for key, found in states.items()},
        )

    def _changes(
        self, before: Milestone, after: Milestone, given_up: frozenset[str]
    ) -> Iterator[str]:
        """Between two quiet rounds: each change that was looked at once, none that nobody saw."""
        texts = self._taken[before.texts : after.texts]
        for key, record in after.records.items():
            if f"{key[0]}.update" in self._events and key[1] not in given_up:
                number = sum(_is_change_of(key, taken) for taken in texts)
                yield from self._change(key, record, before, after, number)

    def _change(
        self, key: Key, record: Record, before: Milestone, after: Milestone, told: int
    ) -> Iterator[str]:
        start = before.records.get(key)
        changes = self._seen_changes(key, before, after)
        # What was planned for an invoice that is a draft again is told when it is issued.
        waited = isinstance(start, Invoice) and start.is_draft
        if told > changes and not waited:
            yield f"{key}: {changes} changes were seen and {told} were told"
        if start is None or shown_by(start) == shown_by(record) or told:
            return
        states = self._books.states[key][before.states[key] - 1 :]
        is_issued = not objection_to(start) and not objection_to(record)
        # What was looked at when it could not be told may stay untold; a draft is only held.
        if is_issued and all(objection_to(state.record) in ("", DRAFT) for state in states):
            yield f"{key}: it changed from {shown_by(start)} to {shown_by(record)}; nobody was told"

    def _seen_changes(self, key: Key, before: Milestone, after: Milestone) -> int:
        """How often it differed from one look to the next; what a draft goes through is nothing."""
        looks = [look.record for look in self._books.looks[: after.looks] if look.key == key]
        earlier = sum(look.key == key for look in self._books.looks[: before.looks])
        drafts = list(takewhile(lambda record: objection_to(record) == DRAFT, looks))
        is_told = key not in self._truth.new_records() or len(drafts) < earlier
        start = before.records.get(key) if is_told else None
        seen = looks[earlier if is_told else len(drafts) :]
        shown = [shown_by(one) for one in ((start, *seen) if start else seen)]
        return sum(one != other for one, other in pairwise(shown))


def _is_change_of(key: Key, taken: Taken) -> bool:
    return taken.fact.event == f"{key[0]}.update" and taken.fact.id == key[1]
