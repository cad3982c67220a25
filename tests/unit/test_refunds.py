"""Money that went back: a payment below zero, in the words for payments."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from duebell.domain.books import Money
from duebell.wording.sample_records import SAMPLE_INVOICE, SAMPLE_PAYMENT
from tests.golden import page_words
from tests.unit.shipped_texts import COUNTRIES, STAFF, email_of, text_of

REFUND = replace(SAMPLE_PAYMENT, amount=Money(Decimal("-35.00"), "CAD"))
OPEN = replace(SAMPLE_INVOICE, outstanding=Money(Decimal("29.00"), "CAD"))
SETTLED = replace(SAMPLE_INVOICE, outstanding=Money(Decimal("0.00"), "CAD"))

#: What a refund is called, and words that thank for money or say that all of it is there.
CALLED = {"en": "refund", "fr": "rembours", "de": "erstatt", "es": "reembols"}
THANKS = {
    "en": ("thank", "received", "has paid", "in full"),
    "fr": ("merci", "encaiss", "votre paiement", "soldée"),
    "de": ("dank", "zahlung", "beglichen"),
    "es": ("gracias", "su pago", "ha pagado", "saldada"),
}


@pytest.mark.parametrize("invoice", [OPEN, SETTLED, None], ids=["open", "settled", "none"])
@pytest.mark.parametrize("audience", ["client", STAFF])
@pytest.mark.parametrize("language", COUNTRIES)
def test_a_refund_is_called_one(language: str, audience: str, invoice: object) -> None:
    """No part of a message about a refund has a minus, a thank-you, or calls the invoice paid."""
    text = text_of("payment_received", language, audience, payment=REFUND, invoice=invoice)
    email = email_of("payment_received", language, audience, payment=REFUND, invoice=invoice)

    page = page_words(email.html)
    for words in (text, email.subject, email.text, page):
        assert "-35" not in words
        assert CALLED[language] in words.casefold() or words is page
        assert [] == [word for word in THANKS[language] if word in words.casefold()]
    assert (invoice is OPEN) == ("29" in text.partition("0000042")[2])
    assert [True] * 3 == ["35" in words for words in (text, email.text, page)]


@pytest.mark.parametrize(
    ("language", "client", "staff"),
    [
        (
            "en",
            "we have refunded you $35.00 for invoice 0000042; $29.00 is open on it.",
            "Melmac Ceramics was refunded $35.00 for invoice 0000042; $29.00 is open on it.",
        ),
        (
            "fr",
            (
                "nous vous avons remboursé 35,00 $CA pour la facture 0000042 ;"
                " il reste 29,00 $CA à régler."
            ),
            (
                "remboursement de 35,00 $CA à Melmac Ceramics pour la facture 0000042 ;"
                " il reste 29,00 $CA à régler."
            ),
        ),
        (
            "de",
            "wir haben Ihnen 35,00 CA$ zur Rechnung 0000042 erstattet; offen sind 29,00 CA$.",
            (
                "Erstattung von 35,00 CA$ an Melmac Ceramics zur Rechnung 0000042;"
                " offen sind 29,00 CA$."
            ),
        ),
        (
            "es",
            "le hemos reembolsado 35,00 CAD de la factura 0000042; quedan 29,00 CAD por pagar.",
            (
                "reembolso de 35,00 CAD a Melmac Ceramics de la factura 0000042;"
                " quedan 29,00 CAD por cobrar."
            ),
        ),
    ],
)
def test_a_refund_reads_well(language: str, client: str, staff: str) -> None:
    """The client and the staff are told how much went back, and what is open again."""
    changes = {"payment": REFUND, "invoice": OPEN}

    texts = [text_of("payment_received", language, one, **changes) for one in ("client", STAFF)]

    heads = [text.replace("\u00a0", " ").partition("Northwind Bookkeeping")[2] for text in texts]
    assert [client, staff] == [head.lstrip(" :") for head in heads]


def test_staff_is_told_of_a_refund_to_nobody_known() -> None:
    """Where the client is gone, the sentence is whole without it."""
    text = text_of("payment_received", "en", STAFF, payment=REFUND, invoice=None, client=None)

    assert text == "Northwind Bookkeeping: $35.00 was refunded."
