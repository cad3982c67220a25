"""Text messages through the SDK: one request each, and an outcome for everything."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import respx

from duebell.domain.delivery import FailureClass, OutcomeKind, OutgoingText, SendOutcome
from duebell.domain.failures import CredentialsRefused, RequestRefused, Throttled, TryAgain
from duebell.providers.http import open_client, open_clients
from duebell.providers.twilio.messages import MOST_PAGES, TwilioMessages
from duebell.providers.twilio.wire import SHUT_OUT_SECONDS
from duebell.providers.unreached import why_unreached
from tests.contract import rough_server as rough
from tests.unit.providers.samples import sample

API = "https://api.twilio.com"
ACCOUNT = "AC" + "0" * 32
SERVICE = "MG" + "1" * 32
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
SID = "SM" + "a" * 32
TEXT = OutgoingText("ntf_1", 2, "+12125550101", "Invoice 42 is overdue: 5 € + tax")

Http = httpx.AsyncClient | tuple[httpx.AsyncClient, ...]
Story = Callable[[TwilioMessages, respx.MockRouter], Awaitable[None]]


def messages_on(http: Http, url: str = API, **changes: Any) -> TwilioMessages:
    options = {"sender": "+12125550199", "status_callback_base": "https://hooks.firm.example/"}
    return TwilioMessages(http, ACCOUNT, "SK1", "word", api_url=url, **{**options, **changes})


def play(story: Story, **changes: Any) -> None:
    async def run() -> None:
        with respx.mock(base_url=API) as api:
            async with open_client(API) as http:
                await story(messages_on(http, **changes), api)

    asyncio.run(run())


def a_message(number: int) -> dict[str, Any]:
    return {**sample("twilio/message.json"), "sid": f"SM{number:032x}"}


def test_a_send_says_what_twilio_documents() -> None:
    """One POST carries recipient, text, sender and the callback with our ids and its retries."""

    async def story(messages: TwilioMessages, api: respx.MockRouter) -> None:
        route = api.post(f"{PATH}.json").respond(201, json=sample("twilio/message.json"))

        outcome = await messages.send(TEXT)

        request = route.calls.last.request
        assert SendOutcome(OutcomeKind.ACCEPTED, provider_id=SID) == outcome
        assert dict(parse_qsl(request.content.decode(), strict_parsing=True)) == {
            "To": "+12125550101",
            "Body": "Invoice 42 is overdue: 5 € + tax",
            "From": "+12125550199",
            "StatusCallback": "https://hooks.firm.example/webhooks/twilio/status?n=ntf_1&a=2"
            "#rc=3&rp=all",
            "MessageIntent": "notifications",
        }
        assert f"Basic {base64.b64encode(b'SK1:word').decode()}" == request.headers["Authorization"]
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"

    play(story)


def test_a_messaging_service_chooses_the_sender() -> None:
    """With a Messaging Service no number is named."""

    async def story(messages: TwilioMessages, api: respx.MockRouter) -> None:
        route = api.post(f"{PATH}.json").respond(201, json=sample("twilio/message.json"))

        await messages.send(TEXT)

        fields = dict(parse_qsl(route.calls.last.request.content.decode()))
        assert (fields["MessagingServiceSid"], fields.get("From")) == (SERVICE, None)

    play(story, sender=SERVICE)


def test_the_environment_does_not_move_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """An edge, a region or an account in the environment changes nothing."""
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "9" * 32)

    async def story(messages: TwilioMessages, api: respx.MockRouter) -> None:
        route = api.post(f"{PATH}.json").respond(201, json=sample("twilio/message.json"))

        await messages.send(TEXT)

        assert route.call_count == 1

    play(story)


ANSWERS = [
    (httpx.Response(201, html="<html>"), OutcomeKind.UNKNOWN, None, None),
    (httpx.Response(201, json=["odd"]), OutcomeKind.UNKNOWN, None, None),
    (httpx.Response(201), OutcomeKind.UNKNOWN, None, None),
    (httpx.Response(307, headers={"Location": "/x"}), OutcomeKind.UNKNOWN, None, None),
    (httpx.Response(500, json={"code": 20500}), OutcomeKind.UNKNOWN, None, None),
    (httpx.Response(502, html="<html>"), OutcomeKind.UNKNOWN, None, None),
    (httpx.Response(503, json={"code": 20503}), OutcomeKind.UNKNOWN, None, None),
    (httpx.Response(504), OutcomeKind.UNKNOWN, None, None),
    (httpx.Response(408), OutcomeKind.UNKNOWN, None, None),
    (
        httpx.Response(503, headers={"Retry-After": "9"}),
        OutcomeKind.NOT_SENT,
        FailureClass.TEMPORARY,
        9.0,
    ),
    (
        httpx.Response(429, headers={"Retry-After": "2"}, json={"code": 20429}),
        OutcomeKind.NOT_SENT,
        FailureClass.RATE,
        2.0,
    ),
    (
        httpx.Response(400, json={"code": 21211, "message": "no", "status": 400}),
        OutcomeKind.REJECTED,
        FailureClass.RECIPIENT,
        None,
    ),
    (
        httpx.Response(400, json={"type": "t", "title": "t", "status": 400, "code": 21610}),
        OutcomeKind.REJECTED,
        FailureClass.COMPLIANCE,
        None,
    ),
    (
        httpx.Response(401, json={"code": 20003, "status": 401}),
        OutcomeKind.NOT_SENT,
        FailureClass.CONFIGURATION,
        SHUT_OUT_SECONDS,
    ),
]


@pytest.mark.parametrize(("answer", "kind", "failure", "pause"), ANSWERS)
def test_every_answer_has_an_outcome(
    answer: httpx.Response, kind: OutcomeKind, failure: FailureClass | None, pause: float | None
) -> None:
    """Whatever Twilio answers becomes an outcome after one request, with the pause it asked for."""

    async def story(messages: TwilioMessages, api: respx.MockRouter) -> None:
        route = api.post(f"{PATH}.json").mock(return_value=answer)

        outcome = await messages.send(TEXT)

        assert (kind, failure or FailureClass.UNKNOWN) == (outcome.kind, outcome.failure)
        assert pause == outcome.retry_after
        assert route.call_count == 1

    play(story)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (httpx.ConnectError("refused"), OutcomeKind.NOT_SENT),
        (httpx.ConnectTimeout("slow"), OutcomeKind.NOT_SENT),
        (httpx.PoolTimeout("busy"), OutcomeKind.NOT_SENT),
        (httpx.ProxyError("403"), OutcomeKind.NOT_SENT),
        (httpx.WriteError("broken"), OutcomeKind.UNKNOWN),
        (httpx.WriteTimeout("slow"), OutcomeKind.UNKNOWN),
        (httpx.ReadError("reset"), OutcomeKind.UNKNOWN),
        (httpx.ReadTimeout("slow"), OutcomeKind.UNKNOWN),
        (httpx.RemoteProtocolError("dropped"), OutcomeKind.UNKNOWN),
        (httpx.LocalProtocolError("odd"), OutcomeKind.UNKNOWN),
        (httpx.CloseError("odd"), OutcomeKind.UNKNOWN),
        (httpx.DecodingError("odd"), OutcomeKind.UNKNOWN),
        (ConnectionResetError(), OutcomeKind.UNKNOWN),
    ],
)
def test_every_fault_of_the_network_has_an_outcome(fault: Exception, kind: OutcomeKind) -> None:
    """Only what broke before the request was written proves that nothing was sent."""

    async def story(messages: TwilioMessages, api: respx.MockRouter) -> None:
        route = api.post(f"{PATH}.json").mock(side_effect=fault)

        outcome = await messages.send(TEXT)

        assert kind is outcome.kind
        assert why_unreached(fault) in outcome.reason
        assert type(fault).__name__ not in outcome.reason
        assert route.call_count == 1

    play(story)


@pytest.mark.parametrize(
    "conduct",
    [rough.dropping, rough.resetting, rough.half, rough.gibberish, rough.hanging, rough.trickling],
    ids=lambda conduct: conduct.__name__,
)
def test_a_rough_server_gets_one_request_and_leaves_the_outcome_open(
    conduct: rough.Conduct,
) -> None:
    """On real sockets, too, a request that was read is never written again nor called unsent."""

    async def run() -> None:
        async with (
            rough.rough_server(conduct) as server,
            open_client(server.url, read_seconds=0.2) as http,
        ):
            messages = messages_on(http, server.url, total_seconds=0.4)

            outcome = await messages.send(TEXT)

            assert OutcomeKind.UNKNOWN is outcome.kind
            assert len(server.requests) == 1

    asyncio.run(run())


def test_a_closed_port_is_not_sent() -> None:
    """Where nobody listens nothing was sent."""

    async def run() -> None:
        async with rough.rough_server(rough.dropping) as server:
            url = server.url
        async with open_client(url) as http:
            outcome = await messages_on(http, url).send(TEXT)

        assert (outcome.kind, outcome.failure) == (OutcomeKind.NOT_SENT, FailureClass.TEMPORARY)

    asyncio.run(run())


def test_cancellation_goes_through() -> None:
    """A cancelled send is cancelled, not an outcome."""

    async def run() -> None:
        received = asyncio.Event()

        async def conduct(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            received.set()
            await asyncio.sleep(30)

        async with rough.rough_server(conduct) as server, open_client(server.url) as http:
            sending = asyncio.ensure_future(messages_on(http, server.url).send(TEXT))
            await received.wait()

            sending.cancel()

            with pytest.raises(asyncio.CancelledError):
                await sending

    asyncio.run(run())


def test_a_fault_of_the_call_itself_is_raised() -> None:
    """What never became a request is a defect, not an outcome."""

    async def story(messages: TwilioMessages, api: respx.MockRouter) -> None:
        api.post(f"{PATH}.json").mock(side_effect=ZeroDivisionError)

        with pytest.raises(ZeroDivisionError):
            await messages.send(TEXT)

    play(story)


@pytest.mark.parametrize(("connections", "most"), [(16, 16), (40, 40)])
def test_many_sends_at_once_have_an_answer_each(connections: int, most: int) -> None:
    """A hundred sends take turns on four connections per client, and none takes another's."""

    async def run() -> None:
        async with rough.rough_server(rough.dropping) as server:

            async def conduct(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                asked = server.requests[-1]
                number = int(re.findall(rb"Body=(\d+)", asked)[0])
                answer = rough.answering("201 Created", a_message(number), seconds=0.02)
                await answer(reader, writer)

            server.conduct = conduct
            clients = open_clients(server.url, connections=connections)
            messages = messages_on(clients, server.url)

            outcomes = await asyncio.gather(
                *(messages.send(OutgoingText("n", 1, TEXT.to, str(number))) for number in range(99))
            )
            await messages.close()

        assert all(client.is_closed for client in clients)
        assert [f"SM{number:032x}" for number in range(99)] == [
            outcome.provider_id for outcome in outcomes
        ]
        assert most == server.most_in_flight

    asyncio.run(run())


def test_find_follows_the_pages() -> None:
    """All pages to a number are read, on our host alone, and each message is told once."""

    async def story(messages: TwilioMessages, api: respx.MockRouter) -> None:
        def page(request: httpx.Request) -> httpx.Response:
            number = int(request.url.params.get("Page", "0"))
            uri = f"{PATH}.json?To=%2B12125550101&Page=1&PageToken=PASM1" if number == 0 else None
            listed = [a_message(number), a_message(number + 1)]
            return httpx.Response(200, json={"messages": listed, "next_page_uri": uri})

        route = api.get(f"{PATH}.json").mock(side_effect=page)

        found = await messages.find("+12125550101")

        assert [f"SM{number:032x}" for number in range(3)] == [
            message.provider_id for message in found
        ]
        assert route.calls[0].request.url.params["To"] == "+12125550101"
        assert route.calls[1].request.url.params["PageToken"] == "PASM1"
        assert "DateSent" not in str(route.calls[0].request.url)

    play(story)


def test_find_stays_with_twilio() -> None:
    """Paging never takes the credentials to another host."""

    async def story(messages: TwilioMessages, api: respx.MockRouter) -> None:
        page = {"messages": [a_message(1)], "next_page_uri": "https://x.example/"}
        route = api.get(f"{PATH}.json").respond(json=page)

        assert len(await messages.find("+12125550101")) == 1
        assert 1 == route.call_count

    play(story)


def test_a_list_without_an_end_proves_nothing() -> None:
    """A message that is not in the pages read may be in the next: nobody is told it is absent."""

    async def story(messages: TwilioMessages, api: respx.MockRouter) -> None:
        page = {"messages": [a_message(1)], "next_page_uri": f"{PATH}.json?Page=1"}
        route = api.get(f"{PATH}.json").respond(json=page)

        with pytest.raises(TryAgain):
            await messages.find("+12125550101")

        assert MOST_PAGES == route.call_count

    play(story)


def test_fetch() -> None:
    """A message is fetched by its SID; one that Twilio does not have is None."""

    async def story(messages: TwilioMessages, api: respx.MockRouter) -> None:
        api.get(f"{PATH}/{SID}.json").respond(json=sample("twilio/message.json"))
        api.get(f"{PATH}/SM2.json").respond(404, json={"code": 20404, "status": 404})

        message = await messages.fetch(SID)

        assert message is not None
        assert (message.provider_id, message.raw_status) == (SID, "accepted")
        assert await messages.fetch("SM2") is None

    play(story)


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (httpx.Response(401, json={"code": 20003}), CredentialsRefused),
        (httpx.Response(403, json={"code": 20008}), CredentialsRefused),
        (httpx.Response(429, headers={"Retry-After": "2"}), Throttled),
        (httpx.Response(500), TryAgain),
        (httpx.Response(200, html="<html>"), TryAgain),
        (httpx.Response(200, json=[]), TryAgain),
        (httpx.Response(400, json={"code": 20001}), RequestRefused),
        (httpx.ConnectError("refused"), TryAgain),
        (httpx.ReadTimeout("slow"), TryAgain),
    ],
)
def test_reads_raise_what_the_caller_may_do(answer: Any, raised: type[Exception]) -> None:
    """A read that fails is raised by its kind after one request."""

    async def story(messages: TwilioMessages, api: respx.MockRouter) -> None:
        route = api.get(f"{PATH}.json").mock(side_effect=[answer])

        with pytest.raises(raised) as failure:
            await messages.check()

        assert route.call_count == 1
        assert "word" not in str(failure.value)

    play(story)


def test_check_asks_for_messages() -> None:
    """The check reads what sending needs; a standard API key may not read the account itself."""

    async def story(messages: TwilioMessages, api: respx.MockRouter) -> None:
        route = api.get(f"{PATH}.json").respond(json={"messages": [], "next_page_uri": None})

        await messages.check()

        assert route.calls.last.request.url.params["PageSize"] == "1"

    play(story)
