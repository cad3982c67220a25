"""Signatures of requests drawn by chance: whatever the SDK's own validator says of them, we say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import (  # type: ignore[import-untyped]
    RequestValidator,
    get_signature_algorithm,
)

from duebell.providers.twilio.wire import is_signed, parse_form, signature

ROUNDS = range(250)

NAMES = ("Body", "body", "To", "From", "MessageSid", "ErrorMessage", "Digits", "Étage", "日付", "A")
VALUES = (
    "",
    " ",
    "+12125550101",
    "a=b&c",
    "Hello 👍 é",
    "0",
    "delivered",
    "x\r\ny",
    "ＡＢ",
    "%2B+",
)
HOSTS = ("hooks.firm.example", "firm.example", "127.0.0.1")
PORTS = ("", "", ":443", ":80", ":8443")
PATHS = ("/", "/webhooks/twilio/status", "/a//b", "/caf%C3%A9", "/%7Euser/", "")
QUERIES = ("", "?n=ntf_1&a=2", "?a=2&n=ntf_1", "?n=%C3%A9+x", "?n=&n=", "?u=https://x.example/?y")
SETTINGS = (
    None,
    "",
    "key=webhooks_sharedkey_01,algorithm=HMAC_SHA256",
    "key=webhooks_sharedkey_01,algorithm=HMAC_SHA1",
    "algorithm = HMAC_SHA256 , key = webhooks_sharedkey_01",
    "key=webhooks_sharedkey_01",
    "algorithm=HMAC_SHA256",
)
TOKENS = ("primary-token", "secondary-token", "sécret")
SHARED_KEYS = ("shared-one", "shared-two")

Params = list[tuple[str, str]]


class Form:
    """Form fields as web frameworks give them to the SDK."""

    def __init__(self, params: Sequence[tuple[str, str]]) -> None:
        self._params = params

    def __iter__(self) -> Any:
        return iter({name for name, _ in self._params})

    def __len__(self) -> int:
        return len(self._params)

    def getall(self, name: str) -> list[str]:
        return [value for known, value in self._params if known == name]


@dataclass(frozen=True)
class Request:
    """A webhook as it arrives, and what the receiver knows."""

    url: str
    params: Params
    header: str
    settings: str | None

    def as_it_arrives(self) -> Params:
        """The fields as the body brings them."""
        return parse_form(urlencode(self.params).encode())

    def is_signed(self) -> bool:
        """What we say of it."""
        params = self.as_it_arrives() if self.params else []
        return is_signed(self.url, params, self.header, self.settings, TOKENS, SHARED_KEYS)

    def is_signed_for_the_sdk(self) -> bool:
        """What the SDK says of it, asked with each key that may have signed."""
        keys = SHARED_KEYS if "key" in (self.settings or "") else TOKENS
        algorithm = get_signature_algorithm(self.settings)
        url = self.url.partition("#")[0]
        return any(
            RequestValidator(key).validate(url, Form(self.params), self.header, algorithm)
            for key in keys
        )


def a_url(chance: Random) -> str:
    """A public address with whatever may belong to one."""
    scheme = chance.choice(("https", "http"))
    parts = (chance.choice(choices) for choices in (HOSTS, PORTS, PATHS, QUERIES))
    return f"{scheme}://{''.join(parts)}"


def fields(chance: Random) -> Params:
    """Fields in any order, some of them blank, doubled or named alike."""
    return [(chance.choice(NAMES), chance.choice(VALUES)) for _ in range(chance.randrange(9))]


def a_signed_request(chance: Random) -> Request:
    """A request that one of the receiver's keys signed, as Twilio does it."""
    url, params, settings = a_url(chance), fields(chance), chance.choice(SETTINGS)
    key = chance.choice(SHARED_KEYS if "key" in (settings or "") else TOKENS)
    header = RequestValidator(key).compute_signature(
        url, Form(params), get_signature_algorithm(settings)
    )
    return Request(url + chance.choice(("", "#rc=3&rp=all")), params, header, settings)


def tampered(request: Request, chance: Random) -> Request:
    """The request with one thing changed, which may or may not matter."""
    changes: list[Request] = [
        replace(request, url=a_url(chance)),
        replace(request, url=request.url.replace("://", "s://").replace("httpss", "http")),
        replace(request, params=[*request.params, ("Extra", "")]),
        replace(request, params=request.params[1:]),
        replace(request, params=request.params * 2),
        replace(request, params=[(name, f"{value} ") for name, value in request.params]),
        replace(request, settings=chance.choice(SETTINGS)),
        replace(request, header=signature(request.url, request.params, "not ours")),
        replace(request, header=request.header.swapcase()),
        replace(request, header=request.header[:-1]),
    ]
    return chance.choice(changes)


@pytest.mark.parametrize("seed", ROUNDS)
def test_what_twilio_signed_is_accepted(seed: int) -> None:
    """Any of our keys may have signed: any form, any port and query, both kinds of key."""
    request = a_signed_request(Random(seed))

    assert request.is_signed_for_the_sdk()
    assert request.is_signed()


@pytest.mark.parametrize("seed", ROUNDS)
def test_of_what_was_changed_both_say_the_same(seed: int) -> None:
    """A change that breaks the signature for the SDK breaks it for us, and no other does."""
    chance = Random(seed)

    request = tampered(a_signed_request(chance), chance)

    assert request.is_signed_for_the_sdk() is request.is_signed()


def test_chance_draws_both_answers() -> None:
    """The changes above are not all of one kind."""
    answers = []
    for seed in ROUNDS:
        chance = Random(seed)
        answers.append(tampered(a_signed_request(chance), chance).is_signed())

    assert answers.count(True) > 30
    assert answers.count(False) > 100


@pytest.mark.parametrize("seed", ROUNDS)
def test_we_sign_as_the_sdk_does(seed: int) -> None:
    """Byte for byte the same signature, for both algorithms."""
    chance = Random(seed)
    url, params, key = a_url(chance), fields(chance), chance.choice(TOKENS)

    for word, algorithm in (("sha1", "HMAC_SHA1"), ("sha256", "HMAC_SHA256")):
        expected = RequestValidator(key).compute_signature(url, Form(params), algorithm)
        assert expected == signature(url, params, key, word)


@pytest.mark.parametrize("seed", ROUNDS[:20])
def test_without_a_header_nothing_is_signed(seed: int) -> None:
    """A missing header is refused, where the SDK's validator breaks down."""
    request = a_signed_request(Random(seed))

    assert not is_signed(request.url, request.params, None, request.settings, TOKENS, SHARED_KEYS)
