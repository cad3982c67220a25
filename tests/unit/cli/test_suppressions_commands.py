"""``duebell suppressions``: adding, lifting and listing addresses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlmodel import Session, select

from duebell.ledger.people_tables import SuppressionRow
from duebell.ledger.tables import AuditRow
from tests.unit.cli.rows import a_business, a_notification, an_attempt, an_occurrence, store
from tests.unit.cli.running import Run

NUMBER = "+12125550101"


def a_suppression() -> SuppressionRow:
    """A number that answered STOP."""
    return SuppressionRow(
        channel="sms",
        address=NUMBER,
        source="stop",
        reason="the person answered STOP",
        since=datetime(2026, 3, 2, 15, 0, tzinfo=UTC),
        created_by="recipient",
    )


def test_an_address_is_added_once(run: Run, ledger: Session) -> None:
    """However the number is written it is one; a second time changes nothing and says so."""
    first = run("suppressions", "add", "sms", "+1 (212) 555-0101", "--reason", "asked on the phone")
    second = run("suppressions", "add", "sms", NUMBER)

    assert (0, f"{NUMBER} is not used any more.\n") == (first.code, first.out)
    assert (0, True) == (second.code, "already" in second.out)
    (row,) = ledger.exec(select(SuppressionRow))
    assert (NUMBER, "hand", "asked on the phone") == (row.address, row.source, row.reason)
    (audit,) = ledger.exec(select(AuditRow))
    assert (True, "in force") == (audit.actor.startswith("cli:"), audit.to_status)
    assert ("asked on the phone", {"source": "hand"}) == (audit.reason, audit.detail)


def test_the_list_is_masked(run: Run, ledger: Session) -> None:
    """The list says who, why and since when, and shows nobody's address."""
    ledger.add(a_suppression())
    ledger.commit()
    run("suppressions", "add", "email", "Ann@Firm.example")

    table = run("suppressions", "list")
    newest, oldest = run("suppressions", "list", "--json").json

    assert ("a•••••@firm.example", "hand") == (newest["address"], newest["source"])
    assert ("+1•••••0101", "stop", "2026-03-02T15:00:00+00:00", "recipient") == tuple(
        oldest[name] for name in ("address", "source", "since", "by")
    )
    assert "the person answered STOP" in table.out
    assert NUMBER not in table.out


@pytest.mark.parametrize("typed", ["(212) 555-0101", "212.555.0101", "1 212 555 0101"])
def test_numbers_are_those_of_the_country(run: Run, ledger: Session, typed: str) -> None:
    """Without ``+`` a number is one of the business' country; the whole of it is shown."""
    store(ledger, a_business())

    added = run("suppressions", "add", "sms", typed)
    lifted = run("suppressions", "lift", "sms", typed)

    assert (0, f"{NUMBER} is not used any more.\n") == (added.code, added.out)
    assert (0, f"{NUMBER} is used again.\n") == (lifted.code, lifted.out)


def test_two_countries_are_none(run: Run, ledger: Session) -> None:
    """Where businesses are in two countries, a number without ``+`` may be of either."""
    store(ledger, a_business("one"), a_business("two", country="Canada"))

    told = run("suppressions", "add", "sms", "212 555 0101")

    assert (2, "") == (told.code, told.out)
    assert "without its country code: write it with + and its country code, like" in told.err


def test_what_is_suppressed_already_says_why(run: Run, ledger: Session) -> None:
    """A second word for one address changes nothing, and the first is given with its time."""
    bounced = SuppressionRow(
        channel="email",
        address="ann@firm.example",
        source="bounce",
        reason="the mailbox is full",
        since=datetime(2026, 3, 2, 15, 0, tzinfo=UTC),
        created_by="provider",
    )
    store(ledger, a_business(), bounced)

    told = run("suppressions", "add", "email", "Ann@firm.example")

    since = "since 2026-03-02 10:00 EST (the mailbox is full)"
    expected = f"ann@firm.example is suppressed already {since}; nothing was changed.\n"
    assert (0, expected) == (told.code, told.out)


def test_the_list_says_whose_an_address_is(run: Run, ledger: Session) -> None:
    """Who was written to at an address stands beside it: clients, their people, vendors, staff."""
    email = {"channel": "email", "recipient": "Ann@Firm.example", "client_id": "20001"}
    vendor = {"contact_key": "vendor:77", "contact_name": "Ridgeway", "client_id": None}
    staff = {"contact_key": "list:approvers:Dana", "audience": "list:approvers"}
    store(
        ledger,
        *map(an_occurrence, range(5)),
        a_notification(0, contact_key="client:20001", contact_name="Elm St"),
        a_notification(contact_key="client:20001", contact_name="Elm Street"),
        a_notification(2, contact_key="contact:8", contact_name="Ann", **email),
        a_notification(3, recipient="+12125550103", **vendor),
        a_notification(4, recipient="+12125550103", contact_name="Dana", **staff),
        *map(an_attempt, range(2)),
        a_suppression(),
    )
    for channel, address in (("email", "ann@firm.example"), ("sms", "+12125550103")):
        run("suppressions", "add", channel, address)
    run("suppressions", "add", "sms", "+12125550109")

    table = run("suppressions", "list").out
    unknown, shared, _, text = run("suppressions", "list", "--json").json

    assert "client Elm Street (20001)" in table
    assert "Ann of client Elm Street (20001)" in table
    assert "Dana (list:approvers); vendor Ridgeway (77)" in table
    assert [] == unknown["people"]
    assert ["staff", "vendor"] == [one["kind"] for one in shared["people"]]
    assert [{"kind": "client", "id": "20001", "name": "Elm Street"}] == text["people"]


def test_one_address_can_be_asked_for(run: Run, ledger: Session) -> None:
    """The list of one address is that address, in whatever form, or says that it is not there."""
    store(ledger, a_business(), a_suppression())

    table = run("suppressions", "list", "(212) 555-0101")
    nobody = run("suppressions", "list", "Bob@firm.example")
    nothing = run("suppressions", "list", "bob")

    assert "2026-03-02 10:00 EST" in table.out
    assert (0, "bob@firm.example is not suppressed.\n") == (nobody.code, nobody.out)
    assert 2 == nothing.code


def test_an_empty_list_says_so(run: Run, ledger: Session) -> None:
    """Without suppressions people read a sentence and programs an empty array."""
    told, data = run("suppressions", "list"), run("suppressions", "list", "--json")

    assert told.out.startswith("No address is suppressed.")
    assert (0, []) == (data.code, data.json)


def test_lifting_a_stop_warns(run: Run, ledger: Session) -> None:
    """Who lifts a person's STOP reads that Twilio goes on refusing; for others there is no need."""
    ledger.add(a_suppression())
    ledger.commit()
    run("suppressions", "add", "email", "ann@firm.example")

    lifted = run("suppressions", "lift", "sms", "+1-212-555-0101")
    own = run("suppressions", "lift", "email", "ANN@firm.example")

    assert (0, f"{NUMBER} is used again.") == (lifted.code, lifted.out.splitlines()[0])
    assert "answers START" in lifted.out
    assert (0, "ann@firm.example is used again.\n") == (own.code, own.out)
    assert [] == run("suppressions", "list", "--json").json


def test_what_is_not_suppressed_cannot_be_lifted(run: Run, ledger: Session) -> None:
    """The command fails and says so."""
    told = run("suppressions", "lift", "sms", NUMBER)

    assert (1, "", f"{NUMBER} is not suppressed.\n") == (told.code, told.out, told.err)


@pytest.mark.parametrize("verb", ["add", "lift"])
@pytest.mark.parametrize(
    ("channel", "address"), [("sms", "2125550101"), ("email", "nobody"), ("fax", NUMBER)]
)
def test_what_is_no_address_is_refused(
    run: Run, ledger: Session, verb: str, channel: str, address: str
) -> None:
    """An address that could never match anybody is wrong use."""
    told = run("suppressions", verb, channel, address)

    assert (2, "") == (told.code, told.out)
