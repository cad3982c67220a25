"""A person's consent: the address to open, and what is believed of what comes back."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from duebell.providers.freshbooks.consent import (
    Consent,
    ConsentDenied,
    NotTheAnswer,
    redirect_fault,
)

STATE = "st4te-of_this.one"
CODE = "c0de" * 16
BACK = "https://localhost:8765/callback"


def a_consent(redirect_uri: str = BACK) -> Consent:
    """A request for two scopes."""
    return Consent(
        "https://auth.freshbooks.com",
        "client id&",
        redirect_uri,
        ("user:profile:read", "user:invoices:read"),
        STATE,
    )


def test_the_address_says_what_is_asked_for() -> None:
    """The address carries application, redirect URI, scopes and state, each readable again."""
    parts = urlsplit(a_consent().url)

    assert ("auth.freshbooks.com", "/oauth/authorize/") == (parts.netloc, parts.path)
    assert {
        "response_type": ["code"],
        "client_id": ["client id&"],
        "redirect_uri": [BACK],
        "scope": ["user:profile:read user:invoices:read"],
        "state": [STATE],
    } == parse_qs(parts.query, strict_parsing=True)


def test_blanks_are_percent_encoded() -> None:
    """Nothing in the address depends on who reads ``+`` as a blank."""
    url = a_consent().url

    assert "+" not in url
    assert "scope=user%3Aprofile%3Aread%20user%3Ainvoices%3Aread" in url


@pytest.mark.parametrize(
    "pasted",
    [
        f"{BACK}?code={CODE}&state={STATE}",
        f"  {BACK}/?state={STATE}&code={CODE}&more=1 \n",
        f"<{BACK}?code={CODE}&state={STATE}>",
        f'"{BACK}?code={CODE}&state={STATE}"',
        f"?code={CODE}&state={STATE}",
        f"code={CODE}&state={STATE}",
        CODE,
        f" {CODE}\r\n",
    ],
)
def test_a_person_may_paste_it_as_it_comes(pasted: str) -> None:
    """The address, its query or the code alone give the code."""
    assert CODE == a_consent().code_from(pasted)


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "what?",
        BACK,
        f"{BACK}?state={STATE}",
        f"{BACK}?code=&state={STATE}",
        f"{BACK}?code={CODE}",
        f"{BACK}?code={CODE}&state=",
        f"{BACK}?code={CODE}&state={STATE}x",
        f"{BACK}?code={CODE}&state=другой",
        "two words",
        "https://[broken?code=x",
    ],
)
def test_what_does_not_answer_this_request_is_refused(pasted: str) -> None:
    """Without our state, or without a code, nothing is taken; the sentence does not repeat it."""
    with pytest.raises(NotTheAnswer) as refusal:
        a_consent().code_from(pasted)

    assert CODE not in str(refusal.value)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (f"error=access_denied&state={STATE}", "nobody agreed"),
        ("error=access_denied", "nobody agreed"),
        (f"error=invalid_scope&state={STATE}", "developer page"),
        (f"error=%1b[2Jserver_error&state={STATE}", "server_error"),
    ],
)
def test_a_refusal_is_told(query: str, words: str) -> None:
    """That nobody agreed is told in words, and what FreshBooks wrote cannot steer the terminal."""
    with pytest.raises(ConsentDenied) as denial:
        a_consent().code_from(f"{BACK}?{query}")

    assert words in str(denial.value)
    assert str(denial.value).isprintable()


def test_a_refusal_of_another_request_ends_nothing() -> None:
    """An error with somebody else's state is no answer to ours."""
    with pytest.raises(NotTheAnswer):
        a_consent().code_in_query("error=access_denied&state=other")


def test_no_state_is_shown() -> None:
    """A request that is printed keeps its state to itself."""
    assert STATE not in repr(a_consent())


@pytest.mark.parametrize(
    ("redirect_uri", "address"),
    [
        (BACK, (8765, "/callback")),
        ("https://127.0.0.1:9000", (9000, "/")),
        ("https://localhost/x/", (443, "/x/")),
        ("https://duebell.example/oauth", None),
        ("http://localhost:8765/callback", None),
        ("https://localhost.example:8765/callback", None),
    ],
)
def test_only_this_machine_can_be_listened_at(
    redirect_uri: str, address: tuple[int, str] | None
) -> None:
    """A redirect URI that leads to this machine has a port and a path to listen at."""
    assert address == a_consent(redirect_uri).local_address


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "http://localhost:8765/callback",
        "localhost:8765",
        "https://",
        "https://localhost:port/",
        "https://duebell.example/oauth?x=1",
        "https://duebell.example/oauth#x",
    ],
)
def test_a_redirect_uri_that_freshbooks_refuses_is_told(redirect_uri: str) -> None:
    """Neither http nor a query nor a fragment can be registered, so neither is tried."""
    assert redirect_fault(redirect_uri) is not None


@pytest.mark.parametrize("redirect_uri", [BACK, "https://duebell.example/oauth"])
def test_a_good_redirect_uri_has_no_fault(redirect_uri: str) -> None:
    """What can be registered has no fault."""
    assert redirect_fault(redirect_uri) is None
