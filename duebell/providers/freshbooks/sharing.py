"""The address at which a client sees and pays an invoice. Pure: no clock, no IO."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from duebell.providers.freshbooks import reading
from duebell.providers.freshbooks.reading import Payload, text


def share_link_from(payload: Payload) -> str:
    """Read the link, whether it stands alone or in a record; empty where it is no web address."""
    result = reading.result_in(payload)
    record = result.get("share_link")
    link = text(record if isinstance(record, Mapping) else result, "share_link")
    return link if _is_web_address(link) else ""


def _is_web_address(link: str) -> bool:
    """Whether it can be put into a text as it stands."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    is_plain = link.isascii() and link.isprintable() and " " not in link
    return is_plain and parts.scheme in ("https", "http") and bool(parts.netloc)
