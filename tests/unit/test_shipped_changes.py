"""What shipped text messages say of changed details: which fields, and never what is in them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from duebell.domain.books import Record
from duebell.domain.changes import fields_of
from duebell.domain.rules import Channel
from duebell.wording.rendering import shipped_templates
from duebell.wording.sample_records import SAMPLE_BILL, SAMPLE_CLIENT, SAMPLE_VENDOR
from tests.unit.shipped_texts import COUNTRIES, EVENTS, STAFF, TRANSLATIONS, shipped, text_of

#: Whom a text may be for.
AUDIENCES = ("client", "client.contacts", "vendor", STAFF, "fixed")

#: Templates that name what has changed, and a record of which it has.
CHANGES: list[tuple[str, Record]] = [
    ("vendor_changed", SAMPLE_VENDOR),
    ("client_changed", SAMPLE_CLIENT),
    ("bill_changed", SAMPLE_BILL),
]


@pytest.mark.parametrize("language", COUNTRIES)
@pytest.mark.parametrize("audience", ["", *AUDIENCES])
def test_a_changed_vendor_is_not_given_away(language: str, audience: str) -> None:
    """What changed is named in the reader's words; no value of the vendor but the name is shown."""
    vendor = replace(SAMPLE_VENDOR, account_number="4-8-15", currency="XYZ", country="Freedonia")
    fields = tuple(fields_of(vendor, str))

    text = text_of("vendor_changed", language, audience, vendor=vendor, changed=fields)

    values = (vendor.email, vendor.phone, vendor.website, vendor.address, "4-8-15", "XYZ", "Ada")
    assert [] == [value for value in values if value in text]
    assert len(fields) - 1 == text.partition(")")[0].count(", ")


@pytest.mark.parametrize("name", EVENTS)
def test_no_template_knows_an_account_number(name: str) -> None:
    """The vendor's account number and address are no words of any shipped template."""
    for channel in Channel:
        assert not shipped().mentions(name, "account_number", channel)
        assert not shipped().mentions(name, "vendor.address", channel)


@pytest.mark.parametrize(
    ("language", "warning"),
    [
        ("en", "Before you pay, call them on a number you already had."),
        ("fr", "Avant de payer, appelez le numéro déjà connu."),
        ("de", "Vor dem Zahlen bitte unter der bisherigen Nummer nachfragen."),
        ("es", "Antes de pagar, llame al teléfono que ya conocemos."),
    ],
)
def test_who_pays_is_warned_of_changed_details(language: str, warning: str) -> None:
    """Changed details are a well-known fraud, so staff is told to ask back by phone."""
    assert text_of("vendor_changed", language, STAFF).endswith(warning)
    assert not text_of("vendor_changed", language, "client").endswith(warning)
    assert not text_of("vendor_changed", language, "vendor").endswith(warning)


@pytest.mark.parametrize(("name", "record"), CHANGES)
def test_every_field_has_a_word_in_every_language(name: str, record: Record) -> None:
    """Whatever changes is named in the reader's language."""
    for language in TRANSLATIONS:
        source = (shipped_templates() / "sms" / f"{name}.{language}.txt.j2").read_text()

        assert [] == [field for field in fields_of(record, str) if f'"{field}": "' not in source]


@pytest.mark.parametrize("language", COUNTRIES)
def test_a_field_without_a_word_is_told_in_english(language: str) -> None:
    """A field that a template does not know by its name is named all the same."""
    assert "(tax id)" in text_of("vendor_changed", language, changed=("tax id",))


@pytest.mark.parametrize("name", ["vendor_changed", "bill_changed", "client_changed"])
def test_a_change_without_fields_has_no_brackets(name: str) -> None:
    """A text about a change that is used for something else has no empty list in it."""
    for language in COUNTRIES:
        assert "(" not in text_of(name, language, changed=())
