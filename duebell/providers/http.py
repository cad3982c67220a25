"""The one place that builds httpx clients: bounded times, bounded connections, silent about URLs.

No client follows redirects or repeats a request by itself: whether a request may be repeated is
decided where its meaning is known.
"""

from __future__ import annotations

import functools
import logging
import ssl
from collections.abc import Mapping
from ipaddress import ip_address

import httpx

from duebell import __version__

#: httpx looks at every waiting request and every connection whenever one begins or ends. So two
#: clients of four connections take a quarter less time for each request than one of eight.
CONNECTIONS_PER_CLIENT = 4


def open_client(
    base_url: str,
    *,
    headers: Mapping[str, str] | None = None,
    connect_seconds: float = 5.0,
    read_seconds: float = 20.0,
    max_connections: int = CONNECTIONS_PER_CLIENT,
    keepalive_seconds: float = 3.0,
    auth: httpx.Auth | tuple[str, str] | None = None,
) -> httpx.AsyncClient:
    """Build a client for one provider. The caller closes it. Times are in seconds.

    Idle connections are dropped early, so that a POST is not written to a connection which the
    server is closing at that moment: nobody could tell whether it was received.
    """
    _silence_request_log()
    return httpx.AsyncClient(
        base_url=base_url,
        auth=auth,
        headers={
            "User-Agent": f"duebell/{__version__}",
            "Accept": "application/json",
            **(headers or {}),
        },
        timeout=httpx.Timeout(read_seconds, connect=connect_seconds),
        limits=httpx.Limits(
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=keepalive_seconds,
        ),
        follow_redirects=False,
        verify=_trust(),
        trust_env=not _is_loopback(base_url),
    )


def open_clients(
    base_url: str,
    *,
    connections: int,
    connect_seconds: float = 5.0,
    read_seconds: float = 20.0,
) -> tuple[httpx.AsyncClient, ...]:
    """Build as many small clients as ``connections`` requests in flight need.

    See :data:`CONNECTIONS_PER_CLIENT` for why not one large one.
    """
    return tuple(
        open_client(base_url, connect_seconds=connect_seconds, read_seconds=read_seconds)
        for _ in range(max(1, -(-connections // CONNECTIONS_PER_CLIENT)))
    )


@functools.cache
def _trust() -> ssl.SSLContext:
    """Whom this process trusts, for all of its clients: reading the authorities takes a while."""
    return httpx.create_ssl_context()


def _is_loopback(base_url: str) -> bool:
    """Whether a proxy of the environment must be left out, because only this machine answers."""
    host = httpx.URL(base_url).host
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _NoUrls(logging.Filter):
    """httpx writes every URL at INFO, and URLs hold phone numbers (``To=...``)."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


_NO_URLS = _NoUrls()


def _silence_request_log() -> None:
    """Keep httpx's request lines out, also when somebody sets the logger's level later."""
    logger = logging.getLogger("httpx")
    logger.addFilter(_NO_URLS)
    logger.setLevel(logging.WARNING)
