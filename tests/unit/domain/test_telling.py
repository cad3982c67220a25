"""Telling: which people a fact reaches, when it may leave, and why the others hear nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from duebell.domain.circumstances import Circumstances, NoContact, Person, Told
from duebell.domain.decisions import Decision, Hold, Verdict
from duebell.domain.deriving import Facts
from duebell.domain.events import OWN_EVENTS
from duebell.domain.holds import within_budget_from
from duebell.domain.occurrences import Occurrence
from duebell.domain.rules import (
    Budget,
    BusinessTerms,
    Channel,
    Conditions,
    Override,
    QuietHours,
    Reminders,
    Rule,
    Rulebook,
)
from duebell.domain.telling import plan_facts
from tests.unit.domain.scenes import (
    ACME,
    CALM,
    DANA,
    NOW,
    a_client,
    a_dossier,
    a_rule,
    an_invoice,
    usd,
)

SMS, EMAIL = Channel.SMS, Channel.EMAIL
CREATED = Occurrence("a1", "42", "invoice.create")
RUNG = Occurrence("a1", "42", "invoice.overdue", "+5@2026-02-28")
PAYS = a_rule("payment.create")
EVERYBODY = {"client": [ACME], "list:approvers": [DANA]}

#: At 10:00 in Toronto, where it is quiet from 9:30 on.
NOISY = QuietHours(time(20), time(9))
QUIET = QuietHours(time(9, 30), time(9))


def decide(
    *rules: Rule,
    book: Rulebook | None = None,
    people: Mapping[str, Sequence[Person | NoContact]] | None = None,
    around: Circumstances = CALM,
    fact: Occurrence = CREATED,
    **record: Any,
) -> list[Decision]:
    """Decide about one fact of an invoice."""
    rulebook = replace(book or Rulebook(()), rules=rules)
    facts: Facts = {fact: rules}
    return plan_facts(facts, a_dossier(an_invoice(**record)), people or EVERYBODY, rulebook, around)


def said(decisions: list[Decision]) -> list[tuple[Verdict, str]]:
    """Each verdict with its reason."""
    return [(one.verdict, one.reason) for one in decisions]


def with_terms(**terms: Any) -> Rulebook:
    """A rulebook whose [business] says this."""
    return Rulebook((), business=BusinessTerms(**terms))


@pytest.mark.parametrize("kind", ["client", "invoice"])
def test_nothing_is_told_while_it_is_paused(kind: str) -> None:
    """A pause holds until its day, by which account and name so ever it is known."""
    ids = {"client": ["7"], "invoice": ["42", "INV-42"]}[kind]
    for account, id_ in [(account, id_) for account in ("a1", "") for id_ in ids]:
        paused = replace(CALM, pauses={(account, kind, id_): date(2026, 3, 9)})

        decisions = decide(a_rule("invoice.create"), around=paused, number="INV-42")

        reason = f"the {kind} is paused until 2026-03-09"
        assert [(Verdict.SUPPRESSED, reason)] == said(decisions)


def test_a_pause_ends_on_its_day() -> None:
    """On the day until which it was paused everything is told again."""
    over = replace(CALM, pauses={("", "client", "7"): CALM.today})

    decisions = decide(a_rule("invoice.create"), around=over)

    assert [Verdict.PLANNED] == [one.verdict for one in decisions]


def test_a_paused_rung_is_not_over() -> None:
    """A rung that a pause holds back is no decision for good; a creation is."""
    paused = replace(CALM, pauses={("", "client", "7"): date(2026, 3, 9)})

    rung = decide(a_rule("invoice.overdue"), around=paused, fact=RUNG, due_on=date(2026, 2, 28))
    creation = decide(a_rule("invoice.create"), around=paused)

    assert [None, CREATED] == [one.occurrence for one in (*rung, *creation)]


def test_an_opt_out_is_heeded_and_falls_back() -> None:
    """A suppressed address is not used: the fallback is, and without one the reason stands."""
    both = replace(ACME, email="ap@acme.example")
    stop = replace(CALM, suppressed={("sms", ACME.sms): "the person has answered STOP"})
    rule = a_rule("invoice.create")

    without = decide(rule, around=stop)
    instead = decide(replace(rule, fallback=EMAIL), around=stop, people={"client": [both]})

    assert [(Verdict.SUPPRESSED, "the person has answered STOP")] == said(without)
    assert [EMAIL] == [one.planned.channel for one in instead if one.planned]


def route_of(event: str, *stopped: Channel, fallback: Channel | None = EMAIL) -> list[Channel]:
    """By which channels staff is told of an event while channels are stopped."""
    dana = replace(DANA, email="dana@northwind.example")
    rule = replace(a_rule(event, "list:approvers"), fallback=fallback)
    around = replace(CALM, stopped=frozenset(stopped))
    fact = Occurrence("a1", "sms:stop 7", event)
    decisions = decide(rule, people={"list:approvers": [dana]}, around=around, fact=fact)
    return [one.planned.channel for one in decisions if one.planned]


@pytest.mark.parametrize("event", sorted(OWN_EVENTS))
def test_own_events_go_round_a_stopped_channel(event: str) -> None:
    """That texts cannot be sent is not told by text, unless nothing else works either."""
    assert [SMS] == route_of(event)
    assert [EMAIL] == route_of(event, SMS)
    assert [SMS] == route_of(event, EMAIL)
    assert [SMS] == route_of(event, SMS, EMAIL)
    assert [SMS] == route_of(event, SMS, fallback=None)


def test_what_the_books_tell_waits_for_its_channel() -> None:
    """A client who is told by text gets no email because Twilio's key is wrong for an hour."""
    assert [SMS] == route_of("bill.create", SMS)


def test_a_fallback_is_the_same_message() -> None:
    """Who was told by text is not told again by email when the number is gone: one dedup key."""
    rule = replace(a_rule("invoice.create"), fallback=EMAIL)
    gone = replace(ACME, sms="", email="ap@acme.example")

    first, second = decide(rule), decide(rule, people={"client": [gone]})

    keys = {one.planned.dedup_key for one in (*first, *second) if one.planned}
    assert 1 == len(keys)


def test_nobody_is_reached_by_the_same_words_twice() -> None:
    """Two rules with one template that lead to one phone are one message; other words are two."""
    shared = replace(DANA, sms=ACME.sms)
    people = {"client": [ACME], "list:approvers": [shared]}
    client, staff = a_rule("invoice.create"), a_rule("invoice.create", "list:approvers")

    same = decide(client, staff, people=people)
    other = decide(client, replace(staff, template="for_staff"), people=people)

    assert [Verdict.PLANNED, Verdict.MERGED] == [one.verdict for one in same]
    assert f"the same person hears of it by the rule {client.name}" == same[1].reason
    assert [Verdict.PLANNED] * 2 == [one.verdict for one in other]


def test_one_audience_is_told_once() -> None:
    """Two rules whose conditions both hold tell their common audience once, by the first."""
    big = replace(a_rule("invoice.create"), template="big", when=Conditions(min_amount=Decimal(1)))

    decisions = decide(big, a_rule("invoice.create"), amount=usd("10.00"))

    assert [Verdict.PLANNED, Verdict.MERGED] == [one.verdict for one in decisions]


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        (Override(to=("list:approvers",)), ["list:approvers"]),
        (Override(also=("list:approvers",)), ["client", "list:approvers"]),
        (Override(to=("list:approvers",), also=("client",)), ["list:approvers", "client"]),
        (Override(tags=frozenset({"vip"})), ["client"]),
    ],
)
def test_an_override_replaces_and_extends(override: Override, expected: list[str]) -> None:
    """What the rulebook says of one client replaces the audience of a rule, or adds to it."""
    for key in ("7", "a1/7"):
        decisions = decide(a_rule("invoice.create"), book=Rulebook((), clients={key: override}))

        assert expected == [one.planned.audience for one in decisions if one.planned]


def test_an_override_of_another_account_does_not_count() -> None:
    """Ids may repeat from account to account."""
    book = Rulebook((), clients={"a2/7": Override(silence=frozenset({"*"}))})

    assert [Verdict.PLANNED] == [one.verdict for one in decide(a_rule("invoice.create"), book=book)]


@pytest.mark.parametrize("silence", ["invoice.create", "*"])
def test_an_override_silences(silence: str) -> None:
    """What is silenced for a client is told to nobody, with the reason."""
    book = Rulebook((), clients={"7": Override(silence=frozenset({silence}))})

    decisions = decide(a_rule("invoice.create", "list:approvers"), book=book)

    reason = "the rulebook silences invoice.create for this client"
    assert [(Verdict.SKIPPED, reason)] == said(decisions)


def test_a_condition_that_does_not_hold_is_the_reason() -> None:
    """Of two rules the one whose condition fails says so, the other tells."""
    big = replace(a_rule("invoice.create"), when=Conditions(min_amount=Decimal(100)))

    decisions = decide(big, a_rule("invoice.create", "list:approvers"), amount=usd("10.00"))

    assert [
        (Verdict.SKIPPED, "the amount 10.00 USD is less than 100"),
        (Verdict.PLANNED, "rule invoice.create → list:approvers → sms → note"),
    ] == said(decisions)


@pytest.mark.parametrize(
    ("first_time", "told", "verdict"),
    [
        (True, (), Verdict.PLANNED),
        (True, ("a1:41:invoice.create:once",), Verdict.SKIPPED),
        (True, (CREATED.key,), Verdict.PLANNED),
        (False, (), Verdict.SKIPPED),
        (False, ("a1:41:invoice.create:once",), Verdict.PLANNED),
    ],
)
def test_first_time_is_by_person(first_time: bool, told: tuple[str, ...], verdict: Verdict) -> None:
    """Whether it is the first time counts for each person, and not against the very same fact."""
    rule = replace(a_rule("invoice.create"), when=Conditions(first_time=first_time))
    before = tuple(Told(ACME.key, "invoice.create", key, NOW) for key in told)

    decisions = decide(rule, around=replace(CALM, told=before))

    assert [verdict] == [one.verdict for one in decisions]


def test_quiet_hours_hold_texts_in_the_zone_of_the_reader() -> None:
    """At 10:00 in Toronto it is 16:00 in Berlin: who is where it is quiet waits, others do not."""
    berlin = replace(ACME, key="client:8", sms="+4930123456", zones=("Europe/Berlin",))
    afternoon = QuietHours(time(15), time(18))

    decisions = decide(
        a_rule("invoice.create"),
        book=with_terms(quiet=afternoon),
        people={"client": [ACME, berlin]},
    )

    here, there = decisions
    assert Verdict.PLANNED is here.verdict
    assert Verdict.HELD is there.verdict
    assert there.planned is not None
    assert (Hold.QUIET_HOURS, datetime.fromisoformat("2026-03-05T17:00Z")) == (
        there.planned.hold,
        there.planned.not_before,
    )
    assert there.reason.startswith("quiet hours: it waits until 2026-03-05 17:00 UTC; rule ")


def test_urgent_rules_wait_for_nothing() -> None:
    """A rule that is urgent leaves in quiet hours."""
    urgent = replace(a_rule("invoice.create"), urgent=True)

    decisions = decide(urgent, book=with_terms(quiet=QUIET))

    assert [Verdict.PLANNED] == [one.verdict for one in decisions]


def test_the_budget_holds_what_is_too_much() -> None:
    """A person who had the messages of a day waits until the first of them is a day old."""
    told = tuple(
        Told(ACME.key, "invoice.update", f"a1:{n}", NOW - timedelta(hours=n)) for n in (1, 5)
    )
    book = with_terms(budget=Budget(per_day=2))

    decisions = decide(a_rule("invoice.create"), book=book, around=replace(CALM, told=told))

    [decision] = decisions
    assert decision.planned is not None
    assert (Hold.BUDGET, NOW + timedelta(hours=19)) == (
        decision.planned.hold,
        decision.planned.not_before,
    )


def test_the_budget_is_for_clients_and_not_for_confirmations() -> None:
    """Staff is told everything, and payments count for nobody."""
    told = tuple(
        Told(key, event, f"a1:{n}", NOW)
        for n in range(9)
        for key, event in ((DANA.key, "invoice.create"), (ACME.key, "payment.create"))
    )
    rules = (a_rule("invoice.create"), a_rule("invoice.create", "list:approvers"))

    decisions = decide(
        *rules,
        book=with_terms(budget=Budget(per_day=1)),
        around=replace(CALM, told=told),
    )

    assert [Verdict.PLANNED] * 2 == [one.verdict for one in decisions]


def test_the_week_counts_beside_the_day() -> None:
    """Of the two budgets the one that holds longer decides."""
    moments = [NOW - timedelta(days=days, hours=1) for days in range(6)]

    found = within_budget_from(moments, Budget(per_day=1, per_week=6), NOW)

    assert NOW + timedelta(days=1, hours=23) == found
    assert None is within_budget_from(moments, Budget(per_week=7), NOW)


@pytest.mark.parametrize(
    ("setting", "verdict", "reason"),
    [
        (Reminders.HOLD, Verdict.SKIPPED, "FreshBooks itself reminds this client"),
        (Reminders.WARN, Verdict.PLANNED, "; FreshBooks itself reminds this client, too"),
        (Reminders.IGNORE, Verdict.PLANNED, "→ sms → note"),
    ],
)
def test_reminders_of_freshbooks_are_noticed(
    setting: Reminders, verdict: Verdict, reason: str
) -> None:
    """Where FreshBooks reminds the client itself, ours is held or says so, by setting."""
    rule = a_rule("invoice.overdue")
    dossier = a_dossier(an_invoice(due_on=date(2026, 2, 28)))
    dossier = replace(dossier, client=a_client(is_reminded=True))
    rulebook = Rulebook((rule,), business=BusinessTerms(freshbooks_reminders=setting))

    [decision] = plan_facts({RUNG: (rule,)}, dossier, EVERYBODY, rulebook, CALM)

    assert verdict is decision.verdict
    assert decision.reason.endswith(reason)
    assert (setting is Reminders.HOLD) is (decision.occurrence is None)


def test_as_it_was_asks_what_would_have_been() -> None:
    """For a replay, that the invoice is paid by now keeps nobody from being told."""
    rule, dossier = a_rule("invoice.create"), a_dossier(an_invoice(is_paid=True))

    now = plan_facts({CREATED: (rule,)}, dossier, EVERYBODY, Rulebook((rule,)), CALM)
    then = plan_facts(
        {CREATED: (rule,)}, dossier, EVERYBODY, Rulebook((rule,)), CALM, as_it_was=True
    )

    assert [Verdict.SKIPPED] == [one.verdict for one in now]
    assert [Verdict.PLANNED] == [one.verdict for one in then]
