"""The page in the browser on which a person lets the application read the books.

https://www.freshbooks.com/api/authentication
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from html import escape
from urllib.parse import urlencode

from duebell.sandbox import credentials
from duebell.sandbox.exchange import HTML_TYPE, Answer, Call
from duebell.sandbox.freshbooks_oauth import FreshBooksOAuth
from duebell.sandbox.kinds import PROFILE_SCOPE, SCOPES
from duebell.sandbox.state import State

_BAD_SCOPE = "The requested scope is invalid, unknown, or malformed."
_FIELDS = ("response_type", "client_id", "redirect_uri", "scope", "state")


class BadRequest(ValueError):
    """The request for consent cannot be shown to a person; the message says why."""


class FreshBooksAuthorize:
    """``/oauth/authorize/``: GET shows the page, POST is a press on its button."""

    def __init__(self, state: State, oauth: FreshBooksOAuth) -> None:
        self._state = state
        self._oauth = oauth

    async def answer(self, call: Call) -> Answer:
        """Answer a call below ``/oauth``."""
        if [part for part in call.parts if part] != ["oauth", "authorize"]:
            return _page(404, "Not found", "<p>There is no such page.</p>")
        try:
            if call.method == "POST":
                return self._decide(call.form())
            return self._show(call.query())
        except BadRequest as error:
            return _page(400, "An error has occurred", f"<p>{escape(str(error))}</p>")

    def agree(self, scope: str, redirect_uri: str, state: str) -> tuple[str, str]:
        """What follows when a person agrees: the code, and where the browser goes with it.

        Raises:
            BadRequest: if the address is not registered or a scope does not exist.
        """
        self._check(
            {"response_type": "code", "client_id": credentials.CLIENT_ID, "scope": scope}
            | {"redirect_uri": redirect_uri}
        )
        code = self._oauth.create_code(_granted(scope), redirect_uri)
        return code, f"{redirect_uri}?{urlencode({'code': code, 'state': state})}"

    def _show(self, query: dict[str, str]) -> Answer:
        self._check(query)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(query.get(name, ""))}">'
            for name in _FIELDS
        )
        scopes = "".join(f"<li>{escape(scope)}</li>" for scope in _granted(query["scope"]).split())
        form = (
            f"<p>Duebell asks to be allowed:</p><ul>{scopes}</ul>"
            f'<form method="post" action="/oauth/authorize/">{hidden}'
            '<button name="decision" value="allow">Allow</button>'
            '<button name="decision" value="deny">Deny</button></form>'
        )
        return _page(200, "Connect Duebell to the sandbox's FreshBooks", form)

    def _decide(self, form: dict[str, str]) -> Answer:
        self._check(form)
        uri, state = form["redirect_uri"], form.get("state", "")
        if form.get("decision") == "deny":
            return _redirect(f"{uri}?{urlencode({'error': 'access_denied', 'state': state})}")
        return _redirect(self.agree(form["scope"], uri, state)[1])

    def _check(self, sent: dict[str, str]) -> None:
        if sent.get("response_type") != "code":
            raise BadRequest("The authorization server does not support this response type.")
        if sent.get("client_id") != credentials.CLIENT_ID:
            raise BadRequest("Client authentication failed due to unknown client.")
        if not self._is_registered(sent.get("redirect_uri", "")):
            raise BadRequest("The redirect URI included is not valid.")
        if not sent.get("scope", "").strip() or not set(_granted(sent["scope"]).split()) <= SCOPES:
            raise BadRequest(_BAD_SCOPE)

    def _is_registered(self, uri: str) -> bool:
        if not uri.startswith("https://") or "?" in uri or "#" in uri:
            return False
        patterns = self._state.tunables.redirect_uris.split()
        return any(fnmatchcase(uri, pattern) for pattern in patterns)


def _granted(scope: str) -> str:
    # The profile is granted whether or not it was asked for.
    return " ".join(dict.fromkeys([PROFILE_SCOPE, *scope.split()]))


def _page(status: int, title: str, content: str) -> Answer:
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><h1>{title}</h1>{content}</body></html>"
    )
    return Answer(status, page.encode(), (HTML_TYPE,))


def _redirect(target: str) -> Answer:
    return Answer(302, b"", ((b"location", target.encode("latin-1", "replace")),))
