"""Where a reader of emails says that no more are wanted: from the mail client, or on a page.

https://www.rfc-editor.org/rfc/rfc8058. Programs that look links over ask with GET, so only a POST
changes anything. The id of the email cannot be guessed, and is all that is asked for.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from duebell.domain.failures import WebhookRefused
from duebell.web.bodies import answer
from duebell.web.hook import Accepted, Visit, WebLedger

_NOTIFICATION = re.compile(r"ntf_[A-Za-z0-9]{8,60}")
_HTML = "text/html; charset=utf-8"

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 4rem auto }}
button {{ font: inherit; padding: .5rem 1.2rem; cursor: pointer }}
</style></head><body><h1>{title}</h1>{body}</body></html>
"""

_ASK = _PAGE.format(
    title="No more emails?",
    body="<p>You will get no more of these emails at this address.</p>"
    '<form method="post"><button>No more emails, please</button></form>',
)
_DONE = _PAGE.format(
    title="Done", body="<p>You will get no more of these emails at this address.</p>"
)
_UNKNOWN = _PAGE.format(
    title="This link is not complete",
    body="<p>Please use the whole link from the email, or answer the email.</p>",
)


class UnsubscribePage:
    """``GET``: asks; it changes nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a button."""
        page, status = (_ASK, 200) if _notification_id(scope) else (_UNKNOWN, 404)
        await answer(send, status, page.encode(), _HTML)


class UnsubscribeIntake:
    """``POST``: suppresses the address that the email went to."""

    source = "unsubscribe"

    def __init__(self, ledger: WebLedger) -> None:
        self._ledger = ledger

    async def accept(self, visit: Visit) -> Accepted:
        """Obey; what stands in the body does not matter, so it is not read.

        Raises:
            WebhookRefused: 404 where the link names no email of ours.
            LedgerUnavailable: if it cannot be stored now.
        """
        notification_id = _notification_id(visit.scope)
        if not notification_id or not await self._ledger.unsubscribe(notification_id):
            raise WebhookRefused(404, "unknown email")
        visit.facts.update(notification=notification_id)
        return Accepted(200, "unsubscribed", _DONE.encode(), _HTML)


def _notification_id(scope: Scope) -> str:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    word = query.get("n", [""])[0]
    return word if _NOTIFICATION.fullmatch(word) else ""
