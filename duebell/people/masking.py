"""Addresses as people may see them outside a message: recognisable, but of no use to a stranger."""

from __future__ import annotations

from duebell.domain.masks import DOTS, mask_number
from duebell.domain.rules import Channel


def mask_phone(number: str) -> str:
    """Show an E.164 number as ``+1•••••0101``: the country code and the last four digits.

    What is no such number is hidden as a whole. The dots do not tell how many digits they hide.
    """
    import phonenumbers  # which is large, and `up` and the webhook process show no number

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return DOTS
    return mask_number(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def mask_email(address: str) -> str:
    """Show an e-mail address as ``d•••••@firm.example``: the first character and the domain."""
    name, at, domain = address.strip().rpartition("@")
    if not at or not name or not domain:
        return DOTS
    return f"{name[0]}{DOTS}@{domain}"


def mask(channel: str, address: str) -> str:
    """Show an address of a channel so that only who knows it recognises it."""
    return mask_phone(address) if channel == Channel.SMS else mask_email(address)
