"""Planning: who is told of an invoice, once, and why everybody else is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from duebell.domain.books import Invoice, Money
from duebell.domain.occurrences import Occurrence
from duebell.domain.planning import (
    CREATED_BY,
    DRAFT_HELD,
    Contact,
    Decision,
    NoContact,
    Plan,
    Verdict,
    plan_for_invoice,
    reason_not_to_tell,
)
from duebell.domain.rules import Channel, Rule, Rulebook
from duebell.domain.signals import Signal

CLIENT_RULE = Rule("invoice.create", "client", Channel.SMS, "invoice_created")
STAFF_RULE = Rule("invoice.create", "list:approvers", Channel.SMS, "invoice_created")
BOOK = Rulebook((CLIENT_RULE, STAFF_RULE))
ACME = Contact("client:7", "Acme", "+12125550101")
DANA = Contact("approver:1", "Dana", "+12125550102")
CONTACTS: Mapping[str, Contact | NoContact] = {"client": ACME, "list:approvers": DANA}
INVOICE = Invoice(
    account_id="a1",
    id="42",
    number="INV-1",
    client_id="7",
    status="sent",
    is_active=True,
    is_draft=False,
    is_paid=False,
    is_disputed=False,
    amount=Money(Decimal("10.00"), "USD"),
    outstanding=Money(Decimal("10.00"), "USD"),
    issued_on=date(2026, 3, 1),
    due_on=date(2026, 3, 31),
    language="en",
    updated_at=datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
)


def plan(
    event: str = "invoice.create",
    invoice: Invoice = INVOICE,
    contacts: Mapping[str, Contact | NoContact] = CONTACTS,
    rulebook: Rulebook = BOOK,
    was_held: bool = False,
) -> Plan:
    """Plan for a signal of this event."""
    return plan_for_invoice(
        Signal("a1", event, "42"), invoice, contacts, rulebook, was_held=was_held
    )


def test_every_rule_tells_its_contact() -> None:
    """A created invoice is told to the contact of every rule, for one occurrence."""
    planned = plan()

    assert Occurrence("a1", "42", "invoice.create") == planned.occurrence
    assert [(CLIENT_RULE, ACME), (STAFF_RULE, DANA)] == [
        (one.rule, one.contact) for one in planned.notifications
    ]
    assert [Verdict.PLANNED] * 2 == [decision.verdict for decision in planned.decisions]


def test_who_cannot_be_reached_does_not_stop_the_others() -> None:
    """A contact without a number is skipped with the reason; the next rule goes on."""
    nobody = NoContact("the client has no mobile phone")

    planned = plan(contacts={**CONTACTS, "client": nobody})

    assert [DANA] == [one.contact for one in planned.notifications]
    assert Decision(Verdict.SKIPPED, nobody.reason, CLIENT_RULE) == planned.decisions[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_active": False}, "the invoice is deleted or archived"),
        ({"is_paid": True}, "the invoice is paid"),
        ({"is_disputed": True}, "the invoice is disputed"),
    ],
)
@pytest.mark.parametrize("event", CREATED_BY)
def test_what_must_not_be_told_is_skipped(event: str, change: dict[str, bool], reason: str) -> None:
    """A deleted, paid or disputed invoice is told to nobody, with the reason."""
    planned = plan(event, replace(INVOICE, **change), was_held=True)  # type: ignore[arg-type]

    assert Plan.nothing(Verdict.SKIPPED, reason) == planned


def test_a_draft_is_held() -> None:
    """A draft is not told yet, and will be looked at again."""
    planned = plan(invoice=replace(INVOICE, is_draft=True))

    assert Plan.nothing(Verdict.HELD, DRAFT_HELD) == planned


def test_a_deleted_draft_is_not_held() -> None:
    """What is gone is not waited for."""
    planned = plan(invoice=replace(INVOICE, is_draft=True, is_active=False))

    assert Verdict.SKIPPED is planned.decisions[0].verdict


def test_an_update_that_ends_a_draft_tells_the_creation() -> None:
    """The change that turns a held draft into an invoice plans what its creation would have."""
    planned = plan("invoice.update", was_held=True)

    assert plan("invoice.create") == planned


def test_other_updates_tell_nothing() -> None:
    """A change of an invoice that was never held is skipped, with the reason."""
    planned = plan("invoice.update")

    assert (None, ()) == (planned.occurrence, planned.notifications)
    assert Verdict.SKIPPED is planned.decisions[0].verdict


@pytest.mark.parametrize("event", ["payment.create", "invoice.delete", "invoice.sendByEmail"])
def test_events_without_a_rule_are_skipped(event: str) -> None:
    """A signal that no rule is about has a decision that says so."""
    planned = plan(event, was_held=True)

    assert Plan.nothing(Verdict.SKIPPED, f"no rule is about {event}") == planned


def test_an_empty_rulebook_tells_nobody() -> None:
    """Without rules even a creation is only explained."""
    planned = plan(rulebook=Rulebook(()))

    assert Plan.nothing(Verdict.SKIPPED, "no rule is about invoice.create") == planned


def test_every_plan_explains_itself() -> None:
    """There is no silence without a decision, whatever the invoice is like."""
    flags = ("is_active", "is_draft", "is_paid", "is_disputed")
    for bits in range(16):
        change = {flag: bool(bits & 1 << place) for place, flag in enumerate(flags)}
        invoice = replace(INVOICE, **change)  # type: ignore[arg-type]

        planned = plan(invoice=invoice)

        assert planned.decisions
        assert bool(planned.notifications) is (reason_not_to_tell(invoice) is None)


def test_the_same_fact_has_one_dedup_key() -> None:
    """A corrected number, a new name or another template does not tell an old fact again."""
    corrected = Contact("client:7", "Acme Ltd", "+12125550199")
    reworded = replace(CLIENT_RULE, template="invoice_created_kindly")
    first = plan().notifications[0]

    second = plan(
        "invoice.update",
        contacts={"client": corrected},
        rulebook=Rulebook((reworded,)),
        was_held=True,
    ).notifications[0]

    assert first.dedup_key == second.dedup_key


def test_other_facts_and_people_have_other_dedup_keys() -> None:
    """Another invoice, business, contact or audience is another message."""
    invoices = (INVOICE, replace(INVOICE, id="43"), replace(INVOICE, account_id="a2"))
    contacts = (CONTACTS, {**CONTACTS, "client": replace(ACME, key="client:8")})

    keys = [
        one.dedup_key
        for invoice in invoices
        for known in contacts
        for one in plan(invoice=invoice, contacts=known).notifications
    ]

    # The staff's keys do not change with the client's contact.
    assert (12, 9) == (len(keys), len(set(keys)))


def test_addresses_do_not_show() -> None:
    """A plan that ends up in a log line does not give a number away."""
    assert "2125550101" not in repr(plan())
