"""Twilio Email's client: what it sends, and how it asks what became of it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from duebell.domain.delivery import FailureClass, OutcomeKind, ProviderMessage, ReportedStatus
from duebell.domain.failures import (
    CredentialsRefused,
    ProviderError,
    RequestRefused,
    Throttled,
    TryAgain,
)
from duebell.providers.twilio.emails import MOST_PAGES, TwilioEmails
from tests.contract.email_bench import EMAIL, NOW, OPERATION, TWILIO, play
from tests.unit.providers.samples import sample

PATH = "/v1/Emails"
OF_OPERATION = f"{PATH}/Operations/{OPERATION}"
EMAIL_ID = "comms_email_01h9krwprkeee8fzqspvwy6nq8"


def an_email(**changes: Any) -> dict[str, Any]:
    return {**sample("twilio/email.json"), **changes}


def a_list(*emails: object, following: str | None = None) -> dict[str, Any]:
    return {"emails": emails, "pagination": {"next": following, "self": "x"}}


def an_operation(status: str = "COMPLETED", **stats: int) -> dict[str, Any]:
    found = sample("twilio/email_operation.json")
    return {**found, "status": status, "stats": {**found["stats"], **stats}}


def test_a_send_says_what_twilio_documents() -> None:
    """One POST with the API key carries both bodies and our ids as tags."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        route = api.post(PATH).mock(return_value=TWILIO.accepted())

        await emails.send(EMAIL)

        request = route.calls.last.request
        assert json.loads(request.content) == {
            "from": {"address": "billing@firm.example", "name": "Bücher & Söhne"},
            "to": [{"address": "ann@client.example", "name": "Ann Müller"}],
            "content": {
                "subject": "Invoice 42 is overdue",
                "html": "<p>Invoice 42 is overdue: 5 €</p>",
                "text": "Invoice 42 is overdue: 5 €",
            },
            "tags": {"nid": "ntf_1", "attempt": "2"},
        }
        assert f"Basic {base64.b64encode(b'SK1:word').decode()}" == request.headers["Authorization"]
        assert "application/json" == request.headers["Content-Type"]

    play(TWILIO, story)


def test_what_people_wrote_is_no_template() -> None:
    """Braces in an email reach Twilio with nothing in them for Liquid but our own variable."""
    email = replace(
        EMAIL, to_name="{{ a }}", subject="{{ b }}", text="{% if %}", html="<p>{{ c }}</p>"
    )

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        route = api.post(PATH).mock(return_value=TWILIO.accepted())

        await emails.send(email)

        sent = json.loads(route.calls.last.request.content)
        assert {
            "subject": "{{duebellBrace}}{ b }}",
            "text": "{{duebellBrace}}% if %}",
            "html": "<p>&#123;{ c }}</p>",
        } == sent["content"]
        assert [
            {
                "address": "ann@client.example",
                "name": "{\u2060{ a }}",
                "variables": {"duebellBrace": "{"},
            }
        ] == sent["to"]

    play(TWILIO, story)


@pytest.mark.parametrize(
    ("body", "code", "failure"),
    [
        ({"errors": [{"code": 20001, "context": "content"}]}, "20001", FailureClass.CONFIGURATION),
        ({"code": 21610, "status": 400}, "21610", FailureClass.COMPLIANCE),
        ({"errors": [{"code": "x"}]}, "email.http.400", FailureClass.CONFIGURATION),
        ({"errors": {"code": 1}}, "email.http.400", FailureClass.CONFIGURATION),
    ],
)
def test_a_refusal_with_a_number(body: object, code: str, failure: FailureClass) -> None:
    """Twilio's number is kept, wherever in its answer it stands."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        api.post(PATH).respond(400, json=body)

        outcome = await emails.send(EMAIL)

        assert (OutcomeKind.REJECTED, code) == (outcome.kind, outcome.error_code)
        assert failure is outcome.failure

    play(TWILIO, story)


@pytest.mark.parametrize(
    ("number", "kind", "stops"),
    [
        (20003, OutcomeKind.NOT_SENT, True),
        (20503, OutcomeKind.NOT_SENT, False),
        (20500, OutcomeKind.UNKNOWN, False),
    ],
)
def test_a_number_decides_what_a_refusal_proves(
    number: int, kind: OutcomeKind, stops: bool
) -> None:
    """A refusal goes by its number's class: what is not the message's fault lets it wait."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        api.post(PATH).respond(400, json={"errors": [{"code": number}]})

        outcome = await emails.send(EMAIL)

        assert (kind, stops) == (outcome.kind, outcome.stops_channel)

    play(TWILIO, story)


@pytest.mark.parametrize(
    ("number", "kind", "stops"),
    [
        (21408, OutcomeKind.REJECTED, False),
        (20006, OutcomeKind.NOT_SENT, True),
        (99999, OutcomeKind.NOT_SENT, True),
    ],
)
def test_forbidden_may_be_one_message_or_all(number: int, kind: OutcomeKind, stops: bool) -> None:
    """What is forbidden for one message alone does not stop the others; an unknown number does."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        api.post(PATH).respond(403, json={"errors": [{"code": number}]})

        outcome = await emails.send(EMAIL)

        assert (kind, stops) == (outcome.kind, outcome.stops_channel)

    play(TWILIO, story)


@pytest.mark.parametrize(
    "operation_id",
    ["", "comms_operation_x", "comms_email_01h9krwprkeee8fzqspvwy6nq8", OPERATION + "/../x", 7],
)
def test_an_id_that_is_none_leaves_the_outcome_open(operation_id: object) -> None:
    """Only an id of Twilio's pattern is taken for one."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        api.post(PATH).respond(202, json={"operationId": operation_id})

        outcome = await emails.send(EMAIL)

        assert (OutcomeKind.UNKNOWN, "") == (outcome.kind, outcome.provider_id)

    play(TWILIO, story)


def test_fetch_tells_of_the_email_itself() -> None:
    """The operation's email says what became of it, under the id that the ledger knows."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        route = api.get(PATH).respond(json=a_list(an_email()))

        message = await emails.fetch(OPERATION)

        assert OPERATION == route.calls.last.request.url.params["operationId"]
        assert message == ProviderMessage(
            provider_id=OPERATION,
            to="ann@client.example",
            body="",
            raw_status="DELIVERED",
            status=ReportedStatus.DELIVERED,
            error_code="",
            created_at=datetime(2026, 5, 4, 9, 30, 5, tzinfo=UTC),
            is_outbound=True,
        )

    play(TWILIO, story)


@pytest.mark.parametrize(
    ("odd", "status", "is_outbound", "code"),
    [
        ({"status": "INBOUND"}, ReportedStatus.OTHER, False, ""),
        ({"status": "TELEPORTED"}, ReportedStatus.OTHER, True, ""),
        ({"status": "<b>"}, ReportedStatus.OTHER, True, ""),
        ({"status": None}, ReportedStatus.OTHER, True, ""),
        ({"status": "queued"}, ReportedStatus.QUEUED, True, ""),
        ({"status": "OPENED"}, ReportedStatus.DELIVERED, True, ""),
        ({"status": "UNDELIVERED"}, ReportedStatus.UNDELIVERED, True, "email.undelivered"),
        ({"status": "CANCELED"}, ReportedStatus.UNDELIVERED, True, "email.canceled"),
    ],
)
def test_every_word_of_an_email_is_decided(
    odd: dict[str, Any], status: ReportedStatus, is_outbound: bool, code: str
) -> None:
    """Twilio's words are read by a table, and one that nobody described is asked about again."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        api.get(f"{PATH}/{EMAIL_ID}").respond(json=an_email(to=[], createdAt="soon", **odd))

        message = await emails.fetch(EMAIL_ID)

        assert message is not None
        assert (status, is_outbound) == (message.status, message.is_outbound)
        assert ("", None, code) == (message.to, message.created_at, message.error_code)

    play(TWILIO, story)


def test_an_email_is_fetched_by_its_own_id() -> None:
    """An email that was found by its tags is asked about by its own id."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        api.get(f"{PATH}/{EMAIL_ID}").respond(json=an_email(status="SENT"))

        message = await emails.fetch(EMAIL_ID)

        assert message is not None
        assert (EMAIL_ID, ReportedStatus.SENT) == (message.provider_id, message.status)

    play(TWILIO, story)


@pytest.mark.parametrize(
    ("operation", "errors", "status", "code"),
    [
        (an_operation(), {"errors": []}, ReportedStatus.QUEUED, ""),
        (an_operation("PROCESSING"), None, ReportedStatus.QUEUED, ""),
        (an_operation("SCHEDULED"), None, ReportedStatus.QUEUED, ""),
        (an_operation("TELEPORTED"), None, ReportedStatus.OTHER, ""),
        (an_operation("CANCELED"), None, ReportedStatus.UNDELIVERED, "email.canceled"),
        (an_operation(queued=1), None, ReportedStatus.QUEUED, ""),
        (an_operation(sent=1), None, ReportedStatus.SENT, ""),
        (an_operation(sent=1, delivered=1), None, ReportedStatus.DELIVERED, ""),
        (an_operation(opened=1), None, ReportedStatus.DELIVERED, ""),
        (an_operation(undelivered=1), None, ReportedStatus.UNDELIVERED, "email.undelivered"),
        (an_operation(failed=1), {"errors": []}, ReportedStatus.UNDELIVERED, "email.failed"),
        (
            an_operation(failed=1),
            {"errors": [{"code": 30037}]},
            ReportedStatus.UNDELIVERED,
            "30037",
        ),
        (
            an_operation(failed=1),
            {"errors": [{"code": 99999}]},
            ReportedStatus.UNDELIVERED,
            "email.failed",
        ),
        (
            an_operation(),
            {"errors": [{"message": "odd"}]},
            ReportedStatus.UNDELIVERED,
            "email.failed",
        ),
    ],
)
def test_an_operation_speaks_while_no_email_is_listed(
    operation: dict[str, Any], errors: dict[str, Any] | None, status: ReportedStatus, code: str
) -> None:
    """Until the email is listed the operation's counts tell, and COMPLETED is not delivered."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        api.get(PATH).respond(json=a_list())
        api.get(OF_OPERATION).respond(json=operation)
        api.get(f"{OF_OPERATION}/Errors").respond(json=errors)

        message = await emails.fetch(OPERATION)

        assert message is not None
        assert (OPERATION, status) == (message.provider_id, message.status)
        assert code == message.error_code

    play(TWILIO, story)


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        (httpx.Response(200, json={"errors": [{"code": 30037}]}), "30037"),
        (httpx.Response(200, json={"errors": []}), "email.failed"),
        (httpx.Response(404), "email.failed"),
    ],
)
def test_a_failure_is_asked_for_its_number(errors: httpx.Response, code: str) -> None:
    """Twilio keeps the number of a failure with the operation, where it has one at all."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        api.get(PATH).respond(json=a_list(an_email(status="FAILED")))
        api.get(f"{OF_OPERATION}/Errors").mock(return_value=errors)

        message = await emails.fetch(OPERATION)

        assert message is not None
        assert (ReportedStatus.UNDELIVERED, code) == (message.status, message.error_code)

    play(TWILIO, story)


def test_other_peoples_emails_are_not_taken_for_ours() -> None:
    """A list of several emails was not filtered, so the operation is believed instead of it."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        api.get(PATH).respond(json=a_list(an_email(), an_email()))
        api.get(OF_OPERATION).respond(json=an_operation(sent=1))

        message = await emails.fetch(OPERATION)

        assert message is not None
        assert ("SENT", "") == (message.raw_status, message.to)

    play(TWILIO, story)


@pytest.mark.parametrize("provider_id", [OPERATION, EMAIL_ID])
def test_what_twilio_has_forgotten_is_none(provider_id: str) -> None:
    """After seven days an email and its operation are gone."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        api.get(PATH).respond(json=a_list())
        api.get(path__regex=f"{PATH}/.*").respond(404, json={"errors": [{"code": 20404}]})

        assert await emails.fetch(provider_id) is None

    play(TWILIO, story)


@pytest.mark.parametrize("provider_id", ["", "SM" + "a" * 32, "../Operations", OPERATION + "/x"])
def test_an_id_of_something_else_is_not_asked_about(provider_id: str) -> None:
    """What is no id of an email never becomes part of an address."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        assert await emails.fetch(provider_id) is None
        assert 0 == api.calls.call_count

    play(TWILIO, story)


def test_find_asks_by_tag() -> None:
    """An email in doubt is looked for by its tags, from somewhat before its attempt on."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        route = api.get(PATH).respond(json=a_list(an_email()))

        found = await emails.find("ntf_1", 2, NOW)

        assert [EMAIL_ID] == [message.provider_id for message in found]
        assert {
            "tags": "nid:ntf_1;attempt:2;",
            "startDate": "2026-05-04T08:30:00Z",
            "pageSize": "50",
        } == dict(route.calls.last.request.url.params)

    play(TWILIO, story)


@pytest.mark.parametrize(
    "tags",
    [
        {},
        None,
        {"nid": "ntf_1"},
        {"nid": "ntf_1", "attempt": "1"},
        {"nid": "ntf_2", "attempt": "2"},
    ],
)
def test_find_believes_only_the_tags(tags: object) -> None:
    """What a list holds beside the attempt's own emails is left out."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        api.get(PATH).respond(json=a_list(an_email(tags=tags), "odd"))

        assert [] == await emails.find("ntf_1", 2, NOW)

    play(TWILIO, story)


@pytest.mark.parametrize("following", ["eyJ=", "/v1/Emails?pageSize=50&pageToken=eyJ%3D"])
def test_find_follows_the_pages(following: str) -> None:
    """All pages are read, each email once, whether the next is named by its token or a link."""
    second = "comms_email_01h9krwprkeee8fzqspvwy6nq9"

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        def page(request: httpx.Request) -> httpx.Response:
            if "pageToken" not in request.url.params:
                return httpx.Response(200, json=a_list(an_email(), following=following))
            return httpx.Response(200, json=a_list(an_email(), an_email(id=second)))

        route = api.get(PATH).mock(side_effect=page)

        found = await emails.find("ntf_1", 2, NOW)

        assert [EMAIL_ID, second] == [message.provider_id for message in found]
        last = route.calls.last.request.url.params
        assert ("eyJ=", "nid:ntf_1;attempt:2;") == (last["pageToken"], last["tags"])

    play(TWILIO, story)


def test_a_list_without_an_end_proves_nothing() -> None:
    """An email that is not in the pages read may be in the next: nobody is told it is absent."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        route = api.get(PATH).respond(json=a_list(following="again"))

        with pytest.raises(TryAgain):
            await emails.find("ntf_1", 2, NOW)

        assert MOST_PAGES == route.call_count

    play(TWILIO, story)


@pytest.mark.parametrize(
    "listed", [{}, {"emails": None}, {"emails": [{"tags": {"nid": "ntf_1", "attempt": "2"}}]}]
)
def test_a_list_that_cannot_be_read_proves_nothing(listed: dict[str, Any]) -> None:
    """A list in another form is no empty list."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        api.get(PATH).respond(json=listed)

        with pytest.raises(TryAgain):
            await emails.find("ntf_1", 2, NOW)

    play(TWILIO, story)


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (httpx.Response(401, json={"errors": [{"code": 20003}]}), CredentialsRefused),
        (httpx.Response(403, html="<html>"), CredentialsRefused),
        (httpx.Response(429, headers={"Retry-After": "2"}), Throttled),
        (httpx.Response(500), TryAgain),
        (httpx.Response(200, html="<html>"), TryAgain),
        (httpx.Response(200, json=[]), TryAgain),
        (httpx.Response(400, json={"errors": []}), RequestRefused),
        (httpx.Response(404, html="<html>"), RequestRefused),
        (httpx.ConnectError("refused"), TryAgain),
        (httpx.ReadTimeout("slow"), TryAgain),
    ],
)
def test_reads_raise_what_the_caller_may_do(answer: Any, raised: type[ProviderError]) -> None:
    """A read that fails is raised by its kind after one request, without the key."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        route = api.get(PATH).mock(side_effect=[answer])

        with pytest.raises(raised) as failure:
            await emails.fetch(OPERATION)

        assert 1 == route.call_count
        assert "word" not in str(failure.value)

    play(TWILIO, story)


def test_check_lists_one_email() -> None:
    """The check reads what following an email needs, and passes where there is none yet."""

    async def story(emails: TwilioEmails, api: respx.MockRouter) -> None:
        route = api.get(PATH).respond(json=a_list())

        await emails.check()

        assert "1" == route.calls.last.request.url.params["pageSize"]
        assert emails.can_be_asked is True

    play(TWILIO, story)
