"""Planning: who is told of a fact, once, and why everybody else is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from duebell.domain.books import Invoice, Kind
from duebell.domain.circumstances import NoContact, Person
from duebell.domain.decisions import Decision, Plan, Verdict
from duebell.domain.deriving import LadderTerms, Sight
from duebell.domain.dossiers import Dossier, Notice
from duebell.domain.events import EVENT_TYPES, OWN_EVENTS, creation_of, update_of
from duebell.domain.occurrences import Occurrence
from duebell.domain.planning import OUTSIDE_HOURS, plan
from duebell.domain.reasons import DRAFT_HELD, reason_not_to_tell
from duebell.domain.rules import Channel, Rulebook
from duebell.domain.signals import Signal
from tests.unit.domain.scenes import (
    ACME,
    CALM,
    CLOSED,
    DANA,
    EVERYBODY,
    MAKERS,
    NOW,
    OPEN,
    Desk,
    a_client,
    a_dossier,
    a_rule,
    an_invoice,
    seen,
    told,
)

SMS = Channel.SMS
CLIENT_RULE = a_rule("invoice.create")
STAFF_RULE = a_rule("invoice.create", "list:approvers")
DESK = Desk((CLIENT_RULE, STAFF_RULE))
CREATED = Occurrence("a1", "42", "invoice.create")
RUNG = Occurrence("a1", "42", "invoice.overdue", "+5@2026-02-28")


def verdicts(planned: Plan) -> list[tuple[Verdict, str]]:
    """Each verdict of a plan with its reason."""
    return [(decision.verdict, decision.reason) for decision in planned.decisions]


def test_every_rule_tells_its_contact() -> None:
    """A created invoice is told to the contact of every rule, for one occurrence."""
    planned = DESK.look(an_invoice(), "invoice.create")

    assert (CREATED,) == planned.occurrences
    assert [(CLIENT_RULE, ACME.key), (STAFF_RULE, DANA.key)] == [
        (one.rule, one.contact.key) for one in planned.notifications
    ]
    assert [Verdict.PLANNED] * 2 == [decision.verdict for decision in planned.decisions]


def test_everybody_of_a_list_is_told() -> None:
    """An audience of several people is a message to each of them."""
    lee = Person("list:approvers:Lee", "Lee", sms="+12125550103")
    desk = Desk((STAFF_RULE,), {"list:approvers": [DANA, lee]})

    planned = desk.look(an_invoice(), "invoice.create")

    assert [DANA.on(SMS), lee.on(SMS)] == [one.contact for one in planned.notifications]
    assert 2 == len({one.dedup_key for one in planned.notifications})


def test_who_cannot_be_reached_does_not_stop_the_others() -> None:
    """A contact without a number is skipped with the reason; the next rule goes on."""
    nobody = NoContact("the client has no phone number")

    planned = replace(DESK, people={**EVERYBODY, "client": [nobody]}).look(
        an_invoice(), "invoice.create"
    )

    assert [DANA.on(SMS)] == [one.contact for one in planned.notifications]
    skipped = Decision(Verdict.SKIPPED, nobody.reason, CLIENT_RULE, CREATED, audience="client")
    assert skipped == planned.decisions[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_active": False}, "the invoice is deleted or archived"),
        ({"is_paid": True}, "the invoice is paid"),
        ({"is_disputed": True}, "the invoice is disputed"),
    ],
)
@pytest.mark.parametrize("event", ["invoice.create", "invoice.update"])
def test_what_must_not_be_told_is_skipped(event: str, change: dict[str, bool], reason: str) -> None:
    """A deleted, paid or disputed invoice is told to nobody, with the reason, and is done with."""
    planned = DESK.look(an_invoice(**change), event)

    assert (Decision(Verdict.SKIPPED, reason, occurrence=CREATED),) == planned.decisions
    assert planned.seen is not None
    assert planned.seen.announced


def test_a_draft_is_held() -> None:
    """A draft is not told yet; it is not decided about, and its creation is not dealt with."""
    planned = DESK.look(an_invoice(is_draft=True), "invoice.create")

    assert (Decision(Verdict.HELD, DRAFT_HELD),) == planned.decisions
    assert () == planned.occurrences
    assert planned.seen is not None
    assert not planned.seen.announced


def test_a_deleted_draft_is_not_held() -> None:
    """What is gone is not waited for."""
    planned = DESK.look(an_invoice(is_draft=True, is_active=False), "invoice.create")

    assert [(Verdict.SKIPPED, "the invoice is deleted or archived")] == verdicts(planned)


@pytest.mark.parametrize("event", ["payment.create", "invoice.delete", "invoice.sendByEmail"])
def test_events_without_a_rule_are_explained(event: str) -> None:
    """A signal that no rule is about has a decision that says so, and the record is remembered."""
    record = MAKERS[Kind.PAYMENT]() if event == "payment.create" else an_invoice()
    desk = Desk((a_rule("bill.create", "list:approvers"),))

    planned = desk.look(record, event, seen(record))

    assert [(Verdict.SKIPPED, f"no rule is about {event}")] == verdicts(planned)
    assert seen(record) == planned.seen


def test_an_update_of_which_nothing_is_told_is_explained() -> None:
    """A change that is none for the rules is skipped, with the reason."""
    planned = DESK.look(an_invoice(), "invoice.update", seen(an_invoice()))

    assert [(Verdict.SKIPPED, "the change says nothing that a rule tells")] == verdicts(planned)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("event_of", [creation_of, update_of])
def test_an_empty_rulebook_tells_nobody(kind: Kind, event_of: Callable[[Kind], str]) -> None:
    """Without rules every signal is only explained."""
    event = event_of(kind)

    planned = Desk(()).look(MAKERS[kind](), event)

    assert [(Verdict.SKIPPED, f"no rule is about {event}")] == verdicts(planned)


def test_every_plan_explains_itself() -> None:
    """There is no silence without a decision, whatever the invoice is like."""
    flags = ("is_active", "is_draft", "is_paid", "is_disputed")
    for values in product((False, True), repeat=4):
        invoice = an_invoice(**dict(zip(flags, values, strict=True)))

        planned = DESK.look(invoice, "invoice.create")

        reason = reason_not_to_tell(CREATED, a_dossier(invoice))
        assert planned.decisions
        assert bool(planned.notifications) is (reason is None)


def test_the_same_fact_has_one_dedup_key() -> None:
    """A corrected number, a new name or another template does not tell an old fact again."""
    corrected = Person("client:7", "Acme Ltd", sms="+12125550199")
    reworded = replace(CLIENT_RULE, template="invoice_created_kindly")
    first = DESK.look(an_invoice(), "invoice.create").notifications[0]

    desk = Desk((reworded,), {"client": [corrected]})
    second = desk.look(an_invoice(), "invoice.update").notifications[0]

    assert first.dedup_key == second.dedup_key


def test_other_facts_and_people_have_other_dedup_keys() -> None:
    """Another invoice, business, contact or audience is another message."""
    invoices = (an_invoice(), an_invoice(id="43"), an_invoice(account_id="a2"))
    another: dict[str, list[Person | NoContact]] = {"client": [replace(ACME, key="client:8")]}
    people = (EVERYBODY, EVERYBODY | another)

    keys = [
        one.dedup_key
        for invoice, known in product(invoices, people)
        for one in replace(DESK, people=known).look(invoice, "invoice.create").notifications
    ]

    # The staff's keys do not change with the client's contact.
    assert (12, 9) == (len(keys), len(set(keys)))


@pytest.mark.parametrize("event", sorted(OWN_EVENTS))
def test_own_events_are_told_once_each(event: str) -> None:
    """What Duebell tells of itself needs no record, and each loss or silence is a fact."""
    book = Rulebook((a_rule(event, "list:approvers"),))
    signals = [Signal("", event, object_id) for object_id in ("freshbooks:3", "freshbooks:4")]

    plans = [
        plan(one, Dossier(NOW, notice=Notice.of(one)), Sight(), EVERYBODY, book, OPEN, CALM)
        for one in signals
    ]

    facts = [Occurrence("", one.object_id, event) for one in signals]
    assert [[facts[0]], [facts[1]]] == [told(one) for one in plans]
    assert [None, None] == [one.seen for one in plans]


def test_an_own_event_without_a_rule_is_explained() -> None:
    """Nobody is told of a lost connection where no rule says whom."""
    signal = Signal("", "connection.lost", "freshbooks:3")

    planned = plan(
        signal, Dossier(NOW, notice=Notice.of(signal)), Sight(), EVERYBODY, Rulebook(()), OPEN, CALM
    )

    assert [(Verdict.SKIPPED, "no rule is about connection.lost")] == verdicts(planned)


def test_a_notice_says_what_it_is_about() -> None:
    """The subject stands before the first colon, and the detail may have colons of its own."""
    lost = Notice.of(Signal("", "connection.lost", "6BApk:inactive:2026-10-05"))
    silent = Notice.of(Signal("a1", "webhook.silent", "bill.create:2026-10-05T09:30:00+00:00"))

    assert ("6BApk", "inactive:2026-10-05") == (lost.subject, lost.detail)
    assert ("bill.create", "2026-10-05T09:30:00+00:00") == (silent.subject, silent.detail)


def test_a_rung_outside_the_hours_is_held() -> None:
    """A rung that was planned and not sent in time waits for the next morning."""
    desk = Desk((a_rule("invoice.overdue", "client", 5),), terms=CLOSED)
    invoice = an_invoice(due_on=RUNG.rung.due_on if RUNG.rung else None)

    planned = desk.look(invoice, "invoice.overdue", seen(invoice), earlier=(RUNG,))

    assert (Verdict.HELD, OUTSIDE_HOURS) == verdicts(planned)[-1]
    assert ((), ()) == (planned.notifications, planned.occurrences)


def test_a_rung_that_is_skipped_is_not_decided_about() -> None:
    """What a dispute stops today is told when the dispute is over."""
    desk = Desk((a_rule("invoice.overdue", "client", 5),))
    invoice = an_invoice(due_on=RUNG.rung.due_on if RUNG.rung else None)

    disputed = desk.look(replace(invoice, is_disputed=True), "invoice.overdue", seen(invoice))
    settled = desk.look(invoice, "invoice.update", disputed.seen)

    assert [(Verdict.SKIPPED, "the invoice is disputed")] == verdicts(disputed)
    assert () == disputed.occurrences
    assert [RUNG] == told(settled)


@pytest.mark.parametrize("terms", [OPEN, CLOSED])
def test_every_event_of_every_record_has_a_decision(terms: LadderTerms) -> None:
    """Whatever a signal says of whatever record, there is a row to write."""
    book = tuple(a_rule(event, "list:approvers", *_days(event)) for event in EVENT_TYPES)

    for kind, event in product(Kind, EVENT_TYPES):
        record = MAKERS[kind]()
        for before in (None, seen(record), seen(record, announced=False)):
            planned = Desk(book, terms=terms).look(record, event, before, since=None)

            assert planned.decisions
            assert planned.seen is not None


def _days(event: str) -> tuple[int, ...]:
    return {"invoice.due": (-3,), "invoice.overdue": (5,)}.get(event, ())


def test_addresses_do_not_show() -> None:
    """A plan that ends up in a log line does not give a number away."""
    assert "2125550101" not in repr(DESK.look(an_invoice(), "invoice.create"))


def test_a_rule_for_a_number_is_named_without_it() -> None:
    """The name of a rule stands in rows and logs, where only who knows a number recognises it."""
    rule = a_rule("bill.create", "+12125550101")

    assert "bill.create → +1•••••0101 → sms → note" == rule.name


def test_a_dossier_says_whose_and_which_it_is() -> None:
    """Rows name the client and the number by which people know the record."""
    invoice, client = an_invoice(), a_client()
    bill = MAKERS[Kind.BILL]()

    dossiers = [a_dossier(invoice), a_dossier(invoice, client=client), a_dossier(bill)]

    assert [("7", "INV-1"), ("7", "INV-1"), (None, "BN101")] == [
        (one.client_id, one.number) for one in dossiers
    ]
    assert isinstance(dossiers[0].record, Invoice)
