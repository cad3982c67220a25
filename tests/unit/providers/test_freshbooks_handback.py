"""The listener at the redirect URI: it takes the right answer, once, and tells of wrong ones."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
from cryptography import x509

from duebell.providers.freshbooks.consent import Consent, ConsentDenied
from duebell.providers.freshbooks.handback import listening, self_signed
from tests.flows.surroundings import free_port

STATE, CODE = "the-state", "c0de" * 16


@dataclass
class Door:
    """A listener and a browser that does not mind its certificate."""

    uri: str
    browser: httpx.AsyncClient
    code: asyncio.Future[str]
    told: list[str] = field(default_factory=list)

    async def visit(self, query: str = "", path: str = "/callback") -> httpx.Response:
        """Go where FreshBooks sends a browser."""
        return await self.browser.get(f"https://localhost:{httpx.URL(self.uri).port}{path}{query}")


def at_the_door(story: Callable[[Door], Awaitable[None]]) -> None:
    """Run a story with a listener on a free port."""

    async def tell_it() -> None:
        uri = f"https://localhost:{free_port()}/callback"
        consent = Consent("https://auth.freshbooks.com", "id", uri, ("a",), STATE)
        told: list[str] = []
        async with (
            listening(consent, datetime.now(UTC), told.append) as code,
            httpx.AsyncClient(verify=False, trust_env=False) as browser,  # noqa: S501
        ):
            await story(Door(uri, browser, code, told))

    asyncio.run(tell_it())


def test_the_browser_brings_the_code() -> None:
    """The redirect gives the code, and the person reads that it is over."""

    async def story(door: Door) -> None:
        page = await door.visit(f"?code={CODE}&state={STATE}")

        assert CODE == await door.code
        assert 200 == page.status_code
        assert "go back to the terminal" in page.text

    at_the_door(story)


def test_the_page_keeps_the_code_to_itself() -> None:
    """Neither the page nor its headers repeat the code, and no browser keeps or forwards it."""

    async def story(door: Door) -> None:
        page = await door.visit(f"?code={CODE}&state={STATE}")

        assert CODE not in page.text + str(page.headers)
        assert ("no-store", "no-referrer") == (
            page.headers["Cache-Control"],
            page.headers["Referrer-Policy"],
        )

    at_the_door(story)


def test_a_wrong_state_is_refused_and_the_right_one_waited_for() -> None:
    """An answer to another request changes nothing; the person and the page are told."""

    async def story(door: Door) -> None:
        refused = await door.visit(f"?code={CODE}x&state=<b>other")

        assert (400, False) == (refused.status_code, door.code.done())
        assert "another request" in refused.text
        assert 1 == len(door.told)
        await door.visit(f"?code={CODE}&state={STATE}")
        assert CODE == await door.code

    at_the_door(story)


def test_nobody_agreed() -> None:
    """A refusal at FreshBooks ends the waiting, with a sentence."""

    async def story(door: Door) -> None:
        await door.visit(f"?error=access_denied&state={STATE}")

        with pytest.raises(ConsentDenied, match="nobody agreed"):
            await door.code

    at_the_door(story)


@pytest.mark.parametrize("path", ["/favicon.ico", "/", "/callback", "/callback/more"])
def test_other_requests_are_404(path: str) -> None:
    """What browsers ask for besides is answered, and is no answer."""

    async def story(door: Door) -> None:
        page = await door.visit(path=path)

        assert (404, False, []) == (page.status_code, door.code.done(), door.told)

    at_the_door(story)


def test_connections_that_say_nothing_hold_nothing_up() -> None:
    """A browser that opens connections in advance, or does not trust us, may come again."""

    async def story(door: Door) -> None:
        port = httpx.URL(door.uri).port
        _, silent = await asyncio.open_connection("127.0.0.1", port)
        _, rude = await asyncio.open_connection("127.0.0.1", port)
        rude.write(b"GET / HTTP/1.1\r\n\r\n")
        rude.close()
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection(
                "127.0.0.1", port, ssl=ssl.create_default_context(), server_hostname="localhost"
            )

        await door.visit(f"?code={CODE}&state={STATE}")

        silent.close()
        assert CODE == await door.code

    at_the_door(story)


def test_a_taken_port_is_an_error() -> None:
    """Where something else listens, the caller can tell and ask for the address instead."""

    async def story(door: Door) -> None:
        consent = Consent("https://auth.freshbooks.com", "id", door.uri, ("a",), STATE)

        with pytest.raises(OSError, match="in use"):
            async with listening(consent, datetime.now(UTC), door.told.append):
                pass

    at_the_door(story)


def test_the_certificate_is_for_this_machine_and_this_hour() -> None:
    """It names localhost and 127.0.0.1, began a moment ago and ends soon."""
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    certificate = x509.load_pem_x509_certificate(self_signed(now).partition(b"KEY-----\n")[2])

    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert ["localhost"] == names.get_values_for_type(x509.DNSName)
    assert "127.0.0.1" in map(str, names.get_values_for_type(x509.IPAddress))
    assert certificate.not_valid_before_utc < now < certificate.not_valid_after_utc
    assert 1 == round((certificate.not_valid_after_utc - now).total_seconds() / 3600)
