"""Until when a message that is due has to wait: for the night, an earlier message, a budget."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from duebell.domain.circumstances import Circumstances, Person, Told
from duebell.domain.decisions import Hold, PlannedNotification
from duebell.domain.events import CONFIRMATIONS, OWN_EVENTS, creation_of, kind_of_event, update_of
from duebell.domain.occurrences import Occurrence
from duebell.domain.quiet import closing, opening
from duebell.domain.rules import Budget, Channel, Rulebook

DAY, WEEK = timedelta(hours=24), timedelta(days=7)

#: How long what waits for a message that is about to leave waits at least; and how long where only
#: a person can let that leave.
_SOON, _LATER = timedelta(minutes=1), timedelta(hours=1)


def hold_of(
    planned: PlannedNotification, person: Person, rulebook: Rulebook, circumstances: Circumstances
) -> tuple[datetime, Hold] | None:
    """Until when a message has to wait, and for what; None where it may leave now."""
    rule, channel = planned.rule, planned.channel
    quiet = None if rule.urgent else quiet_until(person, channel, rulebook, circumstances)
    first = first_message_from(planned, circumstances)
    waits = [(quiet, Hold.QUIET_HOURS), (first, Hold.FIRST_MESSAGE)]
    if is_budgeted(planned):
        moments = _moments_told(planned, circumstances)
        within = within_budget_from(moments, rulebook.business.budget, circumstances.now)
        waits.append((within, Hold.BUDGET))
    held = [(moment, why) for moment, why in waits if moment is not None]
    return max(held, default=None)


def first_message_from(
    planned: PlannedNotification, circumstances: Circumstances
) -> datetime | None:
    """When to see what the message that the record was made has become, for a change of it.

    None where none waits. That one comes first, and tells all that has changed by then.
    """
    fact = planned.occurrence
    kind = kind_of_event(fact.event_type)
    if kind is None or fact.event_type != update_of(kind):
        return None
    creation = Occurrence(fact.account_id, fact.object_id, creation_of(kind))
    waiting, now = circumstances.firsts.waiting, circumstances.now
    place = (creation.key, planned.contact.key)
    if place not in waiting:
        return None
    return max(waiting[place] or now + _LATER, now + _SOON)


def is_budgeted(planned: PlannedNotification) -> bool:
    """Whether the attention budget may hold this message."""
    return not (planned.is_staff or planned.rule.on in CONFIRMATIONS | OWN_EVENTS)


def _moments_told(planned: PlannedNotification, circumstances: Circumstances) -> list[datetime]:
    """When the same person heard other messages; each counts once, when it first might leave.

    Of two that may both leave, and were allowed by runs that did not know of each other, one goes
    first, and it is the same for both.
    """
    told: dict[str, Told] = {}
    for one in circumstances.told_to(planned.contact.key, planned.occurrence.account_id):
        if one.event_type not in CONFIRMATIONS:
            key = one.message or one.occurrence_key
            told[key] = min(one, told.get(key, one), key=lambda each: (not each.is_begun, each.at))
    mine = told.pop(planned.dedup_key, None)
    return [
        one.at
        for key, one in told.items()
        if mine is None or one.is_begun or (one.at, key) < (mine.at, planned.dedup_key)
    ]


def quiet_until(
    person: Person, channel: Channel, rulebook: Rulebook, circumstances: Circumstances
) -> datetime | None:
    """When the quiet hours end for a person; None where it is not quiet now."""
    quiet, zones = rulebook.business.quiet, _zones_of(person, circumstances)
    return opening(circumstances.now, quiet, zones, circumstances.holidays, channel)


def quiet_from(
    person: Person, channel: Channel, rulebook: Rulebook, circumstances: Circumstances
) -> datetime | None:
    """When quiet hours begin next for a person; None where none are near."""
    quiet, zones = rulebook.business.quiet, _zones_of(person, circumstances)
    return closing(circumstances.now, quiet, zones, circumstances.holidays, channel)


def _zones_of(person: Person, circumstances: Circumstances) -> list[ZoneInfo]:
    names = () if person.is_staff else person.zones
    return [ZoneInfo(name) for name in names] or [circumstances.zone]


def within_budget_from(
    moments: Sequence[datetime], budget: Budget | None, now: datetime
) -> datetime | None:
    """From when on one more message is within the budget; None where it is now."""
    if budget is None:
        return None
    ends = []
    for most, window in ((budget.per_day, DAY), (budget.per_week, WEEK)):
        recent = sorted(moment for moment in moments if moment > now - window)
        if most is not None and len(recent) >= most:
            ends.append(recent[-most] + window)
    return max(ends, default=None)
