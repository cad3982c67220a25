"""From a signal and the record as it is now to the facts that may be told, and the rules for each.

A signal only says "look": whether it came by webhook, poll or backfill makes no difference to what
is found. What was found before is known, so the same fact is one occurrence however often and in
whatever order it is come upon.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from duebell.domain.books import Invoice, Record, kind_of
from duebell.domain.changes import Seen, changed, is_draft
from duebell.domain.events import LADDERS, creation_of, update_of
from duebell.domain.ladder import MissedRungs, reached_rungs
from duebell.domain.occurrences import Occurrence, nth_change
from duebell.domain.rules import Rule, Rulebook
from duebell.domain.signals import Signal

SENT_BY_EMAIL = "invoice.sendByEmail"


@dataclass(frozen=True, slots=True)
class LadderTerms:
    """When rungs may be told: ``day`` is None outside of the hours for it.

    ``begun_day`` is the same for rungs that were begun within the hours and wait for the end of
    quiet hours, on a clock that may be half a world away; None where there are no quiet hours.
    """

    day: date | None
    missed: MissedRungs = MissedRungs.LATEST
    begun_day: date | None = None

    @property
    def may_begun_be_told(self) -> bool:
        """Whether rungs that were begun earlier may be told now."""
        return self.day is not None or self.begun_day is not None


@dataclass(frozen=True, slots=True)
class Sight:
    """What was known before this look, and what the look itself shows.

    ``earlier`` are the occurrences that this very signal led to in a run that broke off, ``told``
    the rungs that any signal led to; ``since`` is when Duebell began to watch this kind of record;
    ``is_open`` that its creation was heard of and the message about that still waits. ``is_late``
    says that somebody who looked after us was quicker to decide. ``marker``, ``fields`` and
    ``state`` (one digest of all fields) describe the record now.
    """

    seen: Seen | None = None
    since: datetime | None = None
    is_open: bool = False
    is_late: bool = False
    earlier: tuple[Occurrence, ...] = ()
    told: AbstractSet[Occurrence] = frozenset()
    marker: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    state: str = ""

    @property
    def changed(self) -> tuple[str, ...]:
        """The fields that truly changed since the last look.

        A late look shows the record as it was before that, and going back is no change.
        """
        if self.seen is None or self.is_late:
            return ()
        return changed(self.seen.fields, self.fields)


Facts = Mapping[Occurrence, tuple[Rule, ...]]


def derive(
    signal: Signal, record: Record, sight: Sight, rulebook: Rulebook, terms: LadderTerms
) -> Facts:
    """The facts that rules tell, each with its rules; those of an earlier try of it included."""
    found = {one: rulebook.rules_for(one.event_type) for one in _happened(signal, record, sight)}
    if isinstance(record, Invoice):
        for occurrence, rule in _rungs(record, rulebook, terms):
            is_new = occurrence not in sight.told and terms.day is not None
            if occurrence in sight.earlier or is_new:
                found[occurrence] = (*found.get(occurrence, ()), rule)
    return {occurrence: rules for occurrence, rules in found.items() if rules}


def _happened(signal: Signal, record: Record, sight: Sight) -> Iterator[Occurrence]:
    yield from (one for one in sight.earlier if one.event_type not in LADDERS)
    fact = Occurrence(record.account_id, record.id, signal.event)
    kind = kind_of(record)
    is_made = is_creation(signal, record, sight)
    if is_made:
        yield replace(fact, event_type=creation_of(kind))
    # What changes before the creation is told is told with it. A change after that is a fact of its
    # own, even where it is a doubled or repeated signal of the creation that brings it to light.
    if sight.seen is not None and sight.changed and (sight.seen.announced or not is_made):
        change = nth_change(sight.seen.changes + 1, sight.state, sight.changed)
        yield replace(fact, event_type=update_of(kind), occurrence=change)
    if signal.event == SENT_BY_EMAIL:
        yield fact


def is_creation(signal: Signal, record: Record, sight: Sight) -> bool:
    """Whether the record's creation is (still) to be told.

    The signal says so; or it was a draft when it was heard of or last seen; or the record was made
    since we watch, and what should have told us of it was lost or is late.
    """
    if signal.event == creation_of(kind_of(record)) or sight.is_open:
        return True
    if sight.seen is not None and sight.seen.announced:
        return False
    was_draft = sight.seen is not None and sight.seen.is_draft
    return was_draft or is_new(record, sight.since)


def is_announced(signal: Signal, record: Record, sight: Sight) -> bool:
    """Whether the creation needs nobody's attention after this look: told now, or history.

    Where nobody knows whether the record is new, the poll that finds it must still say so. A draft
    is nothing yet, whoever looks at it.
    """
    if is_draft(record):
        return False
    is_history = sight.since is not None and _created_at(record) is not None
    return is_history or is_creation(signal, record, sight)


def is_new(record: Record, since: datetime | None) -> bool:
    """Whether a record says that it was made since then; not all kinds of records say when."""
    created_at = _created_at(record)
    return since is not None and created_at is not None and created_at >= since


def _created_at(record: Record) -> datetime | None:
    created_at: datetime | None = getattr(record, "created_at", None)
    return created_at


def _rungs(
    invoice: Invoice, rulebook: Rulebook, terms: LadderTerms
) -> Iterator[tuple[Occurrence, Rule]]:
    """The rungs to tell: each ladder (an audience and a channel) has its own latest one.

    Rungs up to the day on which the invoice was issued are none: it says itself when it is due.
    """
    day = terms.day or terms.begun_day
    if invoice.due_on is None or day is None:
        return
    issued = (invoice.issued_on - invoice.due_on).days
    for event in sorted(LADDERS):
        for ladder in rulebook.ladders(event):
            days = {number for rule in ladder for number in rule.days if number > issued}
            for rung in reached_rungs(invoice.due_on, days, day, terms.missed):
                occurrence = Occurrence(invoice.account_id, invoice.id, event, rung.occurrence)
                yield from ((occurrence, rule) for rule in ladder if rung.days in rule.days)


def rungs_to_tell(
    invoice: Invoice, rulebook: Rulebook, terms: LadderTerms
) -> frozenset[Occurrence]:
    """The rungs of an invoice that are to be told now, were they not told before."""
    if terms.day is None:
        return frozenset()
    return frozenset(occurrence for occurrence, _ in _rungs(invoice, rulebook, terms))


def next_seen(sight: Sight, record: Record, *, announced: bool) -> Seen:
    """What is remembered after a look.

    What changes while an invoice is a draft (again) is held, so it is compared with what was before
    that: once it is issued, the difference is a change.
    """
    before = sight.seen
    is_held = before is not None and is_draft(record)
    return Seen(
        marker=sight.marker,
        fields=before.fields if before is not None and is_held else sight.fields,
        changes=(before.changes if before is not None else 0) + bool(sight.changed and not is_held),
        announced=announced or (before is not None and before.announced),
        is_draft=is_draft(record),
    )
