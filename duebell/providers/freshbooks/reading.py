"""Reads single values out of FreshBooks' records: text, ids, money, days and times.

What a record must have is refused with its name where it is missing; everything else becomes empty
where it is missing or not what FreshBooks documents. Pure: no clock, no IO.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from duebell.domain.books import Line, Money
from duebell.domain.clocks import FRESHBOOKS_ZONE
from duebell.domain.failures import RequestRefused

Payload = Mapping[str, Any]

#: What no database stores: NUL, and halves of characters, which JSON may carry.
_UNSTORABLE = {0: None, **dict.fromkeys(range(0xD800, 0xE000))}

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGITS = re.compile(r"[0-9]{1,18}")

#: The longest amount that is believed. FreshBooks writes up to 26 decimals.
_LONGEST_AMOUNT, _MOST_DIGITS = 64, 30


def lacking(what: str, key: str) -> RequestRefused:
    """The failure for a record that has no use without this field."""
    return RequestRefused(f"FreshBooks' {what} has no readable '{key}'.")


def record_in(payload: Payload, key: str) -> Payload:
    """The record, whether it came alone or in its two envelopes.

    Raises:
        RequestRefused: where the answer holds no such record.
    """
    if "response" not in payload:
        return payload
    record = result_in(payload).get(key)
    if not isinstance(record, Mapping):
        raise lacking("answer", key)
    return record


def result_in(payload: Payload) -> Payload:
    """What the envelopes of an accounting answer hold.

    Raises:
        RequestRefused: where there is nothing of the kind.
    """
    response = payload.get("response")
    result = response.get("result") if isinstance(response, Mapping) else None
    if not isinstance(result, Mapping):
        raise lacking("answer", "result")
    return result


def text(record: Payload, key: str) -> str:
    """A text or number as text, as it can be stored; empty for everything else."""
    value = record.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    try:
        return str(value).translate(_UNSTORABLE)
    except ValueError:  # Python refuses to write numbers of thousands of digits
        return ""


def first_text(record: Payload, *keys: str) -> str:
    """The first of these fields that is not empty."""
    return next(filter(None, (text(record, key) for key in keys)), "")


def one_line(values: Iterable[str]) -> str:
    """Join what is not blank by commas, on one line."""
    return ", ".join(filter(None, (" ".join(value.split()) for value in values)))


def identifier(record: Payload, what: str, *keys: str) -> str:
    """An id, which FreshBooks writes as a number or as text, under the first name that has one.

    Raises:
        RequestRefused: where none has; it names the first.
    """
    for key in keys:
        value = record.get(key)
        if isinstance(value, str | int) and (found := text(record, key).strip()):
            return found
    raise lacking(what, keys[0])


def optional_identifier(record: Payload, *keys: str) -> str:
    """An id that may be absent, which FreshBooks writes as null or as 0."""
    try:
        found = identifier(record, "record", *keys)
    except RequestRefused:
        return ""
    return "" if found == "0" else found


def flag(record: Payload, key: str) -> bool:
    """Whether a field says yes."""
    return record.get(key) is True or text(record, key).lower() in ("1", "true")


def count(record: Payload, what: str, key: str) -> int:
    """A number of things, which FreshBooks writes as a number or as text.

    Raises:
        RequestRefused: where it is not one.
    """
    written = text(record, key)
    if _DIGITS.fullmatch(written) is None:
        raise lacking(what, key)
    return int(written)


def is_active(record: Payload) -> bool:
    """Active is 0; 1 is deleted, 2 archived."""
    return text(record, "vis_state") in ("", "0")


def mappings(record: Payload, key: str) -> Iterator[Payload]:
    """The objects of a list; nothing where there is no list."""
    values = record.get(key)
    for value in values if isinstance(values, list) else ():
        if isinstance(value, Mapping):
            yield value


def lines(record: Payload, read: Callable[[Payload], Line]) -> tuple[Line, ...]:
    """All lines or none: a list that leaves one out would be wrong and look right."""
    values = record.get("lines")
    if not isinstance(values, list) or not all(isinstance(one, Mapping) for one in values):
        return ()
    try:
        return tuple(read(one) for one in values)
    except RequestRefused:
        return ()


def money(record: Payload, what: str, *keys: str) -> Money:
    """An exact amount with its currency, from the first of these fields that is there.

    Raises:
        RequestRefused: where none is, or the one that is cannot be read.
    """
    key = next((key for key in keys if record.get(key) is not None), keys[0])
    value = record.get(key)
    if not isinstance(value, Mapping):
        raise lacking(what, key)
    amount = _amount(value.get("amount"))
    if amount is None:
        raise lacking(what, key)
    return Money(amount, text(value, "code") or identifier(record, what, "currency_code"))


def optional_money(record: Payload, key: str) -> Money | None:
    """An amount that may be absent."""
    try:
        return money(record, "record", key)
    except RequestRefused:
        return None


def day(record: Payload, what: str, key: str) -> date:
    """A calendar day of the business, also from a timestamp of which only the day counts.

    Raises:
        RequestRefused: where there is none.
    """
    written = text(record, key)[:10]
    try:
        # fromisoformat alone would take weeks and days without dashes, too.
        if _DAY.fullmatch(written):
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise lacking(what, key)


def optional_day(record: Payload, what: str, key: str) -> date | None:
    """A calendar day that may be absent; one that is there has to be readable."""
    return day(record, what, key) if record.get(key) else None


def eastern_time(written: str) -> datetime | None:
    """Read one of FreshBooks' timestamps as aware UTC; None where there is none.

    Those without a zone are US/Eastern. The hour that comes twice in November is read as its first
    occurrence, always. Those with a zone mean what they say.
    """
    return _time(written, FRESHBOOKS_ZONE)


def utc_time(written: str) -> datetime | None:
    """Read one of those timestamps without a zone that are UTC; None where there is none.

    These are a client's ``signup_date`` and what bills and vendors call ``..._at``.
    """
    return _time(written, UTC)


def _time(written: str, zone: tzinfo) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone, fold=0)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter at both ends of the calendar
        return None


def _amount(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        # Also for decimals: their digits count, and not only their size.
        if len(str(value)) > _LONGEST_AMOUNT:
            return None
        exact = Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    # 1E+999999 is a number, but writing it out takes the memory of the machine.
    return exact if exact.is_finite() and abs(exact.adjusted()) <= _MOST_DIGITS else None
