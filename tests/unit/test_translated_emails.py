"""The shipped emails in four languages: complete, translated, and fit for whoever reads them."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from duebell.domain.books import Record
from duebell.domain.changes import fields_of
from duebell.domain.rules import Channel
from duebell.wording.emails import Email
from duebell.wording.rendering import shipped_templates
from duebell.wording.sample_records import (
    SAMPLE_BILL,
    SAMPLE_CLIENT,
    SAMPLE_INVOICE,
    SAMPLE_VENDOR,
)
from tests.golden import page_words
from tests.unit.shipped_texts import (
    CASES,
    COUNTRIES,
    EVENTS,
    STAFF,
    TRANSLATIONS,
    email_of,
    english_in,
    shipped,
    values_of,
)

LINK = "https://pay.example/987654"

#: The longest subject about usual names and amounts; phones show about half of it.
USUAL_SUBJECT = 90

TRANSLATED = [case for case in CASES if case[1] in TRANSLATIONS]
GAPS = ("  ", " .", " ,", "()", "None", "{{", "{%")


@cache
def all_emails(name: str, language: str) -> list[tuple[dict[str, Any], Email]]:
    """Every made-up case of a template for all audiences, with its email."""
    cases = list(values_of(name, language))
    return [(values, shipped().render_email(name, **values)) for values in cases]


def numbers_in(text: str) -> set[str]:
    """The amounts, days and numbers of a text."""
    return set(re.findall(r"\d[\d.,:-]*\d|\d", re.sub(r"https?://\S+", " ", text)))


def test_every_email_is_there_in_every_language() -> None:
    """No reader of a shipped language gets an email in another one, nor one that lacks a part."""
    directory = shipped_templates() / "email"
    files = {str(file.relative_to(directory)) for file in directory.glob("*/*")}

    expected = set()
    for name, language in CASES:
        suffix = f".{language}" if language != "en" else ""
        for stem, kind in (("subject", "txt"), ("body", "txt"), ("body", "html")):
            expected.add(f"{name}/{stem}{suffix}.{kind}.j2")
    assert expected == files
    assert set(EVENTS) == shipped().template_names(Channel.EMAIL)


@pytest.mark.parametrize(("name", "language"), CASES)
def test_no_part_has_a_gap(name: str, language: str) -> None:
    """Whatever a record may lack and whoever reads it, nothing is missing between the words."""
    for _, email in all_emails(name, language):
        parts = (email.subject, email.text, page_words(email.html))

        assert [] == [(gap, part) for gap in GAPS for part in parts if gap in part]
        assert len(email.subject) <= USUAL_SUBJECT


@pytest.mark.parametrize(("name", "language"), CASES)
def test_the_text_and_the_page_tell_the_same_numbers(name: str, language: str) -> None:
    """Who reads the text alone misses no amount, day or number of the page, and no link."""
    for _, email in all_emails(name, language):
        page = page_words(email.html)

        assert numbers_in(page) == numbers_in(email.text)
        assert set(re.findall(r"https?://[^>\s]+", page)) == set(
            re.findall(r"https?://\S+", email.text)
        )


@pytest.mark.parametrize(("name", "language"), TRANSLATED)
def test_a_translated_text_says_what_the_page_says(name: str, language: str) -> None:
    """Each line of the text stands on the page, but for the one that leads to the link."""
    for _, email in all_emails(name, language):
        page = re.sub(r"\W+", " ", page_words(email.html))
        lines = [re.sub(r"\W+", " ", line).strip() for line in email.text.splitlines()]

        lost = [line for line in lines if line not in page and "http" not in line]

        assert len(lost) <= email.text.count("http"), lost


@pytest.mark.parametrize(("name", "language"), TRANSLATED)
def test_a_translation_has_no_english_in_it(name: str, language: str) -> None:
    """Every word of a translated email is translated: in its subject, its text and its page."""
    for values, email in all_emails(name, language):
        for part in (email.subject, email.text, page_words(email.html)):
            assert frozenset() == english_in(part, values)


@pytest.mark.parametrize("language", COUNTRIES)
@pytest.mark.parametrize(
    "name", ["invoice_created", "reminder_before_due", "overdue_notice", "overdue_final"]
)
def test_the_link_for_paying_is_the_clients_alone(name: str, language: str) -> None:
    """Staff who hears of a client's invoice is not asked to pay it."""
    invoice = replace(SAMPLE_INVOICE, share_link=LINK)

    theirs = email_of(name, language, "client", invoice=invoice)
    ours = email_of(name, language, STAFF, invoice=invoice)

    assert f'href="{LINK}"' in theirs.html
    assert LINK in theirs.text
    assert "http" not in page_words(ours.html) + ours.text
    assert SAMPLE_CLIENT.name in ours.text


@pytest.mark.parametrize("language", COUNTRIES)
@pytest.mark.parametrize("audience", ["", "client", "vendor", STAFF, "fixed"])
def test_a_changed_vendor_is_not_given_away(language: str, audience: str) -> None:
    """No part of the email shows any value of the vendor but the name."""
    vendor = replace(SAMPLE_VENDOR, account_number="4-8-15", currency="XYZ", country="Freedonia")

    email = email_of("vendor_changed", language, audience, vendor=vendor, recipient="Dana")

    values = (vendor.email, vendor.phone, vendor.website, vendor.address, "4-8-15", "XYZ", "Ada ")
    for part in (email.subject, email.text, email.html):
        assert [] == [value for value in values if value in part]


@pytest.mark.parametrize(
    ("language", "warning"),
    [
        ("en", "on a number that you already had"),
        ("fr", "à un numéro que vous aviez déjà"),
        ("de", "unter einer Nummer an, die Sie schon vorher hatten"),
        ("es", "a un número que usted ya tenía"),
    ],
)
def test_who_pays_is_warned_of_changed_details(language: str, warning: str) -> None:
    """Staff is told to ask back by phone; the vendor is not."""
    email = email_of("vendor_changed", language, STAFF)

    assert warning in email.text
    assert warning in page_words(email.html)
    assert warning not in email_of("vendor_changed", language, "vendor").text


@pytest.mark.parametrize("language", TRANSLATIONS)
@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("vendor_changed", SAMPLE_VENDOR),
        ("client_changed", SAMPLE_CLIENT),
        ("bill_changed", SAMPLE_BILL),
        ("invoice_changed", SAMPLE_INVOICE),
    ],
)
def test_every_field_has_a_word(name: str, record: Record, language: str) -> None:
    """Whatever changes is named in the reader's language, in the text as on the page."""
    directory = shipped_templates() / "email" / name

    for kind in ("txt", "html"):
        source = (directory / f"body.{language}.{kind}.j2").read_text()
        assert [] == [field for field in fields_of(record, str) if f'"{field}": "' not in source]


@pytest.mark.parametrize("language", COUNTRIES)
def test_a_part_payment_says_what_is_left(language: str) -> None:
    """A client who paid a part hears what is still open, and one who paid all does not."""
    full, part = list(values_of("payment_received", language, "client"))[:2]

    assert "834" in shipped().render_email("payment_received", **part).text
    assert "834" not in shipped().render_email("payment_received", **full).text
