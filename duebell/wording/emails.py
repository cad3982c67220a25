"""Emails as they are sent: a subject of one line, a plain text, and a page for mail clients."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from css_inline import CSSInliner, InlineError

from duebell.domain.failures import RenderingFailed
from duebell.wording.links import unsafe_link
from duebell.wording.plain_text import (
    clean_value,
    close_seams,
    close_seams_of_page,
    shorten,
    tidy_body,
)

#: Characters of a subject; longer ones are cut off by mail clients anyway.
MAX_SUBJECT = 150

#: The mend where nothing is left to send.
NO_WORDS = "give it words for every case"


@dataclass(frozen=True, slots=True)
class Email:
    """The words of an email, twice: for clients that show text alone, and for all others."""

    subject: str
    text: str
    html: str


def finish_subject(title: str, rendered: str) -> str:
    """The subject as it is sent: one line that is not too long; ``title`` names its file.

    Raises:
        RenderingFailed: if nothing is left of it.
    """
    subject = shorten(close_seams(clean_value(rendered)), MAX_SUBJECT)
    if not subject:
        raise RenderingFailed(f"{title} gives an empty subject; {NO_WORDS}")
    return subject


def finish_text(title: str, rendered: str) -> str:
    """The plain text as it is sent.

    Raises:
        RenderingFailed: if nothing is left of it.
    """
    text = tidy_body(rendered)
    if not text:
        raise RenderingFailed(f"{title} gives an empty text; {NO_WORDS}")
    return text


def finish_html(title: str, rendered: str) -> str:
    """The page as it is sent: styles written into its elements, and no link that runs something.

    Mail clients leave out style sheets of their own accord; rules that cannot be written into an
    element (for phones, for dark mode) stay for those that do not.

    Raises:
        RenderingFailed: if nothing is in it, if its styles cannot be read, or if a link in it leads
            to anything but a page, an email address or a phone number.
    """
    if not rendered.strip():
        raise RenderingFailed(f"{title} gives an empty page; {NO_WORDS}")
    link = unsafe_link(rendered)
    if link is not None:
        mend = "lead it to a page, an email address or a phone number, or leave it out"
        raise RenderingFailed(f"{title} has a link to `{shorten(link, 60)}`; {mend}")
    try:
        return close_seams_of_page(_inliner().inline(rendered))
    except (InlineError, ValueError) as error:
        fault = f"{title} has styles that cannot be read ({error}); mend them"
        raise RenderingFailed(fault) from error


@cache
def _inliner() -> CSSInliner:
    # Nothing is ever fetched: a template of somebody's may name a style sheet elsewhere.
    return CSSInliner(
        keep_style_tags=True, remove_inlined_selectors=True, load_remote_stylesheets=False
    )
