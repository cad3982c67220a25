"""Tokens rotate, work once, and open the rest."""

from __future__ import annotations

import httpx
import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import BOOKS, CALLBACKS, Program, refresh

ME = "/auth/api/v1/users/me"


def test_the_seed_token_is_good_for_one_pair(control: SandboxControl, program: Program) -> None:
    """The well-known refresh token of a fresh sandbox brings a pair in FreshBooks' shape."""
    with httpx.Client(base_url=program.url) as http:
        pair = refresh(http, credentials.REFRESH_TOKEN).json()

    expected = {"access_token", "token_type", "expires_in", "created_at", "refresh_token"}
    assert expected | {"scope", "direct_buy_tokens"} == pair.keys()
    assert 43200 == pair["expires_in"]
    assert pair["refresh_token"] == control.credentials()["refresh_token"]


def test_a_spent_token_is_refused_and_counted(control: SandboxControl, program: Program) -> None:
    """A refresh token works once; the second use gets invalid_grant and shows in the counters."""
    with httpx.Client(base_url=program.url) as http:
        refresh(http, credentials.REFRESH_TOKEN)

        second = refresh(http, credentials.REFRESH_TOKEN)

    assert (400, "invalid_grant") == (second.status_code, second.json()["error"])
    assert 1 == control.stats()["freshbooks.refused_spent_refresh_tokens"]


def test_a_form_is_as_good_as_json(control: SandboxControl, program: Program) -> None:
    """The token endpoint takes form-encoded bodies too."""
    order = {
        "grant_type": "refresh_token",
        "client_id": credentials.CLIENT_ID,
        "client_secret": credentials.CLIENT_SECRET,
        "refresh_token": credentials.REFRESH_TOKEN,
    }

    answer = httpx.post(f"{program.url}/auth/oauth/token", data=order)

    assert 200 == answer.status_code


def test_a_code_kills_the_older_refresh_token(control: SandboxControl, program: Program) -> None:
    """Connecting anew gives a pair once, after which the refresh token before it is dead."""
    order = {
        "grant_type": "authorization_code",
        "client_id": credentials.CLIENT_ID,
        "client_secret": credentials.CLIENT_SECRET,
        "code": control.create_code(),
    }
    with httpx.Client(base_url=program.url) as http:
        first = http.post("/auth/oauth/token", json=order)
        second = http.post("/auth/oauth/token", json=order)
        old = refresh(http, credentials.REFRESH_TOKEN)

    assert [200, 400, 400] == [first.status_code, second.status_code, old.status_code]


def test_faulty_token_requests_are_told_why(control: SandboxControl, program: Program) -> None:
    """No grant type, wrong application and an unknown grant type have an error each."""
    ours = {"client_id": credentials.CLIENT_ID, "client_secret": credentials.CLIENT_SECRET}
    orders: list[dict[str, str]] = [
        ours,
        {"grant_type": "refresh_token", "client_id": "someone"},
        {**ours, "grant_type": "client_credentials"},
    ]

    errors = [httpx.post(f"{program.url}/auth/oauth/token", json=order) for order in orders]

    expected = ["invalid_request", "invalid_client", "unsupported_grant_type"]
    assert expected == [error.json()["error"] for error in errors]


@pytest.mark.parametrize("path", [ME, f"{BOOKS}/users/clients", CALLBACKS])
def test_nothing_opens_without_a_good_token(
    control: SandboxControl, program: Program, path: str
) -> None:
    """Each family refuses a wrong access token with 401."""
    wrong = {"Authorization": "Bearer nonsense"}

    answer = httpx.get(f"{program.url}{path}", headers=wrong)

    assert 401 == answer.status_code
    expected = ("errno", 401) if path == CALLBACKS else ("error", "unauthenticated")
    assert expected in answer.json().items()


def test_an_access_token_ends(control: SandboxControl, program: Program) -> None:
    """After expires_in an access token opens nothing any more."""
    control.change_settings(expires_in=0)
    with httpx.Client(base_url=program.url) as http:
        pair = refresh(http, credentials.REFRESH_TOKEN).json()

        answer = http.get(ME, headers={"Authorization": f"Bearer {pair['access_token']}"})

    assert 401 == answer.status_code


def test_me_names_the_business(books: httpx.Client) -> None:
    """The identity has one membership with an account, in the firm's time zone."""
    memberships = books.get(ME).json()["response"]["business_memberships"]

    accounts = [row["business"] for row in memberships if row["business"]["account_id"]]
    assert [credentials.ACCOUNT_ID] == [business["account_id"] for business in accounts]
    assert credentials.TIME_ZONE == accounts[0]["timezone"]


def test_a_revoked_token_is_dead(books: httpx.Client, control: SandboxControl) -> None:
    """Revoking works for both tokens of a pair."""
    access = books.headers["Authorization"].removeprefix("Bearer ")
    token = control.credentials()["refresh_token"]

    for word in (access, token):
        books.post("/auth/oauth/revoke", json={"token": word}).raise_for_status()

    assert 401 == books.get(ME).status_code
    assert 400 == refresh(books, token).status_code
