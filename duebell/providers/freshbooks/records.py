"""FreshBooks' records as our values: exact money, aware times, ids as text.

Unknown keys are tolerated everywhere, because FreshBooks adds them without notice. Pure: no clock,
no IO.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from duebell.domain.books import Business, Client, Invoice, Money
from duebell.domain.connections import Callback, TokenPair
from duebell.domain.failures import RequestRefused

#: Accounting timestamps carry no zone and mean this one (https://www.freshbooks.com/api/times).
EASTERN = ZoneInfo("America/New_York")

#: What FreshBooks answers as a token's lifetime; used where an answer forgets to say.
USUAL_LIFETIME_SECONDS = 43_200

_DRAFT, _DISPUTED, _PAID = 1, 0, frozenset({4, 5})
_PAID_WORDS = frozenset({"paid", "autopaid", "auto-paid"})

Payload = Mapping[str, Any]


def invoice_from(payload: Payload, account_id: str) -> Invoice:
    """Read an invoice from an answer or from the bare record.

    Raises:
        RequestRefused: names the field that is missing or cannot be read.
    """
    record = _record(payload, "invoice")
    status = _text(record, "status")
    v3_status = _text(record, "v3_status")
    if not status and not v3_status:
        raise _lacking("invoice", "status")
    words = {v3_status, _text(record, "payment_status")}
    number = int(status) if status.isdigit() else None
    return Invoice(
        account_id=account_id,
        id=_id(record, "invoice", "id", "invoiceid"),
        number=_text(record, "invoice_number"),
        client_id=_id(record, "invoice", "customerid"),
        status=v3_status,
        is_active=_is_active(record),
        is_draft=number == _DRAFT or v3_status == "draft",
        is_paid=number in _PAID or not words.isdisjoint(_PAID_WORDS),
        is_disputed=number == _DISPUTED or v3_status == "disputed",
        amount=_money(record, "invoice", "amount"),
        outstanding=_money(record, "invoice", "outstanding"),
        issued_on=_day(record, "invoice", "create_date"),
        due_on=_day(record, "invoice", "due_date") if record.get("due_date") else None,
        language=_text(record, "language") or "en",
        updated_at=eastern_time(_text(record, "updated")),
        organization=_text(record, "current_organization") or _text(record, "organization"),
    )


def client_from(payload: Payload, account_id: str) -> Client:
    """Read a client from an answer or from the bare record.

    Raises:
        RequestRefused: names the field that is missing.
    """
    record = _record(payload, "client")
    return Client(
        account_id=account_id,
        id=_id(record, "client", "id", "userid"),
        first_name=_text(record, "fname"),
        last_name=_text(record, "lname"),
        organization=_text(record, "organization"),
        email=_text(record, "email"),
        mobile_phone=_text(record, "mob_phone"),
        business_phone=_text(record, "bus_phone"),
        home_phone=_text(record, "home_phone"),
        country=_text(record, "p_country"),
        language=_text(record, "language") or "en",
        currency=_text(record, "currency_code"),
        is_active=_is_active(record),
    )


def businesses_from(payload: Payload) -> list[Business]:
    """Read the firms this login may act for from ``users/me``; once per account.

    Memberships without an account, and those as somebody's client, are none of ours. A business
    that does not tell its time zone is taken to live in FreshBooks' own.
    """
    response = payload.get("response", payload)
    memberships = response.get("business_memberships") if isinstance(response, Mapping) else None
    found: dict[str, Business] = {}
    for membership in memberships or ():
        business = membership.get("business") or {}
        account_id = _text(business, "account_id")
        if account_id and _text(membership, "role") != "client":
            found.setdefault(account_id, _business(business, account_id))
    return list(found.values())


def callback_from(payload: Payload) -> Callback:
    """Read a webhook subscription from an answer or from the bare record.

    Raises:
        RequestRefused: names the field that is missing.
    """
    record = _record(payload, "callback")
    return Callback(
        id=_id(record, "callback", "callbackid", "id"),
        event=_id(record, "callback", "event"),
        uri=_id(record, "callback", "uri"),
        is_verified=record.get("verified") is True,
    )


def callbacks_from(payload: Payload) -> tuple[list[Callback], int]:
    """Read one page of webhook subscriptions, and how many pages there are."""
    result = _result(payload)
    records = result.get("callbacks")
    if not isinstance(records, list):
        raise _lacking("answer", "callbacks")
    pages = _text(result, "pages")
    return [callback_from(record) for record in records], int(pages) if pages.isdigit() else 1


def token_pair_from(payload: Payload, now: datetime) -> TokenPair:
    """Read the token endpoint's answer.

    FreshBooks can answer a refresh with the first token's ``created_at``, so the expiry counts from
    there; ``now`` (aware UTC) only stands in where the answer does not tell.

    Raises:
        RequestRefused: where one of the two tokens is missing.
    """
    created = payload.get("created_at")
    since = now
    if isinstance(created, int) and 0 < created < 2**33:
        since = datetime.fromtimestamp(created, UTC)
    lifetime = payload.get("expires_in")
    seconds = lifetime if isinstance(lifetime, int) else USUAL_LIFETIME_SECONDS
    return TokenPair(
        access=_id(payload, "token answer", "access_token"),
        refresh=_id(payload, "token answer", "refresh_token"),
        expires_at=since + timedelta(seconds=seconds),
    )


def eastern_time(written: str) -> datetime | None:
    """Read one of FreshBooks' timestamps as aware UTC; None where there is none.

    Those without a zone are US/Eastern. The hour that comes twice in November is read as its first
    occurrence, always. Those with a zone mean what they say.
    """
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=EASTERN, fold=0)
    return moment.astimezone(UTC)


def _business(record: Payload, account_id: str) -> Business:
    address = record.get("address")
    return Business(
        account_id=account_id,
        id=_text(record, "id"),
        name=_text(record, "name"),
        time_zone=_text(record, "timezone") or EASTERN.key,
        country=_text(address, "country") if isinstance(address, Mapping) else "",
    )


def _record(payload: Payload, key: str) -> Payload:
    """The record, whether it came alone or in its two envelopes."""
    if "response" not in payload:
        return payload
    record = _result(payload).get(key)
    if not isinstance(record, Mapping):
        raise _lacking("answer", key)
    return record


def _result(payload: Payload) -> Payload:
    response = payload.get("response")
    result = response.get("result") if isinstance(response, Mapping) else None
    if not isinstance(result, Mapping):
        raise _lacking("answer", "result")
    return result


#: What no database stores: NUL, and halves of characters, which JSON may carry.
_UNSTORABLE = {0: None, **dict.fromkeys(range(0xD800, 0xE000))}


def _text(record: Payload, key: str) -> str:
    value = record.get(key)
    return "" if value is None else str(value).translate(_UNSTORABLE)


def _id(record: Payload, what: str, *keys: str) -> str:
    for key in keys:
        if value := _text(record, key):
            return value
    raise _lacking(what, keys[0])


def _is_active(record: Payload) -> bool:
    """Active is 0; 1 is deleted, 2 archived."""
    return _text(record, "vis_state") in ("", "0")


def _money(record: Payload, what: str, key: str) -> Money:
    value = record.get(key)
    amount = value.get("amount") if isinstance(value, Mapping) else None
    if not isinstance(amount, str | int | Decimal) or isinstance(amount, bool):
        raise _lacking(what, key)
    code = _text(value, "code") if isinstance(value, Mapping) else ""
    try:
        exact = Decimal(amount)
    except InvalidOperation:
        raise _lacking(what, key) from None
    if not exact.is_finite():
        raise _lacking(what, key)
    return Money(exact, code or _id(record, what, "currency_code"))


def _day(record: Payload, what: str, key: str) -> date:
    try:
        return date.fromisoformat(_text(record, key)[:10])
    except ValueError:
        raise _lacking(what, key) from None


def _lacking(what: str, key: str) -> RequestRefused:
    return RequestRefused(f"FreshBooks' {what} has no readable '{key}'.")
