"""SendGrid's client: what it sends, how long it waits, and what it may ask."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx

from duebell.domain.delivery import FailureClass, OutcomeKind
from duebell.domain.failures import CredentialsRefused, RequestRefused, Throttled, TryAgain
from duebell.providers.sendgrid.client import SendGridEmails
from tests.contract.email_bench import EMAIL, MESSAGE_ID, NOW, SENDGRID, play

PATH, SCOPES = "/v3/mail/send", "/v3/scopes"


def test_a_send_says_what_sendgrid_documents() -> None:
    """One POST carries both bodies, our ids, no tracking and the offer to unsubscribe."""

    async def story(emails: SendGridEmails, api: respx.MockRouter) -> None:
        route = api.post(PATH).mock(return_value=SENDGRID.accepted())

        await emails.send(EMAIL)

        request = route.calls.last.request
        assert json.loads(request.content) == {
            "personalizations": [
                {
                    "to": [{"email": "ann@client.example", "name": "Ann Müller"}],
                    "custom_args": {"nid": "ntf_1", "natt": "2"},
                }
            ],
            "from": {"email": "billing@firm.example", "name": "Bucher & Sohne"},
            "subject": "Invoice 42 is overdue",
            "content": [
                {"type": "text/plain", "value": "Invoice 42 is overdue: 5 €"},
                {"type": "text/html", "value": "<p>Invoice 42 is overdue: 5 €</p>"},
            ],
            "headers": {
                "List-Unsubscribe": "<https://hooks.firm.example/unsubscribe/abc>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            "tracking_settings": {
                "click_tracking": {"enable": False, "enable_text": False},
                "open_tracking": {"enable": False},
                "subscription_tracking": {"enable": False},
            },
        }
        assert ("Bearer SG.key.word", "application/json", "application/json") == tuple(
            request.headers[name] for name in ("Authorization", "Content-Type", "Accept")
        )

    play(SENDGRID, story)


def test_staff_are_offered_no_unsubscribing() -> None:
    """Without an address to unsubscribe at there is no such header."""

    async def story(emails: SendGridEmails, api: respx.MockRouter) -> None:
        route = api.post(PATH).mock(return_value=SENDGRID.accepted())

        await emails.send(replace(EMAIL, unsubscribe_url=""))

        assert "headers" not in json.loads(route.calls.last.request.content)

    play(SENDGRID, story)


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 7)}, 7.0),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) - 7)}, 0.0),
        ({"X-RateLimit-Reset": "99999999999"}, 3600.0),
        ({"X-RateLimit-Reset": "soon"}, None),
        ({"X-RateLimit-Reset": "99999999999", "Retry-After": "3"}, 3.0),
    ],
)
def test_a_limit_is_waited_out(headers: dict[str, str], pause: float | None) -> None:
    """SendGrid writes when its limit starts anew as a time, which is waited for, within an hour."""

    async def story(emails: SendGridEmails, api: respx.MockRouter) -> None:
        api.post(PATH).respond(429, headers=headers, json={"errors": [{"message": "too many"}]})

        outcome = await emails.send(EMAIL)

        assert (OutcomeKind.NOT_SENT, pause) == (outcome.kind, outcome.retry_after)

    play(SENDGRID, story)


@pytest.mark.parametrize(
    ("errors", "failure"),
    [
        ([{"field": "personalizations.0.to.0.email", "message": "bad"}], FailureClass.RECIPIENT),
        ([{"field": "subject", "message": "bad"}], FailureClass.CONFIGURATION),
        (
            [{"field": "personalizations.0.to.0.email"}, {"field": "content"}],
            FailureClass.CONFIGURATION,
        ),
        ([{"field": None}], FailureClass.CONFIGURATION),
        (["odd"], FailureClass.CONFIGURATION),
    ],
)
def test_an_address_that_is_none_is_the_recipients(
    errors: list[Any], failure: FailureClass
) -> None:
    """A refusal of the recipient's address alone is no fault of the template."""

    async def story(emails: SendGridEmails, api: respx.MockRouter) -> None:
        api.post(PATH).respond(400, json={"errors": errors})

        outcome = await emails.send(EMAIL)

        assert (OutcomeKind.REJECTED, failure) == (outcome.kind, outcome.failure)

    play(SENDGRID, story)


def test_it_cannot_be_asked() -> None:
    """SendGrid tells by itself: nothing is fetched or found, and nothing is requested for it."""

    async def story(emails: SendGridEmails, api: respx.MockRouter) -> None:
        assert emails.can_be_asked is False
        assert await emails.fetch(MESSAGE_ID) is None
        assert [] == await emails.find("ntf_1", 1, NOW - timedelta(hours=1))
        assert 0 == api.calls.call_count

    play(SENDGRID, story)


def test_check_asks_what_the_key_may_do() -> None:
    """A key that may send passes the check after one harmless read."""

    async def story(emails: SendGridEmails, api: respx.MockRouter) -> None:
        route = api.get(SCOPES).respond(json={"scopes": ["mail.send", "alerts.read"]})

        await emails.check()

        assert "Bearer SG.key.word" == route.calls.last.request.headers["Authorization"]

    play(SENDGRID, story)


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (httpx.Response(200, json={"scopes": ["alerts.read"]}), CredentialsRefused),
        (httpx.Response(401, json={"errors": []}), CredentialsRefused),
        (httpx.Response(403, html="<html>"), CredentialsRefused),
        (httpx.Response(429, headers={"Retry-After": "2"}), Throttled),
        (httpx.Response(200, html="<html>"), TryAgain),
        (httpx.Response(200, json={"scopes": "all"}), TryAgain),
        (httpx.Response(500), TryAgain),
        (httpx.Response(400), RequestRefused),
        (httpx.Response(404, html="<html>"), RequestRefused),
        (httpx.ConnectError("refused"), TryAgain),
        (httpx.ReadTimeout("slow"), TryAgain),
    ],
)
def test_a_check_raises_what_the_caller_may_do(answer: Any, raised: type[Exception]) -> None:
    """A check that fails is raised by its kind after one request, without the key."""

    async def story(emails: SendGridEmails, api: respx.MockRouter) -> None:
        route = api.get(SCOPES).mock(side_effect=[answer])

        with pytest.raises(raised) as failure:
            await emails.check()

        assert 1 == route.call_count
        assert "word" not in str(failure.value)

    play(SENDGRID, story)
