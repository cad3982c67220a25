"""Who we are at FreshBooks, and the webhook subscriptions of an account."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from duebell.domain.books import Business
from duebell.domain.connections import Callback, TokenPair
from duebell.domain.failures import RequestRefused
from duebell.providers.freshbooks import wire
from tests.unit.providers.samples import sample

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_businesses() -> None:
    """Our firms are the memberships with an account where we are not the client; each once."""
    businesses = wire.businesses_from(sample("freshbooks/users_me.json"))

    assert [
        Business("ABC123", "439000", "Commonwealth Books", "America/Toronto", "Canada"),
        Business("ABC124", "439001", "Second Set of Books", "America/New_York", "Canada"),
    ] == businesses


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"response": []},
        {"response": {"business_memberships": 7}},
        {"response": {"business_memberships": [None, {"business": 7}, {"business": None}]}},
    ],
)
def test_a_login_without_firms(payload: dict[str, Any]) -> None:
    """A login that is nobody's has no firms; that is no failure."""
    assert [] == wire.businesses_from(payload)


def test_token_pair_counts_from_its_creation() -> None:
    """The expiry counts from created_at, whatever the time is here."""
    pair = wire.token_pair_from(sample("freshbooks/token.json"), NOW)

    expires_at = datetime(2025, 8, 24, 13, 46, 40, tzinfo=UTC)
    assert TokenPair("access-2", "refresh-2", expires_at, "user:profile:read") == pair
    assert "access-2" not in repr(pair)


def test_token_pair_without_times_lives_as_usual() -> None:
    """An answer that forgets its times is still a pair; losing it would cost the connection."""
    pair = wire.token_pair_from({"access_token": "a", "refresh_token": "r"}, NOW)

    assert datetime(2026, 3, 2, 0, tzinfo=UTC) == pair.expires_at


@pytest.mark.parametrize("said", [10**12, "soon", None, [7]])
def test_a_lifetime_that_is_nonsense(said: object) -> None:
    """A lifetime that cannot be does not cost the pair, which exists nowhere else."""
    payload = {"access_token": "a", "refresh_token": "r", "expires_in": said}

    pair = wire.token_pair_from(payload, NOW)

    assert datetime(2026, 3, 2, 0, tzinfo=UTC) == pair.expires_at


@pytest.mark.parametrize("missing", ["access_token", "refresh_token"])
def test_half_a_pair_is_refused(missing: str) -> None:
    """Without one of its two tokens an answer is no pair."""
    payload = json.loads(json.dumps(sample("freshbooks/token.json")))
    del payload[missing]

    with pytest.raises(RequestRefused, match=missing):
        wire.token_pair_from(payload, NOW)


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


def test_an_answer_without_callbacks_is_refused() -> None:
    """A page without its list is not an empty one: what is missing would be subscribed twice."""
    with pytest.raises(RequestRefused, match="'callbacks'"):
        wire.callbacks_from({"response": {"result": {"pages": 1}}})


@pytest.mark.parametrize("row", [None, 7, "x", {"uri": "https://a.example/h", "event": "bill"}])
def test_a_callback_that_cannot_be_read_is_no_empty_place(row: object) -> None:
    """One unreadable callback refuses the page, for it would be subscribed to again."""
    with pytest.raises(RequestRefused, match="callback"):
        wire.callbacks_from({"response": {"result": {"callbacks": [row], "pages": 1}}})
