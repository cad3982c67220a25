"""Twilio's two signatures, against known vectors and the SDK's own validator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from duebell.providers.twilio.wire import is_signed, signature
from tests.unit.providers.samples import sample

VECTORS: list[dict[str, Any]] = sample("twilio/signatures.json")
TOKEN = "0123456789abcdef0123456789abcdef"
URL = "https://hooks.firm.example/webhooks/twilio/status?n=ntf_1&a=1"
PARAMS = [("MessageSid", "SM" + "a" * 32), ("MessageStatus", "sent"), ("To", "+12125550101")]
SHARED = "key=webhooks_sharedkey_01,algorithm=HMAC_SHA256"


class MultiDict:
    """Form fields as web frameworks give them to the SDK."""

    def __init__(self, params: Sequence[tuple[str, str]]) -> None:
        self._params = params

    def __iter__(self) -> Any:
        return iter({name for name, _ in self._params})

    def __len__(self) -> int:
        return len(self._params)

    def getall(self, name: str) -> list[str]:
        return [value for known, value in self._params if known == name]


def params_of(vector: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in vector["params"]]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["case"])
def test_vectors(vector: dict[str, Any]) -> None:
    """Every known signature is computed, in whatever order the fields came."""
    params = params_of(vector)[::-1]

    computed = signature(vector["url"], params, vector["key"], vector["algorithm"])

    assert vector["signature"] == computed


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["case"])
def test_the_sdk_agrees(vector: dict[str, Any]) -> None:
    """The SDK's validator computes the same and accepts what we sign."""
    validator = RequestValidator(vector["key"])
    algorithm = f"HMAC_{vector['algorithm'].upper()}"
    params = MultiDict(params_of(vector))

    ours = signature(vector["url"], params_of(vector), vector["key"], vector["algorithm"])

    assert ours == validator.compute_signature(vector["url"], params, algorithm)
    assert validator.validate(vector["url"], params, ours, algorithm)


@pytest.mark.parametrize("given", ["", ":443"])
@pytest.mark.parametrize("signed", ["", ":443"])
def test_the_default_port_does_not_matter(given: str, signed: str) -> None:
    """Twilio may sign with or without the default port, whichever of them we were configured."""
    url = URL.replace(".example/", ".example{}/")
    header = signature(url.format(signed), PARAMS, TOKEN)

    assert is_signed(url.format(given), PARAMS, header, None, [TOKEN])


@pytest.mark.parametrize(
    ("given", "signed"),
    [
        ("http://127.0.0.1:8484/s?n=1", "http://127.0.0.1:8484/s?n=1"),
        ("http://127.0.0.1:8484/s?n=1", "http://127.0.0.1/s?n=1"),
        ("http://firm.example/s", "http://firm.example:80/s"),
        ("http://[::1]:8484/s", "http://[::1]/s"),
        ("https://[::1]/s", "https://[::1]:443/s"),
        ("https://user:word@firm.example/s", "https://user:word@firm.example:443/s"),
        ("https://user:word@firm.example:8443/s", "https://user:word@firm.example/s"),
        ("https://firm.example?n=1", "https://firm.example:443?n=1"),
        ("https://firm.example/s?n=1#rc=3&rp=all", "https://firm.example/s?n=1"),
    ],
)
def test_variants_of_the_url(given: str, signed: str) -> None:
    """A port may come and go on every kind of host, and a fragment is never signed."""
    assert is_signed(given, PARAMS, signature(signed, PARAMS, TOKEN), None, [TOKEN])


@pytest.mark.parametrize(
    "signed",
    [
        URL.replace("https", "http"),
        URL.replace("/status", "/status/"),
        URL.replace("a=1", "a=2"),
        URL.replace("firm", "firms"),
        URL.replace(".example/", ".example:8443/"),
        URL + "#rc=3",
    ],
)
def test_another_url_is_not_signed(signed: str) -> None:
    """Whatever else differs in the URL breaks the signature."""
    assert not is_signed(URL, PARAMS, signature(signed, PARAMS, TOKEN), None, [TOKEN])


@pytest.mark.parametrize(
    "params",
    [
        PARAMS[:-1],
        [*PARAMS, ("Extra", "")],
        [*PARAMS[:-1], ("To", "+12125550102")],
    ],
)
def test_other_fields_are_not_signed(params: list[tuple[str, str]]) -> None:
    """A field that was added, lost or changed breaks the signature; an empty one counts."""
    assert not is_signed(URL, params, signature(URL, PARAMS, TOKEN), None, [TOKEN])


def test_any_of_several_tokens_will_do() -> None:
    """During a rotation the primary and the secondary token are both accepted."""
    header = signature(URL, PARAMS, "the-new-token")

    assert is_signed(URL, PARAMS, header, None, ["the-old-token", "the-new-token"])
    assert not is_signed(URL, PARAMS, header, None, ["the-old-token", ""])


@pytest.mark.parametrize("header", [None, "", "AAAA", "\u00e9"])
def test_without_a_good_header_nothing_is_signed(header: str | None) -> None:
    """A missing or odd header is an answer, not an error."""
    assert not is_signed(URL, PARAMS, header, None, [TOKEN])


def test_without_a_token_nothing_is_signed() -> None:
    """An empty secret would let anybody sign."""
    assert not is_signed(URL, PARAMS, signature(URL, PARAMS, ""), None, ["", ""])
    assert not is_signed(URL, PARAMS, signature(URL, PARAMS, ""), None, [])


@pytest.mark.parametrize(
    ("settings", "algorithm"),
    [
        (SHARED, "sha256"),
        (" algorithm = hmac_sha256 , key = k ", "sha256"),
        ("key=webhooks_sharedkey_01,algorithm=HMAC_SHA1", "sha1"),
        ("key=webhooks_sharedkey_01", "sha1"),
    ],
)
def test_shared_keys(settings: str, algorithm: str) -> None:
    """The settings header names the algorithm, and says that a SharedKey signed."""
    header = signature(URL, PARAMS, "shared-secret", algorithm)

    assert is_signed(URL, PARAMS, header, settings, [TOKEN], ["other", "shared-secret"])
    assert not is_signed(URL, PARAMS, header, settings, ["shared-secret"], [])


def test_an_algorithm_without_a_key_is_the_auth_tokens() -> None:
    """Where the header names an algorithm alone, the Auth Token signed with it."""
    header = signature(URL, PARAMS, TOKEN, "sha256")

    assert is_signed(URL, PARAMS, header, "algorithm=HMAC_SHA256", [TOKEN], [])


def test_an_unknown_algorithm_is_not_signed() -> None:
    """What we cannot compute is refused."""
    header = signature(URL, PARAMS, TOKEN)

    assert not is_signed(URL, PARAMS, header, "algorithm=HMAC_MD5", [TOKEN], [TOKEN])
