"""What an email says of itself that safe mode sends to the firm's own address."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

from duebell.wording.emails import Email

_BODY = re.compile(r"""<body\b(?:[^>"']|"[^"]*"|'[^']*')*>""", re.IGNORECASE)
_STYLE = "margin:0;padding:8px;background:#fff3cd;color:#000000;font:14px/1.4 sans-serif"


def diverted(email: Email, recipient: str) -> Email:
    """The email with a first line that says for whom it was meant, whose address is masked."""
    line = f"Safe mode is on: this email is meant for {recipient} and was not sent there."
    mark = f'<p dir="ltr" style="{_STYLE}">{escape(line)}</p>'
    return replace(email, text=f"{line}\n\n{email.text}", html=_with_mark(email.html, mark))


def _with_mark(page: str, mark: str) -> str:
    """The page with the mark before everything that is shown; a template may have no body."""
    body = _BODY.search(page)
    place = body.end() if body else 0
    return page[:place] + mark + page[place:]
