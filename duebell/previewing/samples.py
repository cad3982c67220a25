"""A preview with made-up records: no network, no ledger, nobody's books.

What rules ask of a record (``when``) and what the rulebook says of single clients are left aside:
the made-up ones meet no conditions but their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from duebell.domain.books import ClientContact
from duebell.domain.circumstances import Circumstances, NoContact, People, Person
from duebell.domain.dossiers import Dossier
from duebell.domain.events import LADDERS
from duebell.domain.ladder import Rung
from duebell.domain.local_times import LocalTimes
from duebell.domain.occurrences import Occurrence
from duebell.domain.rules import LIST_PREFIX, Rule, Rulebook
from duebell.people.audiences import people_behind
from duebell.people.calendars import holidays_of
from duebell.previewing.asking import Chosen, PreviewRefused
from duebell.previewing.nouns import record_words
from duebell.previewing.pairing import notes_on_pairs
from duebell.previewing.preview import Preview, Shown
from duebell.previewing.showing import Occasion, Scene
from duebell.previewing.wording import Outlet
from duebell.wording.sample_firm import SAMPLE_BUSINESS
from duebell.wording.sample_records import sample_dossiers, sample_occurrence

_CONTACT = ClientContact("1", "Rhonda", "Shumway", "rhonda@melmac.example", "+12125550102")
_DANA = Person("sample", "Dana", sms="+12125550103", email="dana@northwind.example", is_staff=True)

_CONDITIONS = "Conditions (`when`) and what the rulebook says of single clients are left aside."
_NO_RULE = (
    "No rule is about {event}, so nobody would be told. "
    "This is what a rule with the usual template would tell."
)
_HOLIDAY_DAYS = 30


def preview_sample(chosen: Chosen, outlet: Outlet, now: datetime) -> Preview:
    """What would come of an event of made-up records.

    Raises:
        PreviewRefused: if there are not so many made-up cases of the event.
    """
    asked, bare = chosen.asked, chosen.without_conditions()
    dossier, count = _dossier(asked.event, asked.language, asked.sample)
    people = _people(dossier, bare)
    scene = Scene(bare, dossier, people, outlet)
    circumstances = _circumstances(bare.rulebook, now)
    shown = [
        one
        for occasion in _occasions(bare.rules, asked.event, dossier)
        for one in _with_fallbacks(scene, occasion, circumstances)
    ]
    subject = f"{_made_up(dossier)} (sample {asked.sample} of {count})"
    notes = [_no_rule(asked.event)] if not chosen.is_by_rule else []
    notes += notes_on_pairs(bare)
    notes += [_CONDITIONS] if _states_conditions(chosen) else []
    times = LocalTimes({"": circumstances.zone})
    return Preview(asked.event, subject, tuple(shown), tuple(notes), is_sample=True, times=times)


def _no_rule(event: str) -> str:
    return _NO_RULE.format(event=event)


def _made_up(dossier: Dossier) -> str:
    """What the made-up case is about, so that nobody takes it for one of the firm's own."""
    words = record_words(dossier)
    return f"sample {words}, not one of yours" if words else "a made-up case, not one of yours"


def _dossier(event: str, language: str, number: int) -> tuple[Dossier, int]:
    dossiers = list(sample_dossiers(event, language or "en"))
    if not 1 <= number <= len(dossiers):
        raise PreviewRefused(f"there is no sample {number} of {event}; there are {len(dossiers)}")
    dossier = dossiers[number - 1]
    if dossier.client is not None:
        dossier = replace(dossier, client=replace(dossier.client, contacts=(_CONTACT,)))
    return dossier, len(dossiers)


def _people(dossier: Dossier, chosen: Chosen) -> People:
    """Who is behind the audiences; a list that is not in the rulebook has somebody made up."""
    people = dict(people_behind(dossier, chosen.rulebook))
    for audience, behind in people.items():
        is_unknown = all(isinstance(one, NoContact) for one in behind)
        if chosen.is_trial and is_unknown and audience.startswith(LIST_PREFIX):
            people[audience] = [_DANA]
    return people


def _circumstances(rulebook: Rulebook, now: datetime) -> Circumstances:
    terms = rulebook.business
    zone = ZoneInfo(terms.time_zone or SAMPLE_BUSINESS.time_zone)
    first = now.astimezone(zone).date() - timedelta(days=1)
    holidays = holidays_of(terms.holidays, first, _HOLIDAY_DAYS) if terms.holidays else frozenset()
    return Circumstances(now, zone, holidays)


def _occasions(rules: Sequence[Rule], event: str, dossier: Dossier) -> Iterator[Occasion]:
    """The fact for each rule; rules of a ladder tell their first rung."""
    invoice = dossier.invoice
    if event not in LADDERS or invoice is None or invoice.due_on is None:
        occurrence = sample_occurrence(event, dossier)
        yield Occasion(occurrence, tuple(rules), dossier.at.date())
        return
    for days in sorted({min(rule.days) for rule in rules}):
        rung = Rung(days, invoice.due_on)
        fact = Occurrence(invoice.account_id, invoice.id, event, rung.occurrence)
        told = tuple(rule for rule in rules if min(rule.days) == days)
        yield Occasion(fact, told, rung.on, f"as it reads on day {days:+d}")


def _with_fallbacks(
    scene: Scene, occasion: Occasion, circumstances: Circumstances
) -> Iterator[Shown]:
    """What is decided, and once more for those who cannot be reached on the first channel."""
    yield from scene.shown(occasion, circumstances)
    fallbacks = tuple(
        replace(rule, channel=rule.fallback, fallback=None)
        for rule in occasion.rules
        if rule.fallback is not None
    )
    if not fallbacks:
        return
    note = "; ".join(filter(None, (occasion.note, "where the first channel reaches nobody")))
    yield from scene.shown(replace(occasion, rules=fallbacks, note=note), circumstances)


def _states_conditions(chosen: Chosen) -> bool:
    bare = chosen.without_conditions().rulebook
    book = chosen.rulebook
    return book.rules != bare.rules or bool(book.clients or book.vendors)
