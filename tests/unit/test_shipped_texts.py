"""The shipped texts, word for word: every template in every language it has."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from duebell.domain.books import Invoice, Money
from duebell.domain.events import EVENT_TYPES
from duebell.wording.rendering import Renderer, open_renderer, shipped_templates
from duebell.wording.sample_records import (
    SAMPLE_BILL,
    SAMPLE_BUSINESS,
    SAMPLE_CLIENT,
    SAMPLE_INVOICE,
    SAMPLE_PAYMENT,
    SAMPLE_VENDOR,
    sample_values,
)
from duebell.wording.segments import Encoding, count_segments, encoding_of
from tests.unit.shipped_texts import EVENTS, TEXTS

COUNTRIES = {"en": "Canada", "fr": "France", "de": "Germany", "es": "Spain"}
LINK = "https://pay.example/987654"

CASES = [(name, language) for name, texts in TEXTS.items() for language in texts]


@cache
def shipped() -> Renderer:
    """The renderer of what comes with Duebell; it compiles each template once."""
    return open_renderer(None)


def render(name: str, language: str = "en", case: int = 0, **changes: Any) -> str:
    """A shipped text about a made-up case, some of whose values are others."""
    values = {**list(sample_values(EVENTS[name], language))[case], **changes}
    if values.get("client") is not None:
        values["client"] = replace(values["client"], country=COUNTRIES[language])
    given = {word: value for word, value in values.items() if value is not None}
    return shipped().render_text(name, languages=(language,), **given)


def an_invoice(**changes: Any) -> Invoice:
    """The sample invoice with other values."""
    return replace(SAMPLE_INVOICE, **changes)


def amount(text: str) -> Money:
    """An amount in the currency of the samples."""
    return Money(Decimal(text), SAMPLE_INVOICE.amount.currency)


def test_every_event_has_a_template() -> None:
    """There are words for all that this version can tell."""
    assert set(EVENT_TYPES) - {"notification.failed"} == set(EVENTS.values())


def test_every_shipped_file_is_in_the_table() -> None:
    """No template and no language goes without its text being read here."""
    files = (shipped_templates() / "sms").glob("*.txt.j2")
    names = [file.name.removesuffix(".txt.j2").split(".") for file in files]

    assert set(CASES) == {(parts[0], parts[1] if parts[1:] else "en") for parts in names}


@pytest.mark.parametrize(("name", "language"), CASES)
def test_the_text_is_as_it_should_be(name: str, language: str) -> None:
    """The words are these, and they cost one segment of the plain alphabet."""
    text = render(name, language)

    assert TEXTS[name][language] == text
    assert (Encoding.GSM7, 1) == (encoding_of(text), count_segments(text))


@pytest.mark.parametrize(("name", "language"), CASES)
def test_no_month_makes_a_text_dearer(name: str, language: str) -> None:
    """The name of a month such as août or März does not leave the plain alphabet."""
    for month in range(1, 13):
        due_on = SAMPLE_INVOICE.issued_on.replace(month=month)
        invoice = an_invoice(due_on=due_on)
        bill = replace(SAMPLE_BILL, due_on=due_on)

        text = render(name, language, invoice=invoice, bill=bill)

        assert Encoding.GSM7 is encoding_of(text)


@pytest.mark.parametrize(("name", "language"), CASES)
def test_every_case_of_every_event_renders(name: str, language: str) -> None:
    """Whatever a record may lack, the text has neither a gap nor more than two segments."""
    for case in range(len(list(sample_values(EVENTS[name], language)))):
        text = render(name, language, case)

        assert "  " not in text
        assert " ." not in text
        assert count_segments(text) <= 2


@pytest.mark.parametrize("language", COUNTRIES)
@pytest.mark.parametrize("name", ["reminder_before_due", "overdue_notice", "invoice_sent"])
def test_a_link_is_shown_where_there_is_one(name: str, language: str) -> None:
    """The link for paying stands in the text, whole and followed by a blank, or not at all."""
    with_link = render(name, language, invoice=an_invoice(share_link=LINK))

    assert f": {LINK} " in with_link
    assert "http" not in render(name, language)


@pytest.mark.parametrize("language", COUNTRIES)
@pytest.mark.parametrize("name", ["invoice_created", "invoice_changed", "invoice_sent"])
def test_an_invoice_without_due_date_has_none_in_its_text(name: str, language: str) -> None:
    """Where nothing is due on a day, no day is named."""
    assert "31" not in render(name, language, invoice=an_invoice(due_on=None))


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            (
                "Northwind Bookkeeping: we received your payment of $400.00 for invoice 0000042;"
                " $834.50 is still open. Thank you!"
            ),
        ),
        (
            "fr",
            (
                "Northwind Bookkeeping : nous avons bien encaissé votre paiement de 400,00 $CA pour"
                " la facture 0000042 ; il reste 834,50 $CA. Merci !"
            ),
        ),
        (
            "de",
            (
                "Northwind Bookkeeping: Ihre Zahlung von 400,00 CA$ zur Rechnung 0000042 ist"
                " eingegangen; offen sind noch 834,50 CA$. Vielen Dank!"
            ),
        ),
        (
            "es",
            (
                "Northwind Bookkeeping: hemos recibido su pago de 400,00 CAD para la factura"
                " 0000042; quedan 834,50 CAD por pagar. ¡Gracias!"
            ),
        ),
    ],
)
def test_a_part_payment_says_what_is_left(language: str, expected: str) -> None:
    """A client who paid a part hears what is still open."""
    assert expected == render("payment_received", language, 1)


def test_an_overpaid_invoice_is_paid_in_full() -> None:
    """Less than nothing is not said to be open."""
    text = render("payment_received", invoice=an_invoice(outstanding=amount("-5.00")))

    assert text.endswith("for invoice 0000042, which is now paid in full. Thank you!")


def test_a_payment_without_invoice_names_none() -> None:
    """Money that is kept as a credit is confirmed for itself."""
    text = render("payment_received", case=2)

    assert "Northwind Bookkeeping: we received your payment of $1,234.50. Thank you!" == text


@pytest.mark.parametrize(
    ("language", "part"),
    [
        ("en", "It is now for $1,234.50 ($834.50 open), due Oct 31, 2026."),
        ("fr", "Montant : 1 234,50 $CA (reste 834,50 $CA), à régler avant le 31/10/2026."),
        ("de", "Sie lautet jetzt auf 1.234,50 CA$ (834,50 CA$ offen), fällig am 31.10.2026."),
        ("es", "Ahora es de 1.234,50 CAD (quedan 834,50 CAD), con vencimiento el 31 oct 2026."),
    ],
)
def test_a_changed_invoice_that_is_paid_in_part(language: str, part: str) -> None:
    """Of a changed invoice both the amount and what is left of it are told."""
    invoice = an_invoice(outstanding=amount("834.50"))

    assert part in render("invoice_changed", language, invoice=invoice)


@pytest.mark.parametrize("language", COUNTRIES)
def test_a_changed_vendor_is_not_given_away(language: str) -> None:
    """What changed is named in the reader's words; no value of the vendor but the name is shown."""
    fields = (
        "account number",
        "address",
        "contact",
        "currency",
        "email",
        "name",
        "phone",
        "website",
    )
    vendor = replace(SAMPLE_VENDOR, account_number="4-8-15", currency="XYZ", country="Freedonia")

    text = render("vendor_changed", language, vendor=vendor, changed=fields)

    values = (vendor.email, vendor.phone, vendor.website, vendor.address, "4-8-15", "XYZ", "Ada")
    assert [] == [value for value in values if value in text]
    assert 7 == text.partition(")")[0].count(", ")
    if language != "en":
        assert "account number" not in text


@pytest.mark.parametrize("language", COUNTRIES)
def test_a_field_without_a_word_is_told_in_english(language: str) -> None:
    """A field that a template does not know by its name is named all the same."""
    assert "(tax id)" in render("vendor_changed", language, changed=("tax id",))


@pytest.mark.parametrize("name", ["vendor_changed", "bill_changed", "client_changed"])
def test_a_change_without_fields_has_no_brackets(name: str) -> None:
    """A text about a change that is used for something else has no empty list in it."""
    assert "(" not in render(name, changed=())


@pytest.mark.parametrize("name", ["bill_approval", "bill_changed"])
def test_a_bill_whose_vendor_is_gone_is_told_without(name: str) -> None:
    """Somebody has to approve a bill also where FreshBooks does not have its vendor any more."""
    text = render(name, vendor=None)

    assert "BN101" in text
    assert "from" not in text


def test_an_inactive_account_is_told_with_its_own_mend() -> None:
    """Connecting again does not help where FreshBooks calls the account inactive."""
    text = render("connection_lost", case=1)

    assert (
        "Duebell: FreshBooks calls the account SAMPLE inactive, so nothing is heard of it."
        " Please see to its subscription in FreshBooks."
    ) == text


def test_a_client_reads_the_shipped_text_in_their_language() -> None:
    """Without other word, the language of the client's record decides."""
    text = shipped().render_text(
        "payment_received",
        business=SAMPLE_BUSINESS,
        client=replace(SAMPLE_CLIENT, language="de-ch", country="Switzerland"),
        payment=SAMPLE_PAYMENT,
    )

    assert "Northwind Bookkeeping: Ihre Zahlung von CA$ 1’234.50 ist eingegangen. Vielen Dank!" == (
        text.replace("'", "’")
    )
