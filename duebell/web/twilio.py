"""What Twilio signs, and the address it reports to: what became of a message.

https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qsl

from starlette.types import Scope

from duebell.domain.failures import WebhookRefused
from duebell.metrics import Metrics
from duebell.providers.twilio.wire import (
    SETTINGS_HEADER,
    SIGNATURE_HEADER,
    is_signed,
    parse_form,
    report_from,
)
from duebell.web.bodies import header, read_body, require_form
from duebell.web.hook import Accepted, Visit, WebLedger
from duebell.web.recent import Recent

_SIGNATURE = SIGNATURE_HEADER.lower().encode()
_SETTINGS = SETTINGS_HEADER.lower().encode()

_TOKENS = "auth tokens"


class SignedForms:
    """Reads forms that Twilio signed. One for all addresses, because they share the tokens."""

    def __init__(
        self,
        ledger: WebLedger,
        public_url: str,
        now: Callable[[], datetime],
        *,
        read_seconds: float,
    ) -> None:
        self._public_url = public_url
        self._read_seconds = read_seconds
        self._tokens: Recent[tuple[str, ...]] = Recent(lambda _: ledger.auth_tokens(), now)

    async def read(self, visit: Visit) -> list[tuple[str, str]]:
        """The fields of a form.

        Raises:
            WebhookRefused: if it is not a signed form; 503 while no auth token is known.
            LedgerUnavailable: if the auth tokens cannot be read now.
        """
        require_form(visit.scope)
        params = parse_form(await read_body(visit.receive, seconds=self._read_seconds))
        if not await self._is_signed(visit.scope, params):
            raise WebhookRefused(401, "signature")
        return params

    async def _is_signed(self, scope: Scope, params: list[tuple[str, str]]) -> bool:
        signature = header(scope, _SIGNATURE)
        tokens = await self._tokens.find(_TOKENS) or await self._tokens.look_again(_TOKENS)
        if not tokens:
            raise WebhookRefused(503, "no auth token")
        if not signature:
            return False
        settings = header(scope, _SETTINGS)
        url = signed_url(self._public_url, scope)
        # A shared key of the account, where one signs, is kept among the auth tokens.
        if is_signed(url, params, signature, settings, tokens, tokens):
            return True
        # The primary token may just have been rotated.
        newest = await self._tokens.look_again(_TOKENS)
        return newest != tokens and is_signed(url, params, signature, settings, newest, newest)


class TwilioIntake:
    """Applies what status callbacks report."""

    source = "twilio"

    def __init__(self, ledger: WebLedger, forms: SignedForms, metrics: Metrics) -> None:
        self._ledger = ledger
        self._forms = forms
        self._metrics = metrics

    async def accept(self, visit: Visit) -> Accepted:
        """Apply one report.

        Raises:
            WebhookRefused: if it is not a signed report; 503 while no auth token is known.
            LedgerUnavailable: if it cannot be stored now.
        """
        params = await self._forms.read(visit)
        query = parse_qsl(visit.scope["query_string"].decode("latin-1"))
        report = report_from(params, dict(query))
        result = await self._ledger.apply_report(report)
        self._metrics.count_report(result)
        return Accepted(204, result)


def signed_url(public_url: str, scope: Scope) -> str:
    """The URL that Twilio was given, byte for byte; the Host header is the sender's to invent."""
    path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    url = public_url + path.decode("latin-1")
    return f"{url}?{query.decode('latin-1')}" if query else url
