"""Addresses as two of them are compared; apart, for the webhook process needs no more of them."""

from __future__ import annotations

import unicodedata

from duebell.domain.rules import Channel


def comparable(channel: str, address: str) -> str:
    """The form in which two ways of writing one address are the same.

    Numbers are E.164 already. The standards let a mailbox's name depend on upper case, but nobody's
    does: taking ``Ann@`` and ``ann@`` for two people would write to one who opted out.
    """
    text = unicodedata.normalize("NFC", address.strip())
    if channel != Channel.EMAIL:
        return text
    name, at, domain = text.casefold().rpartition("@")
    return f"{name}{at}{_in_letters(domain)}"


def _in_letters(domain: str) -> str:
    """A domain as people write it, where it came as machines do: ``xn--``."""
    if "xn--" not in domain:
        return domain
    try:
        return domain.encode("ascii").decode("idna").casefold()
    except UnicodeError:
        return domain
