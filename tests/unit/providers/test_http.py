"""The one place that builds clients."""

from __future__ import annotations

import logging

import httpx
import pytest
import respx

from duebell import __version__
from duebell.providers.http import open_client, open_clients


def test_who_asks_is_said() -> None:
    """Every request carries our name and version and wants JSON."""
    client = open_client("https://api.freshbooks.com", headers={"X-Extra": "1"})

    assert f"duebell/{__version__}" == client.headers["User-Agent"]
    assert client.headers["Accept"] == "application/json"
    assert client.headers["X-Extra"] == "1"


def test_times_are_bounded() -> None:
    """Each phase of a request has its limit; reading the longest."""
    client = open_client("https://api.freshbooks.com", connect_seconds=1.5, read_seconds=9)

    assert client.timeout.as_dict() == {"connect": 1.5, "read": 9, "write": 9, "pool": 9}
    assert not client.follow_redirects


@pytest.mark.parametrize(("connections", "clients"), [(1, 1), (4, 1), (5, 2), (20, 5), (0, 1)])
def test_many_connections_are_spread_over_small_clients(connections: int, clients: int) -> None:
    """No client gets more than four connections."""
    assert clients == len(open_clients("https://api.twilio.com", connections=connections))


@pytest.mark.parametrize(
    ("url", "uses_environment"),
    [
        ("http://127.0.0.1:8485", False),
        ("http://[::1]:8485", False),
        ("http://localhost:8485", False),
        ("https://api.twilio.com", True),
    ],
)
def test_no_proxy_stands_before_this_machine(url: str, uses_environment: bool) -> None:
    """A proxy of the environment is used for the world and never for a loopback address."""
    assert uses_environment is open_client(url).trust_env


def test_urls_are_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    """httpx' request lines, which hold numbers, stay out even when its logger is made verbose."""
    open_client("https://api.twilio.com")
    caplog.set_level(logging.DEBUG, "httpx")

    with respx.mock, httpx.Client() as client:
        respx.get("https://api.twilio.com/").respond(200)
        client.get("https://api.twilio.com/", params={"To": "+12125550101"})

    assert caplog.text == ""
