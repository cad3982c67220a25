"""What a decision needs to know besides the books, and what it says afterwards."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from duebell.domain.books import Bill, Business, Invoice, Kind, Payment, kind_of
from duebell.domain.changes import Seen, fields_of, marker_of
from duebell.domain.clocks import FRESHBOOKS_ZONE, is_ahead
from duebell.domain.decisions import Plan
from duebell.domain.deriving import LadderTerms, Sight
from duebell.domain.dossiers import Dossier
from duebell.domain.events import OWN_EVENTS, kind_of_event
from duebell.domain.failures import ProviderError, RecordGone
from duebell.domain.ladder import ladder_day, next_opening
from duebell.domain.reasons import why_stopped
from duebell.domain.sentences import as_part
from duebell.domain.signals import ClaimedSignal
from duebell.ledger.looking_back import LookBack
from duebell.runtime import Runtime

log = logging.getLogger(__name__)

#: How the words of an answer that says no begin; ours about a whole firm do not.
ANSWERED = "FreshBooks answered"


def outcome_of(plan: Plan) -> str:
    """In a few words, what a plan came to."""
    if any(one.hold is None for one in plan.notifications):
        return "planned"
    if plan.notifications:
        return "held"
    return plan.decisions[0].reason if plan.decisions else "nothing to tell"


def why_unread(failure: ProviderError, event: str) -> str:
    """Why a record could not be looked at, as a reason that people read."""
    said, kind = as_part(str(failure)), kind_of_event(event)
    if event in OWN_EVENTS:
        return said
    if kind is None or not isinstance(failure, RecordGone) or not said.startswith(ANSWERED):
        return said if said.startswith(ANSWERED) else f"FreshBooks: {said}"
    noun = "vendor" if kind is Kind.VENDOR else kind.value
    return f"FreshBooks does not have this {noun}"


def zone_of(business: Business) -> ZoneInfo:
    """The time zone in which a business' calendar days are counted; FreshBooks' own if unknown."""
    try:
        return ZoneInfo(business.time_zone)
    except (KeyError, OSError, ValueError):
        log.warning("time_zone_unknown", extra={"account_id": business.account_id})
        return FRESHBOOKS_ZONE


def terms_for(runtime: Runtime, business: Business | None) -> LadderTerms:
    """Whether rungs may be told in this business now, and what becomes of missed ones."""
    settings = runtime.settings
    if business is None:
        return LadderTerms(None, settings.missed_rungs)
    now, zone = runtime.now(), zone_of(business)
    day = ladder_day(now, zone, settings.ladder_window)
    # Where there are quiet hours, the clock of the reader decides from then on.
    begun_day = now.astimezone(zone).date() if runtime.rulebook.business.quiet else None
    return LadderTerms(day, settings.missed_rungs, begun_day)


def ladder_opening(runtime: Runtime, business: Business) -> datetime:
    """When rungs may be told in this business next."""
    return next_opening(runtime.now(), zone_of(business), runtime.settings.ladder_window)


def sight_of(
    runtime: Runtime,
    claimed: ClaimedSignal,
    dossier: Dossier,
    back: LookBack,
    waiting: AbstractSet[tuple[str, str]],
) -> Sight:
    """What was known of a record before, and what it is now.

    ``waiting`` are the invoices, by account and id, whose creation is not told yet.
    """
    record = dossier.record
    if record is None:
        return Sight()
    kind = kind_of(record)
    mark = back.marks.get((record.account_id, kind))
    fields = fields_of(record, runtime.ledger.digest)
    invoice = (record.account_id, record.id) if kind is Kind.INVOICE else None
    seen = back.seen.get((record.account_id, kind, record.id))
    return Sight(
        seen=seen,
        since=mark.since if mark is not None else None,
        is_open=invoice in waiting,
        is_late=_is_late(seen, dossier.at, runtime.now()),
        earlier=back.earlier.get(claimed.id, ()),
        told=back.told,
        marker=runtime.ledger.digest(marker_of(record)),
        fields=fields,
        state=runtime.ledger.digest(" ".join(fields.values())),
    )


def _is_late(seen: Seen | None, at: datetime, now: datetime) -> bool:
    """Whether somebody looked after us; nobody can have looked in the future."""
    if seen is None or seen.at is None or is_ahead(seen.at, now):
        return False
    return seen.at > at


def facts_of(dossier: Dossier) -> dict[str, Any]:
    """What the decision looked at; nobody's name or address."""
    record = dossier.record
    facts: dict[str, Any] = {"read_at": dossier.at.isoformat()}
    if record is None:
        return facts
    facts["is_active"] = record.is_active
    invoice = dossier.invoice
    if isinstance(record, Payment):
        facts |= {"amount": str(record.amount.amount), "currency": record.amount.currency}
    for item in (invoice, dossier.bill):
        if item is not None:
            facts |= _owed(item)
    return facts


def _owed(item: Invoice | Bill) -> Mapping[str, Any]:
    return {
        "number": item.number,
        "status": item.status,
        "outstanding": str(item.outstanding.amount),
        "currency": item.outstanding.currency,
        "issued_on": item.issued_on.isoformat(),
        "due_on": item.due_on.isoformat() if item.due_on else None,
    }


def stops_of(dossier: Dossier) -> dict[tuple[str, str], str]:
    """Of which invoice nothing that is still planned may be told any more, and why."""
    if (invoice := dossier.invoice) is None or (reason := why_stopped(dossier)) is None:
        return {}
    return {(invoice.account_id, invoice.id): reason}


def keys_of(dossiers: Sequence[Dossier]) -> list[tuple[str, Any, str]]:
    """By what the ledger knows the records of these dossiers."""
    records = [dossier.record for dossier in dossiers if dossier.record is not None]
    return [(record.account_id, kind_of(record), record.id) for record in records]
