"""What holds for every way to send emails: one request each, and an outcome for everything."""

from __future__ import annotations

import asyncio

import httpx
import pytest
import respx

from duebell.domain.delivery import FailureClass, OutcomeKind, SendOutcome
from duebell.domain.transports import EmailTransport
from duebell.providers.http import open_client, open_clients
from duebell.providers.unreached import why_unreached
from tests.contract import rough_server as rough
from tests.contract.email_bench import EMAIL, SENDGRID, TWILIO, Way, play

pytestmark = pytest.mark.parametrize("way", [TWILIO, SENDGRID], ids=str)

_NOT_SENT, _UNKNOWN = OutcomeKind.NOT_SENT, OutcomeKind.UNKNOWN
_HTML = "<html><h1>Hotel Wi-Fi</h1></html>"

#: The answer, its outcome, its class, the pause, and whether the channel stops.
ANSWERS = [
    (httpx.Response(202, html=_HTML), _UNKNOWN, "unknown", None, False),
    (httpx.Response(202, json=["odd"]), _UNKNOWN, "unknown", None, False),
    (httpx.Response(202), _UNKNOWN, "unknown", None, False),
    (httpx.Response(200, json={}), _UNKNOWN, "unknown", None, False),
    (httpx.Response(307, headers={"Location": "/x"}), _UNKNOWN, "unknown", None, False),
    (httpx.Response(408), _UNKNOWN, "unknown", None, False),
    (httpx.Response(500, json={"code": 20500}), _UNKNOWN, "unknown", None, False),
    (httpx.Response(502, html=_HTML), _UNKNOWN, "unknown", None, False),
    (httpx.Response(503, html=_HTML), _UNKNOWN, "unknown", None, False),
    (httpx.Response(504), _UNKNOWN, "unknown", None, False),
    (httpx.Response(503, headers={"Retry-After": "9"}), _NOT_SENT, "temporary", 9.0, False),
    (httpx.Response(429, headers={"Retry-After": "2"}), _NOT_SENT, "rate", 2.0, False),
    (httpx.Response(429, headers={"Retry-After": "9" * 30}), _NOT_SENT, "rate", 3600.0, False),
    (httpx.Response(429, headers={"Retry-After": "soon"}), _NOT_SENT, "rate", None, False),
    (httpx.Response(429, html=_HTML), _NOT_SENT, "rate", None, False),
    (httpx.Response(400, json={"errors": []}), OutcomeKind.REJECTED, "configuration", None, False),
    (httpx.Response(400, html=_HTML), OutcomeKind.REJECTED, "configuration", None, False),
    (httpx.Response(413, html=_HTML), OutcomeKind.REJECTED, "configuration", None, False),
    (httpx.Response(401, json={"errors": []}), _NOT_SENT, "configuration", None, True),
    (httpx.Response(403, html=_HTML), _NOT_SENT, "configuration", None, True),
    (httpx.Response(404, html=_HTML), _NOT_SENT, "configuration", None, True),
    (httpx.Response(406), _NOT_SENT, "configuration", None, True),
    (httpx.Response(407), _NOT_SENT, "configuration", None, True),
    (httpx.Response(451), _NOT_SENT, "configuration", None, True),
]


def test_an_accepted_email_has_an_id(way: Way) -> None:
    """The provider's id is known the moment it accepts."""

    async def story(emails: EmailTransport, api: respx.MockRouter) -> None:
        route = api.post(way.path).mock(return_value=way.accepted())

        outcome = await emails.send(EMAIL)

        assert SendOutcome(OutcomeKind.ACCEPTED, provider_id=way.provider_id) == outcome
        assert (1, way.name) == (route.call_count, emails.provider)

    play(way, story)


@pytest.mark.parametrize(("answer", "kind", "failure", "pause", "stops"), ANSWERS)
def test_every_answer_has_an_outcome(
    way: Way,
    answer: httpx.Response,
    kind: OutcomeKind,
    failure: str,
    pause: float | None,
    stops: bool,
) -> None:
    """Whatever is answered becomes an outcome after one request, with the pause asked for."""

    async def story(emails: EmailTransport, api: respx.MockRouter) -> None:
        api.route(path="/x").respond(500)
        route = api.post(way.path).mock(return_value=answer)

        outcome = await emails.send(EMAIL)

        assert (kind, failure) == (outcome.kind, outcome.failure)
        assert (pause, stops) == (outcome.retry_after, outcome.stops_channel)
        assert 1 == route.call_count
        assert outcome.reason
        assert "Hotel" not in outcome.reason

    play(way, story)


@pytest.mark.parametrize("status", [400, 401, 403, 413, 429])
def test_a_refusal_names_its_code(way: Way, status: int) -> None:
    """The code of a refusal is one of the table of codes."""

    async def story(emails: EmailTransport, api: respx.MockRouter) -> None:
        api.post(way.path).respond(status)

        outcome = await emails.send(EMAIL)

        assert f"{way.code_prefix}{status}" == outcome.error_code

    play(way, story)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (httpx.ConnectError("refused"), _NOT_SENT),
        (httpx.ConnectTimeout("slow"), _NOT_SENT),
        (httpx.PoolTimeout("busy"), _NOT_SENT),
        (httpx.ProxyError("403"), _NOT_SENT),
        (httpx.WriteError("broken"), _UNKNOWN),
        (httpx.WriteTimeout("slow"), _UNKNOWN),
        (httpx.ReadError("reset"), _UNKNOWN),
        (httpx.ReadTimeout("slow"), _UNKNOWN),
        (httpx.RemoteProtocolError("dropped"), _UNKNOWN),
        (httpx.DecodingError("odd"), _UNKNOWN),
        (ConnectionResetError(), _UNKNOWN),
    ],
)
def test_every_fault_of_the_network_has_an_outcome(
    way: Way, fault: Exception, kind: OutcomeKind
) -> None:
    """Only what broke before the request was written proves that nothing was sent."""

    async def story(emails: EmailTransport, api: respx.MockRouter) -> None:
        route = api.post(way.path).mock(side_effect=fault)

        outcome = await emails.send(EMAIL)

        assert kind is outcome.kind
        assert why_unreached(fault) in outcome.reason
        assert 1 == route.call_count

    play(way, story)


@pytest.mark.parametrize(
    "conduct",
    [rough.dropping, rough.resetting, rough.half, rough.gibberish, rough.hanging, rough.trickling],
    ids=lambda conduct: conduct.__name__,
)
def test_a_rough_server_gets_one_request_and_leaves_the_outcome_open(
    way: Way, conduct: rough.Conduct
) -> None:
    """On real sockets, too, a request that was read is never written again nor called unsent."""

    async def run() -> None:
        async with (
            rough.rough_server(conduct) as server,
            open_client(server.url, read_seconds=0.2) as http,
        ):
            outcome = await way.build(http, server.url, total_seconds=0.3).send(EMAIL)

            assert OutcomeKind.UNKNOWN is outcome.kind
            assert 1 == len(server.requests)

    asyncio.run(run())


def test_a_closed_port_is_not_sent(way: Way) -> None:
    """Where nobody listens nothing was sent."""

    async def run() -> None:
        async with rough.rough_server(rough.dropping) as server:
            url = server.url
        async with open_client(url) as http:
            outcome = await way.build(http, url).send(EMAIL)

        assert (OutcomeKind.NOT_SENT, FailureClass.TEMPORARY) == (outcome.kind, outcome.failure)

    asyncio.run(run())


def test_cancellation_goes_through(way: Way) -> None:
    """A cancelled send is cancelled, not an outcome."""

    async def run() -> None:
        received = asyncio.Event()

        async def conduct(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            received.set()
            await asyncio.sleep(30)

        async with rough.rough_server(conduct) as server, open_client(server.url) as http:
            sending = asyncio.ensure_future(way.build(http, server.url).send(EMAIL))
            await received.wait()

            sending.cancel()

            with pytest.raises(asyncio.CancelledError):
                await sending

    asyncio.run(run())


def test_a_fault_of_the_call_itself_is_raised(way: Way) -> None:
    """What never became a request is a defect, not an outcome."""

    async def story(emails: EmailTransport, api: respx.MockRouter) -> None:
        api.post(way.path).mock(side_effect=ZeroDivisionError)

        with pytest.raises(ZeroDivisionError):
            await emails.send(EMAIL)

    play(way, story)


def test_many_sends_take_turns(way: Way) -> None:
    """However many are sent at once, each client has four requests in flight at most."""

    async def run() -> None:
        conduct = rough.answering("500 Oh", {}, seconds=0.02)
        async with rough.rough_server(conduct) as server:
            emails = way.build(open_clients(server.url, connections=16), server.url)

            await asyncio.gather(*(emails.send(EMAIL) for _ in range(40)))
            await emails.close()

        assert (16, 40) == (server.most_in_flight, len(server.requests))

    asyncio.run(run())


def test_closing_closes_the_clients(way: Way) -> None:
    """A transport that is closed leaves no client open."""

    async def run() -> None:
        clients = open_clients("https://emails.example", connections=16)

        await way.build(clients).close()

        assert [True] * 4 == [client.is_closed for client in clients]

    asyncio.run(run())
