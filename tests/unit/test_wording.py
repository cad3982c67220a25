"""What a template sees of a fact."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from duebell.domain.books import Kind
from duebell.domain.circumstances import Contact
from duebell.domain.dossiers import Dossier, FailedMessage, Notice
from duebell.domain.occurrences import Occurrence, nth_change
from duebell.wording.values import RECORDS, values_for
from tests.unit.domain.scenes import (
    BUSINESS,
    MAKERS,
    NOW,
    a_client,
    a_dossier,
    a_payment,
    an_invoice,
)

ACME = Contact("client:7", "Acme", "+12125550101")
DANA = Contact("list:approvers:Dana", "Dana", "+12125550102")
DUE_ON = date(2026, 3, 31)
CREATED = Occurrence("a1", "42", "invoice.create")
INVOICE = a_dossier(an_invoice(due_on=DUE_ON), client=a_client())


def test_records_have_their_names() -> None:
    """Each record of the dossier is there under the name that templates use, and the event."""
    values = values_for(INVOICE, CREATED, ACME, DUE_ON)

    assert (INVOICE.invoice, INVOICE.client, BUSINESS, "invoice.create") == (
        values["invoice"],
        values["client"],
        values["business"],
        values["event"],
    )
    assert {"payment", "bill", "vendor", "expense", "notice", "failed"} == {
        name for name in RECORDS if values[name] is None
    }


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_record_is_seen(kind: Kind) -> None:
    """No kind of record is left out of what templates see."""
    record = MAKERS[kind]()

    values = values_for(a_dossier(record), CREATED, DANA, None)

    assert record in [values[name] for name in RECORDS]


@pytest.mark.parametrize(("days", "past", "until"), [(-3, 0, 3), (0, 0, 0), (5, 5, 0)])
def test_days_are_counted_from_the_due_date(days: int, past: int, until: int) -> None:
    """Days past due and until due are whole calendar days and never negative."""
    values = values_for(INVOICE, CREATED, ACME, DUE_ON + timedelta(days=days))

    assert (past, until) == (values["days_past_due"], values["days_until_due"])


def test_a_payment_shows_how_late_its_invoice_is() -> None:
    """The days are those of the invoice, whatever the event is about."""
    dossier = a_dossier(a_payment(), invoice=an_invoice(due_on=DUE_ON))

    values = values_for(dossier, CREATED, ACME, DUE_ON + timedelta(days=2))

    assert 2 == values["days_past_due"]


@pytest.mark.parametrize(
    ("dossier", "today"),
    [
        (a_dossier(an_invoice(due_on=None)), DUE_ON),
        (a_dossier(a_client()), DUE_ON),
        (INVOICE, None),
    ],
)
def test_without_a_due_date_there_are_no_days(dossier: Dossier, today: date | None) -> None:
    """A value that makes no sense is absent, so that a template cannot print it by mistake."""
    values = values_for(dossier, CREATED, ACME, today)

    assert not {"days_past_due", "days_until_due", "rung"} & set(values)


def test_a_rung_and_a_change_are_named() -> None:
    """The rung is the number of the rulebook, and the changed fields stand in their order."""
    rung = Occurrence("a1", "42", "invoice.overdue", "+5@2026-03-31")
    change = Occurrence("a1", "42", "invoice.update", nth_change(2, "0f", ("amount", "due on")))

    values = [values_for(INVOICE, one, ACME, DUE_ON) for one in (rung, change, CREATED)]

    assert [5, None, None] == [one.get("rung") for one in values]
    assert [(), ("amount", "due on"), ()] == [one["changed"] for one in values]


def test_the_reader_decides_the_language() -> None:
    """Staff without a language reads English, whatever the client of the invoice reads."""
    client = Contact("client:7", "Acme", "", ("fr", "de"))

    languages = [values_for(INVOICE, CREATED, one, DUE_ON)["languages"] for one in (client, DANA)]

    assert [("fr", "de"), ("en",)] == languages


@pytest.mark.parametrize(
    ("audience", "seen"),
    [
        ("client", "client"),
        ("client.contacts", "client.contacts"),
        ("vendor", "vendor"),
        ("list:approvers", "list:approvers"),
        ("+12125550100", "fixed"),
        ("dana@firm.example", "fixed"),
        ("", ""),
    ],
)
def test_an_audience_is_a_word_and_never_an_address(audience: str, seen: str) -> None:
    """A template knows whom it speaks to, by name and audience, and no address from the rules."""
    values = values_for(INVOICE, CREATED, DANA, DUE_ON, audience)

    assert (seen, DANA.name) == (values["audience"], values["recipient"])


def test_a_failed_message_is_seen() -> None:
    """Staff can be told what did not arrive."""
    failed = FailedMessage("42", "Acme", "+1•••••0144", "sms", "no such number", "30005", 1)

    values = values_for(Dossier(NOW, failed=failed), CREATED, DANA, None, "list:approvers")

    assert failed == values["failed"]


def test_own_events_have_a_notice_and_no_records() -> None:
    """What Duebell tells of itself has no firm and no record behind it."""
    notice = Notice("connection.lost", "", "freshbooks", "3")
    lost = Occurrence("", "freshbooks:3", "connection.lost")

    values = values_for(Dossier(NOW, notice=notice), lost, DANA, None)

    assert ["notice"] == [name for name in RECORDS if values[name] is not None]
