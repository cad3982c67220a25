"""Why no answer came, in words for a person. httpx has names of classes for it, or nothing."""

from __future__ import annotations

import ssl

import httpx

_LATE = "no answer came in time"


def why_unreached(error: Exception) -> str:
    """What became of a request that has no answer; part of a sentence."""
    match error:
        case httpx.ConnectTimeout():
            return "no connection came about in time"
        case httpx.ConnectError():
            return _why_unconnected(error)
        case httpx.PoolTimeout():
            return "all connections were busy for too long"
        case httpx.ProxyError():
            return "the proxy in between refuses"
        case httpx.TimeoutException() | TimeoutError():
            return _LATE
        case _:
            return "the connection broke off before the answer"


def _why_unconnected(error: BaseException) -> str:
    """Below are the errors of the transport and of the operating system."""
    below: BaseException | None = error
    seen = set[int]()  # errors may stand below each other in a circle
    while below is not None and id(below) not in seen:
        seen.add(id(below))
        if isinstance(below, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(below):
            return "its certificate is not one that this machine trusts"
        if isinstance(below, ssl.SSLError):
            return "no encrypted connection came about"
        if "Name or service" in str(below) or "nodename nor" in str(below):
            return "there is no such host name, or no network"
        below = below.__cause__ or below.__context__
    return "nothing answers at its address"
