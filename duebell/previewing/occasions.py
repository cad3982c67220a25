"""Which facts of a record a preview shows: the one of now, or those that are to come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from duebell.domain.books import Business, Invoice, Record, kind_of
from duebell.domain.changes import changed, fields_of
from duebell.domain.deriving import LadderTerms, Sight, derive
from duebell.domain.dossiers import Dossier
from duebell.domain.events import LADDERS, update_of
from duebell.domain.ladder import Rung, ladder_day
from duebell.domain.occurrences import Occurrence, nth_change
from duebell.domain.signals import Signal
from duebell.ledger.looking_back import LookBack
from duebell.notifying.deciding import ladder_opening, zone_of
from duebell.previewing.asking import Chosen
from duebell.previewing.showing import Occasion
from duebell.runtime import Runtime
from duebell.wording.sample_records import sample_occurrence

_NO_RUNGS = "There are no rungs: those up to the day on which the invoice was issued are none."
_UNCHANGED = "nothing has changed since the last look"
_NO_DUE_DATE = "The invoice has no due date, so there are no rungs."


def occasions_of(
    runtime: Runtime, chosen: Chosen, dossier: Dossier, back: LookBack
) -> tuple[list[Occasion], list[str]]:
    """The facts to show, and what is to be said besides."""
    event, record, business = chosen.asked.event, dossier.record, dossier.business
    if record is None or business is None:
        return [], []
    today = runtime.now().astimezone(zone_of(business)).date()
    if event in LADDERS and isinstance(record, Invoice):
        return _Ladder(runtime, chosen, business, back, record, today).occasions()
    if event == update_of(kind_of(record)):
        return [_change(runtime, chosen, record, today, back)], []
    fact = Occurrence(record.account_id, record.id, event)
    return [Occasion(fact, chosen.rules, today)], []


def _change(
    runtime: Runtime, chosen: Chosen, record: Record, today: date, back: LookBack
) -> Occasion:
    """What has changed since the last look; where nothing has, what might."""
    event = chosen.asked.event
    seen = back.seen.get((record.account_id, kind_of(record), record.id))
    names = changed(seen.fields, fields_of(record, runtime.ledger.digest)) if seen else ()
    is_changed, note = bool(names), "changed since the last look"
    if not is_changed:
        names, note = sample_occurrence(event, Dossier(runtime.now())).changed, "as it reads for"
    word = nth_change(seen.changes + 1 if seen else 1, "preview", names)
    return Occasion(
        Occurrence(record.account_id, record.id, event, word),
        chosen.rules,
        today,
        f"{note}: {', '.join(names)}",
        over="" if is_changed else _UNCHANGED,
        is_example=not is_changed,
    )


class _Ladder:
    """The rungs of an invoice."""

    def __init__(
        self,
        runtime: Runtime,
        chosen: Chosen,
        business: Business,
        back: LookBack,
        invoice: Invoice,
        today: date,
    ) -> None:
        self._runtime = runtime
        self._chosen = chosen
        self._business = business
        self._zone = zone_of(business)
        self._hours = runtime.settings.ladder_window
        self._told = back.told
        self._invoice = invoice
        self._today = today

    def occasions(self) -> tuple[list[Occasion], list[str]]:
        """The rung that is to be told now; where there is none, each as it reads on its day."""
        if self._invoice.due_on is None:
            return [], [_NO_DUE_DATE]
        if due := list(self._due()):
            return due, []
        each = list(self._each(self._invoice.due_on))
        return each, ["No rung is to be told today." if each else _NO_RUNGS]

    def _due(self) -> Iterator[Occasion]:
        invoice = self._invoice
        signal = Signal(invoice.account_id, self._chosen.asked.event, invoice.id)
        terms = LadderTerms(self._today, self._runtime.settings.missed_rungs)
        rulebook = self._chosen.rulebook
        for fact, rules in derive(signal, invoice, Sight(told=self._told), rulebook, terms).items():
            if fact.event_type == signal.event and fact.rung is not None:
                note = f"day {fact.rung.days:+d} of the ladder"
                yield Occasion(fact, rules, self._today, note, self._opening())

    def _opening(self) -> datetime | None:
        """When rungs may be told next; None where they may be told now."""
        if ladder_day(self._runtime.now(), self._zone, self._hours) is not None:
            return None
        return ladder_opening(self._runtime, self._business)

    def _each(self, due_on: date) -> Iterator[Occasion]:
        rules, invoice = self._chosen.rules, self._invoice
        issued = (invoice.issued_on - due_on).days
        for days in sorted({number for rule in rules for number in rule.days if number > issued}):
            rung = Rung(days, due_on)
            try:
                day = rung.on
            except OverflowError:
                continue  # a due date in the year 9999
            fact = Occurrence(invoice.account_id, invoice.id, rung.event, rung.occurrence)
            told = tuple(rule for rule in rules if days in rule.days)
            is_over = day <= self._today
            begin = datetime.combine(day, self._hours.begin, self._zone).astimezone(UTC)
            verb = "read" if is_over else "will read"
            note = f"as it {verb} on {day.isoformat()}, day {days:+d} of the ladder"
            over = self._why_over(fact, day) if is_over else ""
            yield Occasion(fact, told, day, note, None if is_over else begin, over)

    def _why_over(self, fact: Occurrence, day: date) -> str:
        if fact in self._told:
            return (
                f"it was decided about before: see `duebell why --invoice {self._invoice.number}`"
            )
        return f"its day, {day.isoformat()}, is past"
