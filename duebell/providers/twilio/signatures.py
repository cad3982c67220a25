"""Twilio's webhook signatures: the Auth Token's (SHA-1) and the SharedKeys' (SHA-1 or SHA-256).

https://www.twilio.com/docs/usage/webhooks/webhooks-security. Pure: no clock, no IO.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Sequence

SIGNATURE_HEADER = "X-Twilio-Signature"
#: ``key=webhooks_sharedkey_...,algorithm=HMAC_SHA256``; absent where the Auth Token signed.
SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"

_ALGORITHMS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_DEFAULT_PORTS = {"https": "443", "http": "80"}

Params = Sequence[tuple[str, str]]


def signature(url: str, params: Params, key: str, algorithm: str = "sha1") -> str:
    """Compute the signature of a form POST, as base64.

    Args:
        url: as Twilio was given it, without a fragment, its query byte for byte.
        params: the decoded fields; each (name, value) counts once, whatever their order.
        key: the Auth Token, or the SharedKey's secret.
        algorithm: ``sha1`` or ``sha256``.
    """
    message = url + "".join(name + value for name, value in sorted(set(params)))
    digest = hmac.digest(key.encode(), message.encode(), algorithm)
    return base64.b64encode(digest).decode("ascii")


def is_signed(
    url: str,
    params: Params,
    header: str | None,
    settings_header: str | None,
    auth_tokens: Iterable[str],
    shared_keys: Iterable[str] = (),
) -> bool:
    """Tell whether one of our secrets made the header; in constant time.

    Build ``url`` from the configured public address and the raw path and query, never from what a
    request says of its host. A fragment is dropped: it is Twilio's to read and never signed.
    """
    settings = _settings(settings_header)
    algorithm = _ALGORITHMS.get(settings.get("algorithm", "HMAC_SHA1").upper())
    if not header or algorithm is None:
        return False
    keys = [key for key in (shared_keys if "key" in settings else auth_tokens) if key]
    given = header.strip().encode()
    found = False
    for variant in _port_variants(url.partition("#")[0]):
        for key in keys:
            found |= hmac.compare_digest(signature(variant, params, key, algorithm).encode(), given)
    return found


def _settings(header: str | None) -> dict[str, str]:
    pairs = (part.partition("=") for part in (header or "").split(","))
    return {name.strip(): value.strip() for name, _, value in pairs if value.strip()}


def _port_variants(url: str) -> set[str]:
    """The URL as given, without a port and with one: Twilio's signer is not of one mind."""
    scheme, _, rest = url.partition("://")
    end = min((rest.find(mark) for mark in "/?" if mark in rest), default=len(rest))
    authority, path = rest[:end], rest[end:]
    host, colon, port = authority.rpartition(":")
    if not colon or not port.isdigit():  # no port; the colons of an IPv6 address end in "]"
        host, port = authority, _DEFAULT_PORTS.get(scheme, "")
    variants = {url, f"{scheme}://{host}{path}"}
    return variants | {f"{scheme}://{host}:{port}{path}"} if port else variants
