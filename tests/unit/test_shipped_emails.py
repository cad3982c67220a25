"""The shipped emails, with good and with bad records, in every language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from duebell.domain.rules import Channel
from duebell.wording.emails import MAX_SUBJECT, Email
from duebell.wording.sample_records import SAMPLE_BUSINESS, sample_values
from tests.golden import Shipped, every_template, page_words, renderer
from tests.unit.shipped_texts import EVENTS

EMAILS = [one for one in every_template() if one.channel is Channel.EMAIL]
TEXTS = [one for one in every_template() if one.channel is Channel.SMS]

#: Names that records have had: each broke something somewhere once.
BAD_NAMES = (
    "🎉 Party 👩‍👩‍👧 & Söhne",
    "شركة أكمي \u202eevil\u202c",
    "{{ 7 * 7 }}{% raw %}{# x #}",
    "<img src=x onerror=alert(1)>\"'",
    "Acme\r\nBcc: evil@firm.example\x00\x1b[31m\u2028x",
    "n" * 5000,
    "\ud83d",
    "",
)


@cache
def emails_of(one: Shipped) -> list[Email]:
    """The email about every case of its event."""
    return [
        renderer().render_email(one.name, **{**values, "languages": (one.language,)})
        for values in sample_values(EVENTS[one.name], one.language)
    ]


def renamed(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The same case, in which everybody has this name."""
    fields = {
        "client": ("organization", "first_name", "last_name", "address", "email"),
        "vendor": ("name", "address"),
        "business": ("name",),
        "invoice": ("number", "share_link", "organization"),
        "bill": ("number", "category"),
        "payment": ("note", "type"),
        "expense": ("vendor", "notes"),
        "failed": ("client", "invoice_number", "recipient"),
    }
    changed = {
        record: replace(values[record], **dict.fromkeys(names, name))
        for record, names in fields.items()
        if values.get(record) is not None
    }
    return {**values, **changed, "recipient": name}


@pytest.mark.parametrize("one", EMAILS, ids=str)
def test_an_email_is_whole(one: Shipped) -> None:
    """Every email has a subject, the same news in both parts, and who writes and why."""
    for email in emails_of(one):
        assert 0 < len(email.subject) <= MAX_SUBJECT
        assert f'<html lang="{one.language}" dir="ltr">' in email.html
        foot = email.text.splitlines()[-2:]
        assert foot == page_words(email.html).splitlines()[-2:]
        assert foot[0] in (SAMPLE_BUSINESS.name, "Duebell")
        # French has a blank before a colon and a semicolon.
        signs = ".," if one.language == "fr" else ".,;:"
        assert not re.search(rf"\n{{3,}}| [{signs}] |[([] |None|Undefined", email.text)


@pytest.mark.parametrize("one", EMAILS, ids=str)
def test_an_email_fetches_nothing(one: Shipped) -> None:
    """Nothing in an email is loaded from elsewhere, so nobody is tracked and nothing is blocked."""
    for email in emails_of(one):
        assert not re.search(r"<(img|link|script|iframe|object|svg)|url\(|@import|src=", email.html)
        links = set(re.findall(r'https?://[^"<\s]+', email.html))
        assert links <= {"https://pay.example/987654"}


@pytest.mark.parametrize("one", EMAILS, ids=str)
def test_an_email_looks_right_everywhere(one: Shipped) -> None:
    """The styles are in the elements; those for phones and the dark are there besides."""
    for email in emails_of(one):
        assert "prefers-color-scheme: dark" in email.html
        assert 'name="color-scheme" content="light dark"' in email.html
        assert 'class="body" style="' in email.html
        assert "max-width: 600px" in email.html
        # Gmail cuts an email off at 102 kB.
        assert len(email.html.encode()) < 50_000


@pytest.mark.parametrize("name", BAD_NAMES, ids=range(len(BAD_NAMES)))
def test_bad_records_make_good_emails(name: str) -> None:
    """Whatever stands in names, numbers and links, an email keeps its form in every language."""
    for one in EMAILS:
        values = next(iter(sample_values(EVENTS[one.name], one.language)))
        given = {**renamed(values, name), "languages": (one.language,)}

        email = renderer().render_email(one.name, **given)

        assert "\n" not in email.subject
        assert 0 < len(email.subject) <= MAX_SUBJECT
        assert "49" not in email.subject + email.text
        assert not re.search(r"<img|href=|[\x00\x1b\u2028\u202e]|n{201}", email.html)


@pytest.mark.parametrize("name", BAD_NAMES, ids=range(len(BAD_NAMES)))
def test_bad_records_make_good_texts(name: str) -> None:
    """Whatever stands in names, numbers and links, a text is one that can be sent."""
    for one in TEXTS:
        values = next(iter(sample_values(EVENTS[one.name], one.language)))
        given = {**renamed(values, name), "languages": (one.language,)}

        text = renderer().render_text(one.name, **given)

        assert not re.search("[\\x00\\x1b\\u2028\\u202e]|49|n{61}", text)


@pytest.mark.parametrize("one", [*EMAILS, *TEXTS], ids=str)
def test_a_client_without_address_is_told_all_the_same(one: Shipped) -> None:
    """No shipped template needs where a client lives, or how else to reach them."""
    values = next(iter(sample_values(EVENTS[one.name], one.language)))
    if values.get("client") is not None:
        bare = {"address": "", "email": "", "mobile_phone": "", "country": "", "language": ""}
        values = {**values, "client": replace(values["client"], **bare)}

    render = renderer().render_email if one.channel is Channel.EMAIL else renderer().render_text

    assert render(one.name, **{**values, "languages": (one.language,)})


@pytest.mark.parametrize("one", EMAILS, ids=str)
def test_a_changed_vendor_is_not_given_away(one: Shipped) -> None:
    """What changed is named and never shown: no detail of a vendor is in any email."""
    for values in sample_values(EVENTS[one.name], one.language):
        if values.get("vendor") is None:
            continue
        vendor = replace(values["vendor"], account_number="4-8-15", currency="XYZ")

        email = renderer().render_email(
            one.name, **{**values, "vendor": vendor, "languages": (one.language,)}
        )

        secrets = (vendor.email, vendor.phone, vendor.website, vendor.address, "4-8-15", "XYZ")
        shown = email.subject + email.text + email.html
        assert [] == [secret for secret in secrets if secret in shown]


@pytest.mark.parametrize("one", EMAILS, ids=str)
def test_people_outside_find_how_to_get_no_more_emails(one: Shipped) -> None:
    """Both parts end with the link, in the language of the email; staff have none."""
    values = {**next(iter(sample_values(EVENTS[one.name], one.language)))}
    url = "https://duebell.example/webhooks/email/unsubscribe?n=ntf_0123456789abcdef01234567"
    words = {
        "en": "No more of these emails",
        "fr": "Ne plus recevoir ces e-mails",
        "de": "Keine solchen E-Mails mehr",
        "es": "No recibir más estos correos",
    }[one.language]
    colon = " :" if one.language == "fr" else ":"

    outside, staff = (
        renderer().render_email(
            one.name, **{**values, "languages": (one.language,), "unsubscribe_url": link}
        )
        for link in (url, "")
    )

    assert f"{staff.text}\n{words}{colon} {url}" == outside.text
    assert f"<{url}> {words}" == page_words(outside.html).splitlines()[-1]
    assert "unsubscribe" not in staff.html
