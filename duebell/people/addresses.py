"""Addresses of either channel: as a person types one, as two are compared, as one is shown."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers

from duebell.domain.rules import Channel

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")


class NoAddress(ValueError):
    """What was typed is no address; the message says how one is written."""


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


def read_address(channel: Channel, typed: str) -> str:
    """Read an address that a person typed, in the form in which addresses are compared.

    Any number that could exist is taken, also one to which no text can be sent.

    Raises:
        NoAddress: if it is none.
    """
    if channel is Channel.EMAIL:
        if _EMAIL.fullmatch(typed.strip()) is None:
            raise NoAddress("this is no email address")
        return comparable(channel, typed)
    try:
        number = phonenumbers.parse(typed, None)
    except phonenumbers.NumberParseException:
        raise NoAddress("write the number with + and its country code") from None
    if number.extension or not phonenumbers.is_possible_number(number):
        raise NoAddress("this is no possible phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
