"""Why no answer came, in words that a person understands."""

from __future__ import annotations

import socket
import ssl

import httpx
import pytest

from duebell.providers.unreached import why_unreached


def caused(cause: Exception) -> httpx.ConnectError:
    """A connection that failed for a reason."""
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ConnectError("refused"), "nothing answers at its address"),
        (caused(ConnectionRefusedError(111, "refused")), "nothing answers at its address"),
        (
            caused(socket.gaierror(-2, "Name or service not known")),
            "there is no such host name, or no network",
        ),
        (
            caused(ssl.SSLCertVerificationError("CERTIFICATE_VERIFY_FAILED")),
            "its certificate is not one that this machine trusts",
        ),
        (caused(ssl.SSLError("WRONG_VERSION_NUMBER")), "no encrypted connection came about"),
        (httpx.ConnectTimeout("slow"), "no connection came about in time"),
        (httpx.ReadTimeout("slow"), "no answer came in time"),
        (TimeoutError(), "no answer came in time"),
        (httpx.PoolTimeout("busy"), "all connections were busy for too long"),
        (httpx.ProxyError("407"), "the proxy in between refuses"),
        (httpx.RemoteProtocolError("dropped"), "the connection broke off before the answer"),
        (httpx.ReadError(""), "the connection broke off before the answer"),
    ],
)
def test_every_failure_has_words(error: Exception, words: str) -> None:
    """No name of a class is shown, whatever went wrong on the way."""
    assert words == why_unreached(error)
