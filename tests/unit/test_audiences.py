"""Who is behind each audience of the rulebook, and why nobody is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from duebell.domain.books import ClientContact
from duebell.domain.circumstances import NoContact, Person
from duebell.domain.dossiers import Dossier, Notice
from duebell.domain.rules import (
    BusinessTerms,
    Channel,
    ListMember,
    Override,
    Rule,
    Rulebook,
)
from duebell.people.audiences import people_behind, people_behind_one
from tests.unit.domain.scenes import (
    BUSINESS,
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

DANA = ListMember("Dana", "+12125550102", language="fr")
LEE = ListMember("Lee", email="Lee@firm.example")
NAMELESS = ListMember("", "+12125550103")
FIXED, FIXED_EMAIL = "+12125550104", "bookkeeping@firm.example"
NEW_YORK = ("America/New_York",)
KATE = ClientContact("1", "Kate", "Tanner", "kate@acme.example", "(212) 555-0105")
WILLIE = ClientContact("2", "Willie", "Tanner", "", "")
INVOICE = a_dossier(an_invoice(language="de"), client=a_client(language="fr"))


def behind(audience: str, dossier: Dossier = INVOICE, **book: Any) -> list[Any]:
    """Who is behind an audience, under a rulebook with these parts."""
    return list(people_behind_one(audience, dossier, Rulebook((), **book)))


def members(*people: ListMember) -> dict[str, Any]:
    """The list of approvers."""
    return {"lists": {"approvers": people}}


def of_client(**changes: Any) -> Dossier:
    """An invoice of a client who differs so."""
    return a_dossier(an_invoice(), client=a_client(**changes))


def test_the_client_is_reached_on_both_channels_in_their_language() -> None:
    """The client's own language comes first, then that of the invoice."""
    expected = Person(
        "client:7",
        "Acme",
        "+12125550101",
        "gordon@acme.example",
        languages=("fr", "de"),
        zones=NEW_YORK,
    )

    assert [expected] == behind("client")


def test_a_client_without_an_invoice_has_their_own_language_alone() -> None:
    """An overpayment belongs to a client and to no invoice."""
    dossier = a_dossier(a_payment(invoice_id=""), client=a_client(language="fr"))

    (client,) = behind("client", dossier)

    assert ("fr",) == client.languages


@pytest.mark.parametrize(
    ("of_record", "of_rulebook", "of_business", "expected"),
    [
        ("Germany", "US", "France", "+4915123456789"),
        ("", "DE", "France", "+4915123456789"),
        ("", "", "Deutschland", "+4915123456789"),
    ],
)
def test_whose_country_a_number_has(
    of_record: str, of_rulebook: str, of_business: str, expected: str
) -> None:
    """The record's country counts, then the rulebook's, then the business' own."""
    client = a_client(country=of_record, mobile_phone="0151 23456789")
    business = replace(BUSINESS, country=of_business)
    dossier = a_dossier(an_invoice(), client=client, business=business)

    (found,) = behind("client", dossier, business=BusinessTerms(country=of_rulebook))

    assert expected == found.sms


@pytest.mark.parametrize(
    ("dossier", "audience", "no_sms", "no_email"),
    [
        (
            of_client(mobile_phone="", email=" "),
            "client",
            "the client has no phone number",
            "the client has no email address",
        ),
        (
            of_client(mobile_phone="12", email="gordon"),
            "client",
            "the mobile phone is too short",
            "the email of the client is not an email address",
        ),
        (
            a_dossier(a_vendor(phone="", email="")),
            "vendor",
            "the vendor's phone is missing",
            "the vendor has no email address",
        ),
        (
            a_dossier(a_vendor(phone="212-555-0155 ext. 3", email="ada@ridgeway")),
            "vendor",
            "the vendor's phone has an extension, which cannot receive texts",
            "the email of the vendor has an incomplete domain",
        ),
        (
            of_client(contacts=(KATE, WILLIE)),
            "client.contacts",
            "contact 2 of the client has no phone number",
            "contact 2 of the client has no email address",
        ),
        (
            of_client(
                country="Germany",
                contacts=(ClientContact("3", "A", "B", "a b@c.example", "030 123456", "1"),),
            ),
            "client.contacts",
            (
                "the phone of contact 1 of the client is a landline;"
                " the other phone of contact 1 of the client is not a phone number"
            ),
            "the email of contact 1 of the client is not an email address",
        ),
    ],
)
def test_why_somebody_is_not_reached(
    dossier: Dossier, audience: str, no_sms: str, no_email: str
) -> None:
    """There is a reason in words for each channel, and never an address or a name in it."""
    person = behind(audience, dossier)[-1]

    assert ("", "") == (person.sms, person.email)
    assert NoContact(no_sms) == person.on(Channel.SMS)
    assert NoContact(no_email) == person.on(Channel.EMAIL)
    assert () == person.zones


@pytest.mark.parametrize(
    ("dossier", "audience", "reason"),
    [
        (a_dossier(an_expense()), "client", "it belongs to no client"),
        (a_dossier(an_expense()), "client.contacts", "it belongs to no client"),
        (a_dossier(an_invoice(), is_partial=True), "client", "its client is gone"),
        (a_dossier(an_invoice(), is_partial=True), "client.contacts", "its client is gone"),
        (a_dossier(an_invoice()), "vendor", "it belongs to no vendor"),
        (a_dossier(a_bill(), is_partial=True), "vendor", "its vendor is gone"),
        (INVOICE, "client.contacts", "the client has no further contacts"),
        (INVOICE, "list:approvers", "nobody is in list:approvers"),
    ],
)
def test_why_there_is_nobody(dossier: Dossier, audience: str, reason: str) -> None:
    """An audience without anybody in it leaves a reason and not silence."""
    assert [NoContact(reason)] == behind(audience, dossier)


def test_the_vendor_is_reached_by_the_phone_and_email_of_the_record() -> None:
    """A vendor is told of a bill and of changes of their own record."""
    expected = Person(
        "vendor:1563",
        "Ridgeway Office Supply",
        "+12125550155",
        "ada@ridgeway.example",
        languages=("fr",),
        zones=NEW_YORK,
    )

    assert [expected] == behind("vendor", a_dossier(a_vendor()))
    assert [expected] == behind("vendor", a_dossier(a_bill(), vendor=a_vendor()))


# -- the further people at a client


def test_the_contacts_of_a_client() -> None:
    """Each contact is somebody, with a number of the client's country and the client's language."""
    dossier = of_client(language="fr", contacts=(KATE,))

    assert [
        Person(
            "contact:1",
            "Kate Tanner",
            "+12125550105",
            "kate@acme.example",
            languages=("fr", "en"),
            zones=NEW_YORK,
        )
    ] == behind("client.contacts", dossier)


def test_a_contacts_other_phone_stands_in_for_a_landline() -> None:
    """Where the first phone receives no texts the second one is taken."""
    berlin = ClientContact("3", "A", "B", "", "030 123456", "0151 23456789")

    (found,) = behind("client.contacts", of_client(country="Germany", contacts=(berlin,)))

    assert "+4915123456789" == found.sms


def test_the_contacts_of_an_invoice_join_those_of_the_client() -> None:
    """Who is in both lists hears once, at the address that the client's record has."""
    stale = ClientContact("1", "Kate", "Tanner", "old@acme.example", "")
    invoice = an_invoice(contacts=(stale, WILLIE))
    dossier = a_dossier(invoice, client=a_client(contacts=(KATE,)))

    found = behind("client.contacts", dossier)

    assert [("contact:1", "kate@acme.example"), ("contact:2", "")] == [
        (one.key, one.email) for one in found
    ]


def test_contacts_at_one_switchboard_are_people_of_their_own() -> None:
    """A shared number, or a missing id, makes nobody disappear."""
    contacts = tuple(
        ClientContact("", name, "Tanner", "", "(212) 555-0105") for name in ("Kate", "Willie")
    )

    found = behind("client.contacts", of_client(contacts=contacts))

    assert [("contact:7.1", "+12125550105"), ("contact:7.2", "+12125550105")] == [
        (one.key, one.sms) for one in found
    ]


# -- what the rulebook corrects


@pytest.mark.parametrize("key", ["7", "a1/7"])
def test_the_rulebook_corrects_a_client(key: str) -> None:
    """Number, email and language of an override count instead of the record's."""
    correction = Override(sms="+14165550144", email="ap@acme.example", language="es")

    (found,) = behind("client", clients={key: correction})

    assert ("+14165550144", "ap@acme.example") == (found.sms, found.email)
    assert (("es", "fr", "de"), ("America/Toronto",)) == (found.languages, found.zones)


def test_the_rulebook_corrects_a_vendor() -> None:
    """A vendor without a usable phone is reached at the number of the rulebook."""
    correction = Override(sms="+14165550144", email="ap@ridgeway.example", language="de")
    dossier = a_dossier(a_vendor(phone="none", email=""))

    (found,) = behind("vendor", dossier, vendors={"1563": correction})

    assert ("+14165550144", "ap@ridgeway.example", ("de", "fr")) == (
        found.sms,
        found.email,
        found.languages,
    )


def test_a_correction_of_the_client_is_not_one_of_the_contacts() -> None:
    """The contacts keep their own addresses, and read the language of the rulebook first."""
    correction = Override(sms="+14165550144", email="ap@acme.example", language="es")

    (found,) = behind("client.contacts", of_client(contacts=(KATE,)), clients={"7": correction})

    assert ("+12125550105", "kate@acme.example", ("es", "en")) == (
        found.sms,
        found.email,
        found.languages,
    )


# -- staff


def test_everybody_of_a_list_is_reached_or_explained() -> None:
    """Who has no address for a channel is spoken of by their place in the list."""
    dana, lee, nameless = behind("list:approvers", **members(DANA, LEE, NAMELESS))

    assert ("list:approvers:Dana", "+12125550102", ("fr",)) == (dana.key, dana.sms, dana.languages)
    assert NoContact("person 1 in list:approvers has no email address") == dana.on(Channel.EMAIL)
    assert NoContact("person 2 in list:approvers has no number for texts") == lee.on(Channel.SMS)
    assert ("list:approvers:Lee", "lee@firm.example") == (lee.key, lee.email)
    assert ("list:approvers:+12125550103", "") == (nameless.key, nameless.name)
    assert dana.is_staff
    assert lee.is_staff


def test_two_of_one_name_are_two_people() -> None:
    """People of a list who have the same name, or the same number, have keys of their own."""
    other = ListMember("Dana", "+12125550102")

    found = behind("list:approvers", **members(DANA, other, other))

    assert 3 == len({person.key for person in found})


@pytest.mark.parametrize(
    ("audience", "sms", "email", "reason"),
    [
        (FIXED, FIXED, "", "a fixed number has no email address"),
        (FIXED_EMAIL, "", FIXED_EMAIL, "a fixed email address has no number for texts"),
    ],
)
def test_a_fixed_address_needs_no_record(audience: str, sms: str, email: str, reason: str) -> None:
    """News of Duebell itself reaches a fixed address though nothing stands behind it."""
    dossier = Dossier(NOW, notice=Notice("connection.lost", "", "freshbooks", "3"))

    (found,) = behind(audience, dossier)

    assert (f"fixed:{audience}", sms, email, True) == (
        found.key,
        found.sms,
        found.email,
        found.is_staff,
    )
    missing = Channel.EMAIL if sms else Channel.SMS
    assert NoContact(reason) == found.on(missing)


def test_a_fixed_address_that_is_none() -> None:
    """A fixed address that nobody can write to is explained and not shown."""
    (found,) = behind("dana@localhost")

    assert NoContact("the fixed address has a domain that receives no mail") == found.on(
        Channel.EMAIL
    )


# -- zones


def test_the_business_zone_is_the_likeliest() -> None:
    """Of the zones of an Australian mobile the business' own comes first."""
    dossier = of_client(mobile_phone="+61412345678")

    (found,) = behind("client", dossier, business=BusinessTerms(time_zone="Australia/Sydney"))

    assert "Australia/Sydney" == found.zones[0]
    assert "Australia/Perth" in found.zones


# -- all at once


def test_all_audiences_of_the_rulebook_are_looked_up_once() -> None:
    """Each audience has an entry, whether a rule or an override names it."""
    rules: tuple[Rule, ...] = tuple(
        a_rule(event, audience)
        for event in ("invoice.create", "invoice.update")
        for audience in ("client", "list:approvers", FIXED)
    )
    book = Rulebook(rules, clients={"9": Override(also=("list:staff",))})

    people = people_behind(INVOICE, book)

    assert {"client", "list:approvers", FIXED, "list:staff"} == set(people)


def test_only_the_audiences_asked_for_are_looked_up() -> None:
    """Whoever needs one audience alone pays for that one."""
    people = people_behind(INVOICE, Rulebook((a_rule("invoice.create"),)), ["vendor"])

    assert {"vendor": [NoContact("it belongs to no vendor")]} == people
