"""Who is behind each audience of the rulebook, and why nobody is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from duebell.domain.dossiers import Dossier, Notice
from duebell.domain.planning import Contact, NoContact
from duebell.domain.rules import ListMember, Rulebook
from duebell.people.audiences import contact_behind, contacts_of
from tests.unit.domain.scenes import (
    NOW,
    a_bill,
    a_client,
    a_dossier,
    a_payment,
    a_rule,
    a_vendor,
    an_expense,
    an_invoice,
)

DANA = ListMember("Dana", "+12125550102")
LEE = ListMember("Lee", email="lee@firm.example")
NAMELESS = ListMember("", "+12125550103")
FIXED = "+12125550104"
LISTS = {"approvers": (DANA, LEE, NAMELESS)}
INVOICE = a_dossier(an_invoice(language="de"), client=a_client(language="fr"))


def behind(audience: str, dossier: Dossier = INVOICE, **lists: tuple[ListMember, ...]) -> list[Any]:
    """Who is behind the one audience of a rulebook."""
    book = Rulebook((a_rule("invoice.create", audience),), lists or LISTS)
    contacts = contacts_of(dossier, book)
    assert [audience] == list(contacts)
    return list(contacts[audience])


def test_the_client_is_reached_by_phone_and_read_in_their_language() -> None:
    """The client's own language comes first, then that of the invoice."""
    assert [Contact("client:7", "Acme", "+12125550101", ("fr", "de"))] == behind("client")


def test_a_client_without_an_invoice_has_their_own_language_alone() -> None:
    """An overpayment belongs to a client and to no invoice."""
    dossier = a_dossier(a_payment(invoice_id=""), client=a_client(language="fr"))

    assert [Contact("client:7", "Acme", "+12125550101", ("fr", ""))] == behind("client", dossier)


def test_a_number_without_country_is_one_of_the_firms_country() -> None:
    """Where the record says nothing of a country, the business' own counts."""
    client = a_client(country="", mobile_phone="(212) 555-0101")

    (contact,) = behind("client", a_dossier(an_invoice(), client=client))

    assert contact.address == "+12125550101"


@pytest.mark.parametrize(
    ("dossier", "audience", "reason"),
    [
        (a_dossier(an_expense()), "client", "it belongs to no client"),
        (a_dossier(an_invoice()), "vendor", "it belongs to no vendor"),
        (
            a_dossier(an_invoice(), client=a_client(mobile_phone="")),
            "client",
            "the client has no phone number",
        ),
        (
            a_dossier(an_invoice(), client=a_client(mobile_phone="12")),
            "client",
            "the mobile phone is too short",
        ),
        (a_dossier(a_vendor(phone="")), "vendor", "the vendor's phone is missing"),
        (
            a_dossier(a_vendor(phone="212-555-0155 ext. 3")),
            "vendor",
            "the vendor's phone has an extension, which cannot receive texts",
        ),
    ],
)
def test_why_nobody_is_reached(dossier: Dossier, audience: str, reason: str) -> None:
    """There is a reason in words for everybody who cannot be told, and never a number in it."""
    assert [NoContact(reason)] == behind(audience, dossier)


def test_the_vendor_is_reached_by_the_phone_of_the_record() -> None:
    """A vendor is told of a bill and of changes of their own record."""
    expected = [Contact("vendor:1563", "Ridgeway Office Supply", "+12125550155", ("fr",))]

    assert expected == behind("vendor", a_dossier(a_vendor()))
    assert expected == behind("vendor", a_dossier(a_bill(), vendor=a_vendor()))


def test_everybody_of_a_list_is_reached_or_explained() -> None:
    """Who has no number for texts is told by their place in the list, and the others are texted."""
    assert [
        Contact("list:approvers:Dana", "Dana", "+12125550102"),
        NoContact("person 2 in list:approvers has no number for texts"),
        Contact("list:approvers:+12125550103", "", "+12125550103"),
    ] == behind("list:approvers")


def test_a_list_without_people_is_explained() -> None:
    """A rule that tells nobody leaves a reason and not silence."""
    assert [NoContact("nobody is in list:approvers")] == behind("list:approvers", approvers=())


def test_a_fixed_number_needs_no_record() -> None:
    """News of Duebell itself reaches a number though nothing stands behind it."""
    dossier = Dossier(NOW, notice=Notice("connection.lost", "", "freshbooks", "3"))

    assert [Contact(f"fixed:{FIXED}", "", FIXED)] == behind(FIXED, dossier)


def test_all_audiences_of_the_rulebook_are_looked_up_once() -> None:
    """Each audience has an entry, however many rules name it."""
    rules = tuple(
        a_rule(event, audience)
        for event in ("invoice.create", "invoice.update")
        for audience in ("client", "list:approvers", FIXED)
    )

    contacts = contacts_of(INVOICE, Rulebook(rules, LISTS))

    assert {"client", "list:approvers", FIXED} == set(contacts)


# -- found again in the moment before sending


def test_a_person_is_found_again_at_a_corrected_number() -> None:
    """The key stays, and the address is the one of now."""
    corrected = Rulebook((), {"approvers": (replace(DANA, sms="+12125550199"), LEE)})
    moved = a_dossier(an_invoice(), client=a_client(mobile_phone="+12125550198"))

    dana = contact_behind("list:approvers", "list:approvers:Dana", INVOICE, corrected)
    client = contact_behind("client", "client:7", moved, corrected)

    assert isinstance(dana, Contact)
    assert isinstance(client, Contact)
    assert ("+12125550199", "+12125550198") == (dana.address, client.address)


@pytest.mark.parametrize(
    ("audience", "key", "dossier", "reason"),
    [
        ("list:staff", "list:staff:Dana", INVOICE, "nobody is in list:staff"),
        (
            "list:approvers",
            "list:approvers:Kim",
            INVOICE,
            "who was to be told is not behind `list:approvers` any more",
        ),
        (
            "client",
            "client:7",
            a_dossier(an_invoice(), client=a_client(mobile_phone="")),
            "the client has no phone number",
        ),
        ("client", "client:8", INVOICE, "who was to be told is not behind `client` any more"),
    ],
)
def test_a_person_who_is_gone(audience: str, key: str, dossier: Dossier, reason: str) -> None:
    """Who left a list, or has no number any more, is not written to at the old one."""
    found = contact_behind(audience, key, dossier, Rulebook((), LISTS))

    assert NoContact(reason) == found
