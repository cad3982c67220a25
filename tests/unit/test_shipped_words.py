"""What single shipped text messages say, and what they must not say."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from duebell.domain.books import Invoice, Money
from duebell.domain.dossiers import Notice
from duebell.providers.codes import FAULTS
from duebell.wording.sample_records import (
    SAMPLE_BUSINESS,
    SAMPLE_CLIENT,
    SAMPLE_INVOICE,
    SAMPLE_PAYMENT,
)
from duebell.wording.segments import count_segments
from tests.unit.shipped_texts import (
    COUNTRIES,
    STAFF,
    shipped,
    text_of,
    values_of,
)

LINK = "https://pay.example/987654"

#: Whom a text may be for.
AUDIENCES = ("client", "client.contacts", "vendor", STAFF, "fixed")


def an_invoice(**changes: Any) -> Invoice:
    """The sample invoice with other values."""
    return replace(SAMPLE_INVOICE, **changes)


def amount(text: str) -> Money:
    """An amount in the currency of the samples."""
    return Money(Decimal(text), SAMPLE_INVOICE.amount.currency)


@pytest.mark.parametrize("language", COUNTRIES)
@pytest.mark.parametrize(
    "name", ["reminder_before_due", "overdue_notice", "overdue_final", "invoice_sent"]
)
def test_a_link_is_shown_where_there_is_one(name: str, language: str) -> None:
    """The client's link for paying stands in the client's text, whole and followed by a blank."""
    invoice = an_invoice(share_link=LINK)

    assert f": {LINK} " in text_of(name, language, invoice=invoice)
    assert "http" not in text_of(name, language, STAFF, invoice=invoice)
    assert "http" not in text_of(name, language)


@pytest.mark.parametrize("language", COUNTRIES)
@pytest.mark.parametrize("name", ["invoice_created", "invoice_changed", "invoice_sent"])
def test_an_invoice_without_due_date_has_none_in_its_text(name: str, language: str) -> None:
    """Where nothing is due on a day, no day is named."""
    invoice = an_invoice(due_on=None)

    for audience in AUDIENCES:
        assert "31" not in text_of(name, language, audience, invoice=invoice)


@pytest.mark.parametrize("language", COUNTRIES)
@pytest.mark.parametrize(
    "name",
    [
        *("invoice_created", "invoice_changed", "invoice_sent", "reminder_before_due"),
        *("overdue_notice", "overdue_final", "payment_received", "client_changed", "client_added"),
    ],
)
def test_staff_hears_of_the_client_and_is_not_taken_for_it(name: str, language: str) -> None:
    """A text that also goes to colleagues names the client, whom the client's own does not."""
    theirs, ours = text_of(name, language, "client"), text_of(name, language, STAFF)

    assert SAMPLE_CLIENT.name in ours
    assert name == "client_added" or SAMPLE_CLIENT.name not in theirs
    assert ours == text_of(name, language, "fixed")
    assert theirs == text_of(name, language, "client.contacts")


@pytest.mark.parametrize("language", COUNTRIES)
def test_a_client_who_is_gone_leaves_no_gap(language: str) -> None:
    """Staff is told of an invoice or payment also where FreshBooks has no client for it."""
    for name in ("invoice_created", "invoice_sent", "overdue_final", "payment_received"):
        text = text_of(name, language, STAFF, client=None)

        assert [] == [gap for gap in ("  ", " .", " ,", "()") if gap in text]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "$400.00 for invoice 0000042; $834.50 is still open. Thank you!"),
        ("fr", "400,00 $CA pour la facture 0000042 ; il reste 834,50 $CA. Merci !"),
        (
            "de",
            "400,00 CA$ zur Rechnung 0000042 ist eingegangen; offen sind noch 834,50 CA$.",
        ),
        ("es", "400,00 CAD para la factura 0000042; quedan 834,50 CAD por pagar. ¡Gracias!"),
    ],
)
def test_a_part_payment_says_what_is_left(language: str, expected: str) -> None:
    """A client who paid a part hears what is still open."""
    payment = replace(SAMPLE_PAYMENT, amount=amount("400.00"))
    invoice = an_invoice(outstanding=amount("834.50"))

    text = text_of("payment_received", language, payment=payment, invoice=invoice)

    assert expected in text


def test_an_overpaid_invoice_is_paid_in_full() -> None:
    """Less than nothing is not said to be open."""
    text = text_of("payment_received", invoice=an_invoice(outstanding=amount("-5.00")))

    assert text.endswith("for invoice 0000042, which is now paid in full. Thank you!")


def test_a_payment_without_invoice_names_none() -> None:
    """Money that is kept as a credit is confirmed for itself."""
    text = text_of("payment_received", invoice=None)

    assert "Northwind Bookkeeping: we received your payment of $1,234.50. Thank you!" == text


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("en", "is now 1 day past due", "is now 10 days past due"),
        ("fr", "a 1 jour de retard", "a 10 jours de retard"),
        ("de", "ist seit 1 Tag überfällig", "ist seit 10 Tagen überfällig"),
        ("es", "lleva 1 d de retraso", "lleva 10 d de retraso"),
    ],
)
def test_the_last_reminder_says_how_late_it_is(language: str, one: str, many: str) -> None:
    """A later rung counts the days, and says in the same breath that calling helps."""
    assert one in text_of("overdue_final", language, days_past_due=1)
    assert many in text_of("overdue_final", language, days_past_due=10)


@pytest.mark.parametrize("name", ["bill_approval", "bill_changed"])
def test_a_bill_whose_vendor_is_gone_is_told_without(name: str) -> None:
    """Somebody has to approve a bill also where FreshBooks does not have its vendor any more."""
    text = text_of(name, "en", STAFF, vendor=None)

    assert "BN101" in text
    assert "from" not in text


@pytest.mark.parametrize("language", COUNTRIES)
def test_an_inactive_account_is_told_with_its_own_mend(language: str) -> None:
    """Connecting again does not help where FreshBooks calls the account inactive."""
    lost, inactive, *_ = values_of("connection_lost", language, STAFF)

    assert "duebell connect freshbooks" in shipped().render_text("connection_lost", **lost)
    text = shipped().render_text("connection_lost", **inactive)
    assert "SAMPLE" in text
    assert "duebell connect" not in text


@pytest.mark.parametrize("language", COUNTRIES)
def test_whatever_stops_a_channel_fits_into_two_segments(language: str) -> None:
    """The reason, when it began and how to go on are in the text, however long the reason is."""
    began = "2026-10-05 09:30 UTC"
    for fault in (one for one in FAULTS.values() if one.stops_channel):
        why = f"{fault.sentence.rstrip('.')} ({fault.code})"
        notice = Notice("connection.lost", "", "sms", "stop 7", why, began)

        text = text_of("connection_lost", language, notice=notice)

        assert [] == [part for part in (why, began) if part not in text]
        assert text.endswith("duebell channels resume sms")
        assert count_segments(text) <= 2


@pytest.mark.parametrize("language", COUNTRIES)
def test_a_brake_is_told_with_both_ways_out(language: str) -> None:
    """Whoever hears of held messages can let them go or drop them without looking anything up."""
    text = text_of("brake_engaged", language)

    assert "612 messages wait, which is more than 500 in one run." in text
    assert "duebell brake release 7" in text
    assert text.endswith("duebell brake drop 7")


@pytest.mark.parametrize("language", COUNTRIES)
def test_a_failure_is_told_with_what_staff_needs(language: str) -> None:
    """Who was not reached, about which invoice, why, and how many more there are."""
    text = text_of("delivery_failed", language)

    parts = ("Melmac Ceramics", "+1*****0101", "0000042", "the number is not in service", "30005")
    assert [] == [part for part in parts if part not in text]
    assert "3" in text.rpartition(";")[2]


def test_a_client_reads_the_shipped_text_in_their_language() -> None:
    """Without other word, the language of the client's record decides."""
    text = shipped().render_text(
        "payment_received",
        business=SAMPLE_BUSINESS,
        client=replace(SAMPLE_CLIENT, language="de-ch", country="Switzerland"),
        payment=SAMPLE_PAYMENT,
        audience="client",
    )

    assert "Northwind Bookkeeping: Ihre Zahlung von CA$ 1’234.50 ist eingegangen. Vielen Dank!" == (
        text.replace("'", "’")
    )
