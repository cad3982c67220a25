"""What decisions take into account besides the books: people, opt-outs, pauses, the hour."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from duebell.domain.books import Business, kind_of
from duebell.domain.circumstances import Circumstances, NoContact, People, Person, Told
from duebell.domain.clocks import FRESHBOOKS_ZONE
from duebell.domain.decisions import PlannedNotification
from duebell.domain.dossiers import Dossier
from duebell.domain.events import creation_of, update_of
from duebell.domain.holds import WEEK
from duebell.domain.occurrences import Occurrence
from duebell.domain.rules import BUSINESS_COUNTRY, Channel, Rulebook, shown_audience
from duebell.domain.telling import told_by
from duebell.ledger import channel_stops, history
from duebell.ledger.history import History
from duebell.notifying.deciding import zone_of
from duebell.people.audiences import people_behind, people_behind_one
from duebell.people.calendars import holidays_of
from duebell.people.countries import region_of
from duebell.runtime import Runtime

#: For so many days from today on holidays are looked up; quiet hours are over long before.
HOLIDAY_DAYS = 30

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Surroundings:
    """What was known when the batch was decided about; what it plans itself is added."""

    rulebook: Rulebook
    now: datetime
    people: Mapping[int, People] = field(default_factory=dict)
    history: History = field(default_factory=History)
    told: list[Told] = field(default_factory=list)
    stopped: frozenset[str] = frozenset()

    def of(self, business: Business | None) -> Circumstances:
        """The circumstances of a decision about a record of this business."""
        return Circumstances(
            now=self.now,
            zone=zone_of(business) if business is not None else FRESHBOOKS_ZONE,
            holidays=holidays_for(self.rulebook, business, self.now),
            suppressed=self.history.suppressed,
            pauses=self.history.pauses,
            told=(*self.history.told, *self.told),
            firsts=self.history.firsts,
            stopped=self.stopped,
        )

    def add(self, planned: Iterable[PlannedNotification]) -> None:
        """Count what the batch has just planned: the next of its records must know."""
        if counts_messages(self.rulebook):
            self.told += [told_by(one, self.now) for one in planned if one.hold is None]


async def look_around(
    runtime: Runtime, dossiers: Mapping[int, Dossier], rulebook: Rulebook | None = None
) -> Surroundings:
    """See who is behind these records (by signal) and what keeps messages from them."""
    rulebook, now = rulebook or runtime.rulebook, runtime.now()
    people = {}
    for id_, dossier in dossiers.items():
        try:
            people[id_] = people_of(dossier, rulebook)
        except Exception:
            # Whatever is wrong with this one must not hold up the others.
            log.exception("people_not_found", extra={"signal": id_})
    everybody = list(_everybody(people.values()))
    if not everybody:
        return Surroundings(rulebook, now, people)
    asked = questions_about(everybody, rulebook, now)
    asked = replace(asked, creations=frozenset(_creations(dossiers.values(), rulebook)))
    known = await runtime.ledger.read(lambda c: history.read(c, asked))
    return Surroundings(rulebook, now, people, known, stopped=await _stopped(runtime, dossiers))


async def _stopped(runtime: Runtime, dossiers: Mapping[int, Dossier]) -> frozenset[str]:
    """The channels that are stopped, where it matters: for what Duebell tells of itself."""
    if all(dossier.record is not None for dossier in dossiers.values()):
        return frozenset()
    return frozenset(await runtime.ledger.read(channel_stops.in_force))


def questions_about(
    everybody: Collection[Person], rulebook: Rulebook, now: datetime
) -> history.Asked:
    """What has to be known of these people before anything is decided."""
    firsts = {rule.on for rule in rulebook.rules if rule.when.first_time is not None}
    outside = {person.key for person in everybody if not person.is_staff}
    return history.Asked(
        addresses=frozenset(pair for person in everybody for pair in addresses_of(person)),
        budgeted=frozenset(outside if rulebook.business.budget is not None else ()),
        since=now - WEEK,
        told_once=frozenset(person.key for person in everybody) if firsts else frozenset(),
        events=frozenset(firsts),
    )


def people_of(dossier: Dossier, rulebook: Rulebook) -> People:
    """Everybody who may be told of this record."""
    record = dossier.record
    account_id = record.account_id if record is not None else ""
    wanted = rulebook.audiences_about(account_id, dossier.client_id, dossier.vendor_id)
    return people_behind(dossier, rulebook, wanted)


def addresses_of(person: Person) -> list[tuple[str, str]]:
    """Where a person can be reached, as (channel, address)."""
    pairs = ((Channel.SMS, person.sms), (Channel.EMAIL, person.email))
    return [(channel.value, address) for channel, address in pairs if address]


def person_behind(
    audience: str, key: str, dossier: Dossier, rulebook: Rulebook
) -> Person | NoContact:
    """Who has this key in an audience by now."""
    behind = people_behind_one(audience, dossier, rulebook)
    for person in behind:
        if isinstance(person, Person) and person.key == key:
            return person
    # Where there is one alone, the reason is theirs; on a list it may be somebody else's.
    if len(behind) == 1 and isinstance(behind[0], NoContact):
        return behind[0]
    name = shown_audience(audience)
    return NoContact(f"who was to be told is not behind `{name}` any more")


def _everybody(all_people: Iterable[People]) -> Iterator[Person]:
    for people in all_people:
        for behind in people.values():
            yield from (one for one in behind if isinstance(one, Person))


def _creations(dossiers: Iterable[Dossier], rulebook: Rulebook) -> Iterator[Occurrence]:
    """The creations of records of whose changes a rule tells."""
    for record in (dossier.record for dossier in dossiers):
        if record is not None and update_of(kind_of(record)) in rulebook.events:
            event = creation_of(kind_of(record))
            yield Occurrence(record.account_id, record.id, event)


def counts_messages(rulebook: Rulebook) -> bool:
    """Whether it matters what people were told before."""
    is_first_asked = any(rule.when.first_time is not None for rule in rulebook.rules)
    return is_first_asked or rulebook.business.budget is not None


def holidays_for(rulebook: Rulebook, business: Business | None, now: datetime) -> frozenset[date]:
    """The days off from yesterday on, as far as quiet hours may reach."""
    region: str | None = rulebook.business.holidays
    if not region or business is None:
        return frozenset()
    if region == BUSINESS_COUNTRY and (region := region_of(business.country)) is None:
        return frozenset()
    first = now.astimezone(zone_of(business)).date() - timedelta(days=1)
    return holidays_of(region, first, HOLIDAY_DAYS)
