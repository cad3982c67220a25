"""FreshBooks' records as our values."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from duebell.domain.books import Business, Client, Invoice, Money
from duebell.domain.connections import Callback, TokenPair
from duebell.domain.failures import RequestRefused
from duebell.providers.freshbooks import wire
from tests.unit.providers.samples import sample

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def an_invoice(**changes: Any) -> dict[str, Any]:
    """The sample's bare record with some fields changed; ``...`` takes one away."""
    record = {**sample("freshbooks/invoice.json")["response"]["result"]["invoice"], **changes}
    return {key: value for key, value in record.items() if value is not ...}


def test_invoice() -> None:
    """An invoice is read from its envelope, with exact money, ids as text and times in UTC."""
    invoice = wire.invoice_from(sample("freshbooks/invoice.json"), "ACM123")

    assert (
        Invoice(
            account_id="ACM123",
            id="987654",
            number="20240115",
            client_id="12345",
            status="partial",
            is_active=True,
            is_draft=False,
            is_paid=False,
            is_disputed=False,
            amount=Money(Decimal("41.94"), "CAD"),
            outstanding=Money(Decimal("21.94"), "CAD"),
            issued_on=date(2021, 4, 16),
            due_on=date(2021, 5, 16),
            language="en",
            updated_at=datetime(2021, 4, 16, 14, 31, 58, tzinfo=UTC),
            organization="American Cyanamid",
        )
        == invoice
    )


@pytest.mark.parametrize(
    ("changes", "draft", "paid", "disputed"),
    [
        ({"status": 1, "v3_status": "draft"}, True, False, False),
        ({"status": "1", "v3_status": ...}, True, False, False),
        ({"status": ..., "v3_status": "draft"}, True, False, False),
        ({"status": 4, "v3_status": "paid"}, False, True, False),
        ({"status": 5, "v3_status": "autopaid"}, False, True, False),
        ({"status": 2, "v3_status": "sent", "payment_status": "paid"}, False, True, False),
        ({"status": 2, "v3_status": "sent", "payment_status": "auto-paid"}, False, True, False),
        ({"status": 0, "v3_status": "disputed"}, False, False, True),
        ({"status": 2, "v3_status": "disputed"}, False, False, True),
        ({"status": 0, "v3_status": "sent"}, False, False, True),
        ({"status": 3, "v3_status": "overdue", "payment_status": "unpaid"}, False, False, False),
        ({"status": 8, "v3_status": "partial"}, False, False, False),
    ],
)
def test_what_an_invoice_is(
    changes: dict[str, Any], draft: bool, paid: bool, disputed: bool
) -> None:
    """Any of the status fields is enough to call an invoice a draft, paid or disputed."""
    invoice = wire.invoice_from(an_invoice(**changes), "ACM123")

    assert (draft, paid, disputed) == (invoice.is_draft, invoice.is_paid, invoice.is_disputed)


@pytest.mark.parametrize(("vis_state", "active"), [(0, True), ("0", True), (1, False), (2, False)])
def test_deleted_and_archived_are_not_active(vis_state: object, active: bool) -> None:
    """Only vis_state 0 is active."""
    assert active is wire.invoice_from(an_invoice(vis_state=vis_state), "ACM123").is_active


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", None),
        ("customerid", ...),
        ("status", ...),
        ("amount", ...),
        ("amount", {"amount": None, "code": "CAD"}),
        ("amount", {"amount": "NaN", "code": "CAD"}),
        ("amount", {"amount": "1,00", "code": "CAD"}),
        ("amount", {"amount": True, "code": "CAD"}),
        ("outstanding", "21.94"),
        ("create_date", None),
        ("due_date", "someday"),
    ],
)
def test_what_is_missing_is_named(field: str, value: object) -> None:
    """A record that lacks what we need is refused with the name of the field."""
    changes: dict[str, Any] = {field: value}
    if field == "id":
        changes["invoiceid"] = ...
    if field == "status":
        changes["v3_status"] = ...

    with pytest.raises(RequestRefused, match=f"'{field}'"):
        wire.invoice_from(an_invoice(**changes), "ACM123")


def test_missing_envelopes_are_named() -> None:
    """An answer without result or record is refused, too."""
    with pytest.raises(RequestRefused, match="'result'"):
        wire.invoice_from({"response": {}}, "ACM123")
    with pytest.raises(RequestRefused, match="'invoice'"):
        wire.invoice_from({"response": {"result": {}}}, "ACM123")


def test_money_stays_exact() -> None:
    """An amount written as a JSON number with many digits is not rounded on its way."""
    body = b'{"amount": {"amount": 7.60133524082021936099189318}, "currency_code": "CAD"}'
    record = an_invoice(**wire.read_json(body))

    money = wire.invoice_from(record, "ACM123").amount

    assert Money(Decimal("7.60133524082021936099189318"), "CAD") == money


def test_an_invoice_may_have_no_due_date() -> None:
    """Without a due date there is none; nothing is made up."""
    assert wire.invoice_from(an_invoice(due_date=None), "ACM123").due_on is None


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2021-01-16 10:31:58", datetime(2021, 1, 16, 15, 31, 58, tzinfo=UTC)),
        ("2021-04-16 10:31:58.480684", datetime(2021, 4, 16, 14, 31, 58, 480684, tzinfo=UTC)),
        ("2021-11-07 01:30:00", datetime(2021, 11, 7, 5, 30, tzinfo=UTC)),
        ("2021-11-07 02:30:00", datetime(2021, 11, 7, 7, 30, tzinfo=UTC)),
        ("2021-03-14 02:30:00", datetime(2021, 3, 14, 7, 30, tzinfo=UTC)),
        ("2017-08-23T11:45:09Z", datetime(2017, 8, 23, 11, 45, 9, tzinfo=UTC)),
        ("", None),
        ("yesterday", None),
    ],
)
def test_times_without_a_zone_are_eastern(written: str, moment: datetime | None) -> None:
    """FreshBooks' times become UTC, the hour that comes twice always as its first occurrence."""
    assert moment == wire.eastern_time(written)


def test_client() -> None:
    """A client is read with its phones as typed; what is null becomes empty."""
    client = wire.client_from(sample("freshbooks/client.json"), "ACM123")

    assert (
        Client(
            account_id="ACM123",
            id="12345",
            first_name="Gordon",
            last_name="Shumway",
            organization="American Cyanamid",
            email="gordon@cyanamid.example",
            mobile_phone="212-555-0101",
            business_phone="",
            home_phone="",
            country="Canada",
            language="en",
            currency="CAD",
            is_active=True,
        )
        == client
    )


def test_businesses() -> None:
    """Our firms are the memberships with an account where we are not the client; each once."""
    businesses = wire.businesses_from(sample("freshbooks/users_me.json"))

    assert [
        Business("ABC123", "439000", "Commonwealth Books", "America/Toronto", "Canada"),
        Business("ABC124", "439001", "Second Set of Books", "America/New_York", "Canada"),
    ] == businesses


@pytest.mark.parametrize("key", ["callbackid", "id"])
def test_callback(key: str) -> None:
    """A callback is read under both names of its id."""
    record = {key: 2001, "verified": True, "uri": "https://a.example/h", "event": "invoice.create"}

    callback = wire.callback_from({"response": {"result": {"callback": record}}})

    assert Callback("2001", "invoice.create", "https://a.example/h", True) == callback


@pytest.mark.parametrize("verified", [False, None, "false", ...])
def test_only_a_plain_true_is_verified(verified: object) -> None:
    """A callback counts as verified only where FreshBooks says exactly so."""
    record = {"callbackid": 1, "uri": "https://a.example", "event": "invoice", "verified": verified}

    assert not wire.callback_from(record).is_verified


def test_an_empty_list_of_callbacks_has_no_pages() -> None:
    """FreshBooks counts zero pages for an empty list."""
    payload = {"response": {"result": {"callbacks": [], "page": 1, "pages": 0, "total": 0}}}

    assert wire.callbacks_from(payload) == ([], 0)


def test_token_pair_counts_from_its_creation() -> None:
    """The expiry counts from created_at, whatever the time is here."""
    pair = wire.token_pair_from(sample("freshbooks/token.json"), NOW)

    assert TokenPair("access-2", "refresh-2", datetime(2025, 8, 24, 13, 46, 40, tzinfo=UTC)) == pair
    assert "access-2" not in repr(pair)


def test_token_pair_without_times_lives_as_usual() -> None:
    """An answer that forgets its times is still a pair; losing it would cost the connection."""
    pair = wire.token_pair_from({"access_token": "a", "refresh_token": "r"}, NOW)

    assert datetime(2026, 3, 2, 0, tzinfo=UTC) == pair.expires_at


@pytest.mark.parametrize("missing", ["access_token", "refresh_token"])
def test_half_a_pair_is_refused(missing: str) -> None:
    """Without one of its two tokens an answer is no pair."""
    payload = json.loads(json.dumps(sample("freshbooks/token.json")))
    del payload[missing]

    with pytest.raises(RequestRefused, match=missing):
        wire.token_pair_from(payload, NOW)


def test_an_answer_without_callbacks_is_refused() -> None:
    """A page without its list is not an empty one: what is missing would be subscribed twice."""
    with pytest.raises(RequestRefused, match="'callbacks'"):
        wire.callbacks_from({"response": {"result": {"pages": 1}}})


def test_what_no_database_stores_is_left_out() -> None:
    """Half a character or a NUL in a name costs that character and not the record."""
    payload = copy.deepcopy(sample("freshbooks/client.json"))
    payload["response"]["result"]["client"]["organization"] = "Caf\u00e9 \ud83d\x00Noir"

    client = wire.client_from(payload, "ACM123")

    assert "Caf\u00e9 Noir" == client.organization
