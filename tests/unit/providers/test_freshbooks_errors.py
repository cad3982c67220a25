"""Every shape in which FreshBooks says no."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from duebell.domain import failures
from duebell.providers.freshbooks.wire import failure_from, is_failure, oauth_error, read_json
from tests.unit.providers.samples import body_of, sample

CASES: list[dict[str, Any]] = sample("freshbooks/errors.json")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_every_shape_becomes_what_the_caller_may_do(case: dict[str, Any]) -> None:
    """Each recorded error answer is told from a success and raised as its own kind."""
    status, body = case["status"], body_of(case["body"])
    payload = read_json(body)

    failure = failure_from(status, httpx.Headers(case["headers"]), body)

    assert case["raises"] == type(failure).__name__
    assert payload is None or is_failure(status, payload)
    assert str(status) in str(failure)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7.0), ("3600", 30.0), ("", None), ("-1", None), ("soon", None), (None, None)],
)
def test_the_pause_is_capped(said: str | None, seconds: float | None) -> None:
    """A pause is taken from the header, in seconds, and never longer than half a minute."""
    headers = httpx.Headers({"retry-after": said} if said is not None else {})

    failure = failure_from(429, headers, b"{}")

    assert isinstance(failure, failures.Throttled)
    assert seconds == failure.retry_after


def test_the_text_names_the_field_and_no_address() -> None:
    """What FreshBooks says is kept for the operator, except addresses, numbers and URLs."""
    error = {
        "errno": 1004,
        "field": "email",
        "message": "dana@firm.example, +1 212 555 0101 and https://x.example/t0ken are wrong",
    }
    body = body_of({"response": {"errors": [error]}})

    text = str(failure_from(422, {}, body))

    assert text == "FreshBooks answered 422: errno 1004, email, … … and … are wrong."


def test_events_details_are_told() -> None:
    """The sentences of the events family say which field is wrong."""
    case = next(case for case in CASES if case["case"] == "events, invalid")

    text = str(failure_from(422, {}, body_of(case["body"])))

    assert "event: Value error, Unrecognized event." in text


def test_success_is_no_failure() -> None:
    """A result, and an object without any envelope (the token answer), are successes."""
    assert not is_failure(200, {"response": {"result": {"invoice": {}}}})
    assert not is_failure(200, {"access_token": "a"})
    assert not is_failure(200, [])


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b'{"error":"invalid_grant","error_description":"spent"}', "invalid_grant"),
        (b'{"error":7}', ""),
        (b"[]", ""),
        (b"<html>", ""),
    ],
)
def test_oauth_error(body: bytes, word: str) -> None:
    """The word of an OAuth error is read, and nothing else is taken for one."""
    assert word == oauth_error(body)
