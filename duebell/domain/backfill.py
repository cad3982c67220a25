"""What a backfill may be about, which records belong to it, and how its lists are asked for.

FreshBooks tells what its records are, not what happened to them. So only what a record still says
of itself can be told again: that it was made, and that it was due. Pure: no clock, no IO.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from duebell.domain.books import (
    Bill,
    Client,
    Expense,
    Invoice,
    Kind,
    Payment,
    Record,
    Vendor,
)
from duebell.domain.events import (
    DUE,
    EVENT_TYPES,
    LADDERS,
    OVERDUE,
    OWN_EVENTS,
    creation_of,
    kind_of_event,
    update_of,
)
from duebell.domain.failures import BackfillRefused
from duebell.domain.rules import Rulebook

#: In this order; the ladders come last, because they wait for their hours.
BACKFILLED: tuple[str, ...] = (*(creation_of(kind) for kind in Kind), DUE, OVERDUE)

#: The names by which FreshBooks' lists are filtered by client; it ignores others.
_CLIENT_FILTERS: Mapping[Kind, str] = MappingProxyType(
    {Kind.INVOICE: "customerid", Kind.PAYMENT: "clientid", Kind.EXPENSE: "clientid"}
)
#: The kinds whose lists know ``date_min`` and ``date_max``, which mean the record's own day.
_DATED = frozenset({Kind.INVOICE, Kind.PAYMENT, Kind.EXPENSE})
_CLIENTS_KINDS = frozenset({*_CLIENT_FILTERS, Kind.CLIENT})


@dataclass(frozen=True, slots=True)
class Request:
    """A backfill in the words of whoever asked for it; ``resume`` is the id of an earlier one."""

    since: date | None = None
    until: date | None = None
    events: tuple[str, ...] = ()
    client: str = ""
    resume: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a backfill is about; ``since`` and ``until`` are days of each business, inclusive."""

    since: date
    until: date
    events: tuple[str, ...]
    client: str = ""

    def as_json(self) -> dict[str, object]:
        """As the ledger keeps it."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "events": list(self.events),
            "client": self.client,
        }

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> Asked:
        """As it was kept."""
        since, until = date.fromisoformat(stored["since"]), date.fromisoformat(stored["until"])
        return Asked(since, until, tuple(stored["events"]), stored["client"])


def check_period(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    """The period, if it is one that has begun; ``today`` is the latest day of any business.

    Raises:
        BackfillRefused: where it is not.
    """
    if since is None or until is None:
        raise BackfillRefused("a backfill needs both days, since and until")
    if since > until:
        raise BackfillRefused(f"since ({since}) is after until ({until})")
    if since > today:
        raise BackfillRefused(f"since ({since}) is in the future")
    return since, until


def choose_events(wanted: Sequence[str], rulebook: Rulebook, client: str = "") -> tuple[str, ...]:
    """The events to backfill: those asked for, or all that the rulebook tells and that can be.

    Raises:
        BackfillRefused: for an event that cannot be backfilled, or that no rule is about.
    """
    told = rulebook.events
    if wanted:
        for event in wanted:
            if reason := _why_not(event, told, client):
                raise BackfillRefused(reason)
        return tuple(event for event in BACKFILLED if event in wanted)
    events = tuple(one for one in BACKFILLED if one in told and _is_about(one, client))
    if not events:
        raise BackfillRefused("no rule is about anything that can be backfilled")
    return events


def _why_not(event: str, told: frozenset[str], client: str) -> str | None:
    if event not in EVENT_TYPES:
        return f"there is no event {event}; there are {', '.join(BACKFILLED)}"
    if event in OWN_EVENTS:
        return f"{event} cannot be backfilled: it is Duebell's own, and not in FreshBooks' books"
    if event not in BACKFILLED:
        return f"{event} cannot be backfilled: FreshBooks keeps no history of changes"
    if event not in told:
        return f"no rule is about {event}"
    return None if _is_about(event, client) else f"{event} is about no client: leave either out"


def _is_about(event: str, client: str) -> bool:
    return not client or kind_of_event(event) in _CLIENTS_KINDS


def kind_listed(event: str) -> Kind:
    """The kind of record whose list a backfill of this event reads."""
    return Kind(event.partition(".")[0])


def search_for(event: str, asked: Asked) -> dict[str, str]:
    """The filters of a list, a day wider on both sides than what is wanted.

    Nobody says whether the last day is included, so every row is looked at again.
    """
    kind, search = kind_listed(event), dict[str, str]()
    if kind in _DATED and event not in LADDERS:
        search["date_min"] = _day_beside(asked.since, -1).isoformat()
        search["date_max"] = _day_beside(asked.until, 1).isoformat()
    if asked.client and kind in _CLIENT_FILTERS:
        search[_CLIENT_FILTERS[kind]] = asked.client
    return search


def _day_beside(day: date, step: int) -> date:
    number = day.toordinal() + step
    return date.fromordinal(min(max(number, date.min.toordinal()), date.max.toordinal()))


def rung_days(rulebook: Rulebook, event: str) -> frozenset[int]:
    """The rungs that rules tell of a ladder event."""
    return frozenset(days for rule in rulebook.rules_for(event) for days in rule.days)


def belongs(
    record: Record, event: str, asked: Asked, zone: ZoneInfo, rungs: frozenset[int]
) -> bool:
    """Whether a record is one of those that the backfill of this event is about."""
    if asked.client and _client_of(record) != asked.client:
        return False
    if event in LADDERS:
        return isinstance(record, Invoice) and _has_rung(record, asked, rungs)
    day = day_of(record, zone)
    return day is not None and asked.since <= day <= asked.until


def _has_rung(invoice: Invoice, asked: Asked, rungs: frozenset[int]) -> bool:
    """Whether it is unpaid, and a rung of it fell into the period."""
    if invoice.due_on is None or invoice.is_paid or invoice.outstanding.amount <= 0:
        return False
    # Days are counted, for a rung of a due date in the year 9999 may be on no day there is.
    first, last = (asked.since - invoice.due_on).days, (asked.until - invoice.due_on).days
    return any(first <= days <= last for days in rungs)


def day_of(record: Record, zone: ZoneInfo) -> date | None:
    """The calendar day by which a record belongs to a period; None where it does not say."""
    match record:
        case Invoice() | Bill():
            return record.issued_on
        case Payment():
            return record.paid_on
        case Expense():
            return record.spent_on
        case Client() | Vendor():
            return _local_day(record.created_at, zone)


def _local_day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return moment.astimezone(zone).date() if moment is not None else None


def _client_of(record: Record) -> str:
    if isinstance(record, Client):
        return record.id
    return record.client_id if isinstance(record, Invoice | Payment | Expense) else ""


def most_texts(rulebook: Rulebook, kind: Kind, contacts: Mapping[str, int], rungs: int) -> int:
    """The most messages to which a look at one record of this kind can lead.

    ``contacts`` says how many people are behind an audience, where it is not one; ``rungs`` how
    many rungs of a ladder are told at once. A record is due or overdue, never both.
    """

    def most(event: str, times: int = 1) -> int:
        told = {(rule.to, rule.channel) for rule in rulebook.rules_for(event)}
        return times * sum(contacts.get(to, 1) for to, _ in told)

    once = most(creation_of(kind)) + most(update_of(kind))
    return once + (max(most(DUE, rungs), most(OVERDUE, rungs)) if kind is Kind.INVOICE else 0)
