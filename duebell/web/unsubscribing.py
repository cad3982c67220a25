"""Where a reader of emails says that no more are wanted: from the mail client, or on a page.

https://www.rfc-editor.org/rfc/rfc8058. Programs that look links over ask with GET, so only a POST
changes anything. The id of the email cannot be guessed, and is all that is asked for.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from duebell.domain.failures import LedgerUnavailable, WebhookRefused
from duebell.web.bodies import answer, header
from duebell.web.hook import Accepted, Visit, WebLedger
from duebell.web.unsubscribe_page import HTML, ask_page, done_page, language_of, unknown_page

_NOTIFICATION = re.compile(r"ntf_[A-Za-z0-9]{8,60}")


class UnsubscribePage:
    """``GET``: asks; it changes nothing."""

    def __init__(self, ledger: WebLedger) -> None:
        self._ledger = ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a button, or that the link names no email."""
        language, notification_id = _language(scope), _notification_id(scope)
        firm = await _firm(self._ledger, notification_id) if notification_id else None
        if firm is None:
            await answer(send, 404, unknown_page(language), HTML)
        else:
            await answer(send, 200, ask_page(language, firm), HTML)


class UnsubscribeIntake:
    """``POST``: suppresses the address that the email went to."""

    source = "unsubscribe"

    def __init__(self, ledger: WebLedger) -> None:
        self._ledger = ledger

    async def accept(self, visit: Visit) -> Accepted:
        """Obey; what stands in the body does not matter, so nobody reads it.

        Raises:
            WebhookRefused: 404 where the link names no email of ours.
            LedgerUnavailable: if it cannot be stored now.
        """
        language, notification_id = _language(visit.scope), _notification_id(visit.scope)
        if not notification_id or not await self._ledger.unsubscribe(notification_id):
            raise WebhookRefused(404, "unknown email", page=unknown_page(language))
        visit.facts.update(notification=notification_id)
        firm = await _firm(self._ledger, notification_id)
        return Accepted(200, "unsubscribed", done_page(language, firm or ""), HTML)


async def _firm(ledger: WebLedger, notification_id: str) -> str | None:
    """Whose email it was; empty where that cannot be read now: the button is what counts."""
    try:
        return await ledger.sender_of(notification_id)
    except LedgerUnavailable:
        return ""


def _language(scope: Scope) -> str:
    return language_of(header(scope, b"accept-language") or "")


def _notification_id(scope: Scope) -> str:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    word = query.get("n", [""])[0]
    return word if _NOTIFICATION.fullmatch(word) else ""
