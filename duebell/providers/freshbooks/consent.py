"""A person's consent in the browser: the address to open, and what comes back to the redirect URI.

https://www.freshbooks.com/api/authentication. Pure: no clock, no randomness, no IO.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from duebell.domain.failures import RequestRefused

PATH = "/oauth/authorize/"

#: How long FreshBooks takes a code for, once.
CODE_MINUTES = 5

#: A code that somebody copied by itself, without the address around it.
_BARE_CODE = re.compile(r"[A-Za-z0-9._~+/=-]{8,}")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class NotTheAnswer(RequestRefused):
    """What came back does not answer this request for consent; the right answer may still come."""


class ConsentDenied(RequestRefused):
    """FreshBooks, or the person at it, did not agree."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One request for consent. ``state`` is a random word that binds the answer to it."""

    auth_url: str
    client_id: str
    redirect_uri: str
    scopes: Sequence[str]
    state: str = field(repr=False)

    @property
    def url(self) -> str:
        """The address to open in a browser."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(self.scopes),
            "state": self.state,
        }
        return f"{self.auth_url}{PATH}?{urlencode(query, quote_via=quote, safe='')}"

    def code_from(self, handed_back: str) -> str:
        """The code in what the browser was sent to: the address, its query, or the code alone.

        An address must carry our state; a code alone cannot, and only a person gives one.

        Raises:
            NotTheAnswer: it has no code, or the state of another request.
            ConsentDenied: it says that nobody agreed.
        """
        text = handed_back.strip().strip("<>\"'")
        if "=" not in text.rstrip("=") and _BARE_CODE.fullmatch(text):
            return text
        # By hand, because what people paste may be no address at all.
        query = text.partition("?")[2] or text
        return self.code_in_query(query.partition("#")[0])

    def code_in_query(self, query: str) -> str:
        """The code in the query of the address; raises as :meth:`code_from`."""
        said = {name: values[-1] for name, values in parse_qs(query).items()}
        is_ours = hmac.compare_digest(said.get("state", "").encode(), self.state.encode())
        if "error" in said and (is_ours or "state" not in said):
            raise ConsentDenied(_denial(said["error"]))
        if not said.get("code"):
            raise NotTheAnswer("There is no code in it.")
        if not is_ours:
            raise NotTheAnswer(
                "It answers another request: its state is not that of the address that was shown."
            )
        return said["code"]

    @property
    def local_address(self) -> tuple[int, str] | None:
        """Port and path of the redirect URI, where the browser comes back to this machine."""
        parts = urlsplit(self.redirect_uri)
        if parts.scheme != "https" or parts.hostname not in _LOCAL:
            return None
        return parts.port or 443, parts.path or "/"


def _denial(word: str) -> str:
    if word == "access_denied":
        return "FreshBooks was not allowed to let Duebell read the books: nobody agreed."
    if word == "invalid_scope":
        return (
            "FreshBooks refuses the scopes: enable them for the app on FreshBooks' developer page."
        )
    shown = re.sub(r"[^a-z_]", "", word.lower())[:40]
    return f"FreshBooks did not agree: {shown or 'it gave no reason'}."


def redirect_fault(redirect_uri: str) -> str | None:
    """What is wrong with a redirect URI, by FreshBooks' rules for it."""
    try:
        parts = urlsplit(redirect_uri)
        is_https = parts.scheme == "https" and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        is_https = False
    if not is_https:
        return "The redirect URI must begin with https://, as the one registered for the app does."
    if parts.query or parts.fragment:
        return "The redirect URI must have no `?` and no `#`."
    return None
