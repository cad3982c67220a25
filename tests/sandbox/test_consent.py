"""Connecting in the browser: the page, the button, the code, and what is refused."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import INVOICE_SCOPE, Program, redeem, refresh

AUTHORIZE = "/oauth/authorize/"
QUERY = {
    "response_type": "code",
    "client_id": credentials.CLIENT_ID,
    "redirect_uri": credentials.REDIRECT_URI,
    "scope": INVOICE_SCOPE,
    "state": 'a"b&c',
}


def _press(http: httpx.Client, page: httpx.Response, decision: str) -> httpx.Response:
    """Press a button of the page, as a browser does."""
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    sent = {
        name: value.replace("&quot;", '"').replace("&amp;", "&") for name, value in fields.items()
    }
    return http.post(AUTHORIZE, data={**sent, "decision": decision})


def test_a_person_agrees(program: Program, control: SandboxControl) -> None:
    """The page names the scopes; its button leads back with a code that is good for tokens."""
    with httpx.Client(base_url=program.url) as http:
        page = http.get(AUTHORIZE, params=QUERY)
        answer = _press(http, page, "allow")
        target = urlsplit(answer.headers["location"])
        sent = parse_qs(target.query)
        pair = redeem(http, sent["code"][0], redirect_uri=credentials.REDIRECT_URI).json()

    assert (200, True) == (page.status_code, INVOICE_SCOPE in page.text)
    assert (302, credentials.REDIRECT_URI) == (
        answer.status_code,
        target._replace(query="").geturl(),
    )
    assert [QUERY["state"]] == sent["state"]
    assert ["user:profile:read", INVOICE_SCOPE] == pair["scope"].split()


def test_a_person_refuses(program: Program, control: SandboxControl) -> None:
    """The other button leads back without a code."""
    with httpx.Client(base_url=program.url) as http:
        answer = _press(http, http.get(AUTHORIZE, params=QUERY), "deny")

    sent = parse_qs(urlsplit(answer.headers["location"]).query)
    assert {"error": ["access_denied"], "state": [QUERY["state"]]} == sent


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"client_id": "someone"}, "client"),
        ({"redirect_uri": "https://elsewhere.example/oauth"}, "redirect URI"),
        ({"redirect_uri": f"{credentials.REDIRECT_URI}?x=1"}, "redirect URI"),
        ({"redirect_uri": "http://localhost:8765/callback"}, "redirect URI"),
        ({"redirect_uri": ""}, "redirect URI"),
        ({"scope": "user:invoices:read user:moon:read"}, "scope is invalid, unknown, or malformed"),
        ({"scope": "user:invoices:read,user:clients:read"}, "malformed"),
        ({"scope": ""}, "malformed"),
        ({"response_type": "token"}, "response type"),
    ],
)
def test_what_gets_the_page_of_errors(
    program: Program, control: SandboxControl, change: dict[str, str], word: str
) -> None:
    """A request that cannot be agreed to shows why, in the browser, to GET and POST alike."""
    asked = {**QUERY, **change}
    with httpx.Client(base_url=program.url) as http:
        answers = [http.get(AUTHORIZE, params=asked), http.post(AUTHORIZE, data=asked)]

    assert [400, 400] == [answer.status_code for answer in answers]
    assert all(word in answer.text for answer in answers)
    assert all("location" not in answer.headers for answer in answers)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_program_may_wait_on_this_machine(control: SandboxControl, host: str) -> None:
    """Any port and path of this machine is registered, with HTTPS."""
    uri = f"https://{host}:8765/callback"

    agreed = control.authorize(scope=INVOICE_SCOPE, redirect_uri=uri, state="s")

    assert f"{uri}?code={agreed['code']}&state=s" == agreed["redirect"]


def test_registered_addresses_can_be_set(control: SandboxControl) -> None:
    """Only what is registered is good."""
    control.change_settings(redirect_uris="https://one.example/a https://two.example/b")

    agreed = control.authorize(redirect_uri="https://two.example/b")
    with pytest.raises(httpx.HTTPStatusError) as refusal:
        control.authorize(redirect_uri=credentials.REDIRECT_URI)

    assert agreed["code"]
    assert 422 == refusal.value.response.status_code


@pytest.mark.parametrize("more", [{}, {"redirect_uri": "https://localhost:1/callback"}])
def test_a_code_is_held_to_its_address(
    program: Program, control: SandboxControl, more: dict[str, str]
) -> None:
    """With another address, or none, the code is refused, and spent."""
    code = control.authorize(scope=INVOICE_SCOPE)["code"]
    with httpx.Client(base_url=program.url) as http:
        first = redeem(http, code, **more)
        second = redeem(http, code, redirect_uri=credentials.REDIRECT_URI)

    assert [(400, "invalid_grant")] * 2 == [
        (answer.status_code, answer.json()["error"]) for answer in (first, second)
    ]


def test_agreeing_kills_nothing_redeeming_does(program: Program, control: SandboxControl) -> None:
    """The older refresh token works until the new code is exchanged, and then no more."""
    with httpx.Client(base_url=program.url) as http:
        code = control.authorize()["code"]
        old = refresh(http, credentials.REFRESH_TOKEN).json()["refresh_token"]
        new = redeem(http, code, redirect_uri=credentials.REDIRECT_URI)
        dead = refresh(http, old)

    assert (200, 400) == (new.status_code, dead.status_code)
    assert 1 == control.stats()["freshbooks.refused_spent_refresh_tokens"]


def test_there_is_no_other_page(program: Program, control: SandboxControl) -> None:
    """Below oauth there is only the one page."""
    assert 404 == httpx.get(f"{program.url}/oauth/elsewhere").status_code
