"""What may be told and what must be, worked out from the books alone: nothing of Duebell decides.

A fact is true at a moment when the record says so at that moment. What was true at every look must
have been told by the end of a quiet round, and nothing may ever be told that is not true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from duebell.domain.books import Bill, Client, Expense, Invoice, Kind, Payment, Record, Vendor
from duebell.domain.events import kind_of_event
from duebell.domain.ladder import MissedRungs
from tests.integration.services.books_in_memory import Key, RememberingBooks, State
from tests.integration.services.counted_texts import Fact

OPENS, CLOSES = time(9), time(20)
DRAFT = "it is a draft"
LADDER = {"invoice.due": (-1, 0), "invoice.overdue": (1, 3)}


def objection_to(record: Record) -> str:
    """Why nobody may be told of a record that is like this; empty where somebody may."""
    if not record.is_active:
        return "it is deleted"
    if isinstance(record, Invoice):
        wrongs = {
            DRAFT: record.is_draft,
            "it is paid": record.is_paid or record.outstanding.amount <= 0,
            "it is disputed": record.is_disputed,
        }
        return next((wrong for wrong, is_so in wrongs.items() if is_so), "")
    return "it is paid" if isinstance(record, Bill) and record.is_paid else ""


def shown_by(record: Record) -> str:
    """The field by which this scene's changes of a record are told apart."""
    match record:
        case Invoice():
            return f"{record.amount.amount} {record.due_on}"
        case Client():
            return record.email
        case Vendor():
            return record.website
        case Bill() | Payment() | Expense():
            return str(record.amount.amount)


@dataclass(frozen=True)
class Business:
    """The firm's calendar, and what becomes of missed rungs."""

    zone: ZoneInfo
    missed: MissedRungs

    def day(self, at: datetime) -> date | None:
        """The day on which rungs may be told at this moment; None outside of the hours."""
        local = at.astimezone(self.zone)
        return local.date() if OPENS <= local.time() < CLOSES else None

    def next_opening(self, at: datetime) -> datetime:
        """The moment at which the hours of the day after this one have just begun."""
        tomorrow = at.astimezone(self.zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, OPENS, self.zone).astimezone(UTC)


class Truth:
    """The books of one account, seen by somebody who knows all that ever stood in them."""

    def __init__(self, books: RememberingBooks, business: Business) -> None:
        self._books = books
        self._business = business
        self.begun_at = books.clock()

    def begin(self) -> None:
        """Watching begins: what is there already is history."""
        self.begun_at = self._books.clock()

    # -- what may be told

    def objection(self, fact: Fact) -> str:
        """What is wrong about telling this at this moment; empty where nothing is."""
        kind = kind_of_event(fact.event)
        states = self._books.states.get((kind, fact.id), []) if kind else []
        if not states:
            return "there is no such record"
        record = states[-1].record
        if fact.is_creation and states[-1].key not in self.new_records():
            return "it was there before"
        return objection_to(record) or self._objection_to_rung(fact, record)

    def _objection_to_rung(self, fact: Fact, record: Record) -> str:
        if fact.rung is None or not isinstance(record, Invoice):
            return ""
        days, due_on = fact.rung
        today = self._books.clock().astimezone(self._business.zone).date()
        if record.due_on != due_on:
            return "it is due on another day"
        if days <= (record.issued_on - due_on).days:
            return "it was not issued by then"
        if (today - due_on).days < days:
            return "that day has not come"
        return "" if self._business.day(self._books.clock()) else "it is night"

    # -- what must be told

    def creations(self, events: frozenset[str]) -> Iterator[Fact]:
        """The creations that must be told by now: true now, and true whenever they were looked at.

        A draft is no creation yet, so that looking at one does no harm.
        """
        refused = {
            (record.__class__, record.id)
            for record in (look.record for look in self._books.looks)
            if objection_to(record) not in ("", DRAFT)
        }
        for (kind, id_), record in self.new_records().items():
            is_wanted = f"{kind}.create" in events and not objection_to(record)
            if is_wanted and (record.__class__, id_) not in refused:
                yield Fact(f"{kind}.create", id_)

    def told_in_a_perfect_world(self, events: frozenset[str]) -> set[Fact]:
        """The creations that are told where every state is looked at at once."""
        found = set()
        for (kind, id_), states in self._new().items():
            wrongs = [objection_to(state.record) for state in states]
            first = next((wrong for wrong in wrongs if wrong != DRAFT), "never issued")
            if f"{kind}.create" in events and not first:
                found.add(Fact(f"{kind}.create", id_))
        return found

    def new_records(self) -> Mapping[Key, Record]:
        """The records that were made or issued since watching began, as they are now."""
        return {key: states[-1].record for key, states in self._new().items()}

    def _new(self) -> Mapping[Key, list[State]]:
        """What became of them since watching began. A draft is nothing before it is issued."""
        found = {}
        for key, states in self._books.states.items():
            before = [state for state in states if state.at <= self.begun_at]
            if not before or objection_to(before[-1].record) == DRAFT:
                found[key] = states[max(len(before) - 1, 0) :]
        return found

    def rungs(self) -> Iterator[Fact]:
        """The rungs that must be told by now; none outside of the hours."""
        today = self._business.day(self._books.clock())
        if today is None:
            return
        for invoice in self._books.now(Kind.INVOICE, Invoice):
            if invoice.due_on is not None and not objection_to(invoice):
                for event, days in LADDER.items():
                    for number in self._reached(invoice, invoice.due_on, days, today):
                        yield Fact(event, invoice.id, (number, invoice.due_on))

    def _reached(
        self, invoice: Invoice, due_on: date, days: tuple[int, ...], today: date
    ) -> list[int]:
        issued, passed = (invoice.issued_on - due_on).days, (today - due_on).days
        reached = [number for number in days if issued < number <= passed]
        if passed > 0:
            reached = [number for number in reached if number > 0]
        if self._business.missed is MissedRungs.NONE:
            return [number for number in reached if number == passed]
        return reached[-1:] if self._business.missed is MissedRungs.LATEST else reached
