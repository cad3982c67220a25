"""The person's other business: unknown until it is switched on, and apart from the first."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import result_of, subscribe
from tests.sandbox.subscriber import Subscriber

OTHER = credentials.SECOND_ACCOUNT_ID
BOOKS = f"/accounting/account/{OTHER}"
CALLBACKS = f"/events/account/{OTHER}/events/callbacks"
ME = "/auth/api/v1/users/me"


@pytest.fixture
def both(books: httpx.Client, control: SandboxControl) -> httpx.Client:
    """FreshBooks, for a person with two businesses."""
    control.change_settings(second_business=True)
    return books


def test_it_is_unknown_until_switched_on(books: httpx.Client, control: SandboxControl) -> None:
    """Neither records nor callbacks nor orders know the account."""
    found = [books.get(path).status_code for path in (f"{BOOKS}/users/clients", CALLBACKS)]

    assert [404, 404] == found
    with pytest.raises(httpx.HTTPStatusError) as refusal:
        control.fire(account=OTHER)
    assert OTHER in refusal.value.response.json()["error"]


def test_one_token_sees_both(both: httpx.Client) -> None:
    """The identity has both businesses, each with its account, its id and its zone."""
    memberships = both.get(ME).json()["response"]["business_memberships"]

    shown = [row["business"] for row in memberships if row["business"]["account_id"]]
    assert [credentials.ACCOUNT_ID, OTHER] == [one["account_id"] for one in shown]
    assert ["America/Chicago", "Pacific/Auckland"] == [one["timezone"] for one in shown]
    path = f"{BOOKS}/systems/systems/{credentials.SECOND_BUSINESS_ID}"
    assert "NZD" == result_of(both.get(path))["system"]["currency_code"]


def test_the_books_are_apart(both: httpx.Client, control: SandboxControl) -> None:
    """Ids are the same in both, what they mean is not."""
    (here,) = control.fire()
    (there,) = control.fire(account=OTHER)

    invoice = result_of(both.get(f"{BOOKS}/invoices/invoices/{there['id']}"))["invoice"]

    assert here["id"] == there["id"]
    assert ("KP-00001", "NZD") == (invoice["invoice_number"], invoice["currency_code"])
    assert ("Rimu Street Dairy", OTHER) == (invoice["organization"], invoice["accountid"])
    assert ["INV-00001"] == [row["number"] for row in control.invoices()]
    assert ["KP-00001"] == [row["number"] for row in control.invoices(OTHER)]


def test_its_days_are_its_own(both: httpx.Client, control: SandboxControl) -> None:
    """A new invoice has the date of Auckland, with times of New York."""
    before = datetime.now(ZoneInfo("Pacific/Auckland")).date()
    (record,) = control.fire(account=OTHER)

    invoice = result_of(both.get(f"{BOOKS}/invoices/invoices/{record['id']}"))["invoice"]

    after = datetime.now(ZoneInfo("Pacific/Auckland")).date()
    assert str(before) <= invoice["create_date"] <= str(after)
    created = datetime.fromisoformat(invoice["created_at"])
    eastern = datetime.now(ZoneInfo("America/New_York")).replace(tzinfo=None)
    assert abs((eastern - created).total_seconds()) < 30


def test_each_account_has_its_callbacks(
    both: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """A callback hears of its own account only, and is found in its own list only."""
    here, _ = subscribe(both, subscriber, "invoice.create")
    order = {"callback": {"event": "invoice.create", "uri": f"{subscriber.url}/other"}}
    there = result_of(both.post(CALLBACKS, json=order))["callback"]["callbackid"]
    handshake = subscriber.received.pop().form
    proof = {"callback": {"verifier": handshake["verifier"]}}
    both.put(f"{CALLBACKS}/{there}", json=proof).raise_for_status()

    control.fire(account=OTHER, wait=True)

    (delivery,) = subscriber.received
    told = (delivery.form["account_id"], delivery.form["business_id"])
    assert ("/other", (OTHER, str(credentials.SECOND_BUSINESS_ID))) == (delivery.path, told)
    assert OTHER == handshake["account_id"]
    assert [there] == [row["callbackid"] for row in result_of(both.get(CALLBACKS))["callbacks"]]
    assert 404 == both.get(f"{CALLBACKS}/{here}").status_code


def test_one_account_can_be_inactive(both: httpx.Client, control: SandboxControl) -> None:
    """A scenario can be for one account, and leaves the other alone."""
    control.set_scenario("account-inactive", match=OTHER)

    there = both.get(f"{BOOKS}/users/clients")
    here = both.get(f"/accounting/account/{credentials.ACCOUNT_ID}/users/clients")

    assert (403, 200) == (there.status_code, here.status_code)
    assert 1042 == there.json()["response"]["errors"][0]["errno"]


def test_changes_name_their_account(both: httpx.Client, control: SandboxControl) -> None:
    """The same id is changed in the books that are named."""
    (record,) = control.fire()
    control.fire(account=OTHER)

    control.change_record("invoices", record["id"], account=OTHER, number="X-1")

    rows = [control.invoices(account)[0]["number"] for account in (None, OTHER)]
    assert ["INV-00001", "X-1"] == rows
