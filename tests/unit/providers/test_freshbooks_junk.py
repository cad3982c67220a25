"""Whatever JSON comes where a record should be, it is read or refused, and nothing else happens."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from duebell.domain.books import Kind, Money
from duebell.domain.failures import ProviderError, RequestRefused
from duebell.providers.freshbooks import wire
from tests.unit.providers.samples import sample

RECORDS = {
    Kind.INVOICE: sample("freshbooks/invoice.json")["response"]["result"]["invoice"],
    Kind.PAYMENT: sample("freshbooks/payment.json")["response"]["result"]["payment"],
    Kind.CLIENT: sample("freshbooks/client.json")["response"]["result"]["client"],
    Kind.BILL: sample("freshbooks/bill.json")["response"]["result"]["bill"],
    Kind.VENDOR: sample("freshbooks/bill_vendor.json")["response"]["result"]["bill_vendor"],
    Kind.EXPENSE: sample("freshbooks/expenses.json")["response"]["result"]["expenses"][0],
}
SCALARS: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 7, 10**400, Decimal("1E+999999"), Decimal("NaN"), Decimal("-0")),
    *("", " ", "0", "²", "١٢", "nan", "Infinity", "1_000", "9" * 400, "\x00", "\ud83d", "\u2028"),
    *("2021-02-29", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "0001-01-01T00:00:00+14:00"),
    *("2021-W05-1", "retry", "paid", "https://[", "a\r\nb"),
)
ROUNDS = 400


def junk(dice: random.Random, depth: int = 0) -> Any:
    """Any JSON value, most often an odd one."""
    kind = dice.randrange(8 if depth < 3 else 6)
    if kind == 6:
        return [junk(dice, depth + 1) for _ in range(dice.randrange(3))]
    if kind == 7:
        keys = ("amount", "code", "category", "response", "result", "id", "contactid", "email")
        return {dice.choice(keys): junk(dice, depth + 1) for _ in range(dice.randrange(4))}
    return dice.choice(SCALARS)


def spoilt(dice: random.Random, value: Any, odds: float) -> Any:
    """The value with junk in some of its places, at any depth, and some of its keys gone."""
    if dice.random() < odds:
        return junk(dice)
    if isinstance(value, dict):
        kept = [(key, one) for key, one in value.items() if dice.random() >= odds / 2]
        return {key: spoilt(dice, one, odds) for key, one in kept}
    if isinstance(value, list):
        return [spoilt(dice, one, odds) for one in value]
    return value


def spoilt_some(dice: random.Random, record: dict[str, Any]) -> dict[str, Any]:
    """A few of the record's fields, spoilt."""
    keys = dice.sample(sorted(record), dice.randrange(1, 6))
    return {key: spoilt(dice, record[key], 0.5) for key in keys}


def read(parse: Callable[..., Any], *arguments: Any) -> Any:
    """What parsing gives, or None where it refuses in the one way that callers expect."""
    try:
        return parse(*arguments)
    except RequestRefused:
        return None


def values_in(record: Any) -> Iterator[Any]:
    """All the plain values that a record holds."""
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        for one in value if isinstance(value, tuple) else (value,):
            nested = dataclasses.is_dataclass(one) and not isinstance(one, Money)
            yield from values_in(one) if nested else (one,)


def is_sound(value: Any) -> bool:
    """Whether a value is what every record promises: storable text, finite money, UTC times."""
    if isinstance(value, str):
        return value.encode("utf-8").decode() == value and "\x00" not in value
    if isinstance(value, Money):
        return value.amount.is_finite() and len(f"{value.amount:f}") < 100 and value.currency != ""
    return not isinstance(value, datetime) or value.utcoffset() is not None


@pytest.mark.parametrize("kind", list(Kind))
def test_any_junk_is_read_or_refused(kind: Kind) -> None:
    """A spoilt record is refused by its kind of failure, or is as sound as any other."""
    dice = random.Random(f"junk in {kind}")
    records, unsound = 0, []

    for _ in range(ROUNDS):
        payload = {**RECORDS[kind], **spoilt_some(dice, RECORDS[kind])}
        record = read(wire.PLACES[kind].read, payload, "ACM123")
        if record is not None:
            records += 1
            unsound += [value for value in values_in(record) if not is_sound(value)]
            unsound += [] if record.id.strip() else [payload]

    assert [] == unsound
    assert 0 < records < ROUNDS


def test_any_junk_instead_of_an_answer() -> None:
    """Pages, links, callbacks, tokens and firms are read or refused, too."""
    dice = random.Random("junk in answers")
    now = datetime.fromisoformat("2026-03-01T12:00:00+00:00")
    answers = [sample(f"freshbooks/{name}.json") for name in ("expenses", "users_me", "token")]
    readers: list[Callable[[Any], Any]] = [
        lambda payload: wire.page_from(payload, "ACM123", Kind.EXPENSE),
        wire.share_link_from,
        wire.callback_from,
        wire.callbacks_from,
        wire.businesses_from,
        lambda payload: wire.token_pair_from(payload, now),
    ]
    refused = 0

    for _ in range(ROUNDS):
        payload = spoilt(dice, dice.choice(answers), 0.15)
        payload = payload if isinstance(payload, dict) else {"response": payload}
        for reader in readers:
            refused += read(reader, payload) is None

    assert 0 < refused < ROUNDS * len(readers)


def test_any_junk_as_a_failure() -> None:
    """Every answer that says no becomes a failure of some kind, whatever it says."""
    dice = random.Random("junk in failures")
    cases = [case for case in sample("freshbooks/errors.json") if isinstance(case["body"], dict)]

    for _ in range(ROUNDS):
        case = dice.choice(cases)
        body = json.dumps(spoilt(dice, case["body"], 0.2), default=str).encode()
        failure = wire.failure_from(case["status"], case["headers"], body, is_gated=True)
        assert isinstance(failure, ProviderError)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff",
        b"[" * 200_000,
        b'{"amount": 1e9999999999999999999}',
        b'{"id": ' + b"9" * 5000 + b"}",
    ],
)
def test_bodies_that_no_reader_survives(body: bytes) -> None:
    """A body that is out of all bounds is as good as none."""
    assert wire.read_json(body) is None
