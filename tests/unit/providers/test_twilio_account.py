"""What Twilio says of the account and its numbers."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx
import pytest
import respx

from duebell.domain.failures import CredentialsRefused, RequestRefused, TryAgain
from duebell.providers.http import open_client
from duebell.providers.twilio.account import Number, TwilioAccount

T = TypeVar("T")

API = "https://api.twilio.com"
SID = "AC" + "0" * 32
NUMBER = "+12125550100"
ACCOUNT = f"{API}/2010-04-01/Accounts/{SID}.json"
NUMBERS = f"{API}/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers.json"
REFUSED = httpx.Response(401, json={"code": 20003, "message": "Authenticate"})


def asked(question: Callable[[TwilioAccount], Awaitable[T]], *tokens: str) -> T:
    """Ask with these auth tokens."""

    async def story() -> T:
        async with open_client(API) as http:
            return await question(TwilioAccount(http, SID, ("SK1", "key"), tokens or ("token",)))

    return asyncio.run(story())


def password(request: httpx.Request) -> tuple[str, str]:
    """Who asks, and with which secret."""
    scheme, _, word = request.headers["Authorization"].partition(" ")
    assert "Basic" == scheme
    user, _, secret = base64.b64decode(word).decode().partition(":")
    return user, secret


def a_number(number: str = NUMBER, **capabilities: object) -> dict[str, object]:
    """A number as Twilio lists it."""
    return {"phone_number": number, "capabilities": capabilities}


@respx.mock
def test_the_status_is_asked_for_with_an_auth_token() -> None:
    """The account and its auth token ask, because standard API keys may not."""
    route = respx.get(ACCOUNT).respond(json={"status": "suspended"})

    status = asked(TwilioAccount.status)

    assert ("suspended", (SID, "token")) == (status, password(route.calls[0].request))


@respx.mock
def test_one_good_token_is_enough() -> None:
    """While tokens are rotated the first may be the new one that does not count yet."""
    route = respx.get(ACCOUNT).mock(
        side_effect=[REFUSED, httpx.Response(200, json={"status": "active"})]
    )

    status = asked(TwilioAccount.status, "new", "old")

    used = [password(call.request)[1] for call in route.calls]
    assert ("active", ["new", "old"]) == (status, used)


@respx.mock
def test_no_good_token_is_told() -> None:
    """Where Twilio takes none of them, that is a refusal, without the tokens in it."""
    respx.get(ACCOUNT).mock(return_value=REFUSED)

    with pytest.raises(CredentialsRefused) as refusal:
        asked(TwilioAccount.status, "t0ken-one", "t0ken-two")

    assert "t0ken" not in str(refusal.value)


@respx.mock
@pytest.mark.parametrize(("can", "expected"), [(True, True), (False, False), (None, False)])
def test_a_number_and_what_it_can(can: bool | None, expected: bool) -> None:
    """The number that is rented tells whether texts can come from it."""
    route = respx.get(NUMBERS, params={"PhoneNumber": NUMBER}).respond(
        json={"incoming_phone_numbers": [a_number(voice=True, sms=can)]}
    )

    found = asked(lambda account: account.number(NUMBER))

    assert Number(NUMBER, expected) == found
    assert ("SK1", "key") == password(route.calls[0].request)


@respx.mock
@pytest.mark.parametrize("rows", [[], [a_number("+12125550100999", sms=True)], [None], None])
def test_a_number_that_is_not_rented(rows: object) -> None:
    """A list without exactly this number means that the account has none."""
    respx.get(NUMBERS).respond(json={"incoming_phone_numbers": rows})

    assert None is asked(lambda account: account.number(NUMBER))


@respx.mock
@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (httpx.Response(200, html="<html>hotel</html>"), RequestRefused),
        (httpx.Response(200, json=[]), RequestRefused),
        (httpx.Response(503), TryAgain),
        (httpx.ConnectError("no"), TryAgain),
    ],
)
def test_other_answers_are_failures(
    answer: httpx.Response | Exception, raised: type[Exception]
) -> None:
    """What is no answer, or none of Twilio's, is raised as what it means."""
    respx.get(ACCOUNT).mock(side_effect=[answer])

    with pytest.raises(raised):
        asked(TwilioAccount.status)
