"""Links in messages: only those that lead to a page, and nothing that a mail client would run."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

_PAGES = frozenset({"http", "https"})
_IN_EMAILS = frozenset({"http", "https", "mailto", "tel"})
_LEADING = frozenset({"href", "src", "action", "formaction", "background", "poster", "data"})

#: Whatever may be the value of an attribute, inside a tag or not; values of records come escaped.
_CANDIDATE = re.compile("=(?=\\s*[\"']?([^\"'>]*))")

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)

#: Browsers leave these out before they look at a link, so ``java\nscript:`` is no hiding place.
#: https://url.spec.whatwg.org/#url-parsing
_LEFT_OUT = re.compile(r"[\x00-\x20]")


def web_link(text: str) -> str:
    """The text where it is the address of a page (http or https), else nothing."""
    link = text.strip()
    try:
        parts = urlsplit(link)
        is_page = parts.scheme.lower() in _PAGES and bool(parts.hostname)
    except ValueError:
        return ""
    return link if is_page and not re.search(r"[\s\x00-\x1f\"<>\\]", link) else ""


def unsafe_link(html: str) -> str | None:
    """The first link of a page that is neither to a page, an email address nor a phone number."""
    # A look at the text is ten times as fast as reading the page, and nearly always enough.
    if all(_is_safe(unescape(match[1])) for match in _CANDIDATE.finditer(html)):
        return None
    finder = _Finder()
    finder.feed(html)
    finder.close()
    return finder.found


def _is_safe(link: str) -> bool:
    scheme = _SCHEME.match(_LEFT_OUT.sub("", link))
    return scheme is None or scheme[1].lower() in _IN_EMAILS


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            is_link = name.rpartition(":")[2] in _LEADING
            if self.found is None and is_link and value and not _is_safe(value):
                self.found = value
