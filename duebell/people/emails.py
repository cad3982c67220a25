"""Email addresses: from the free text of a record to one address, or to the reason why not.

Nothing is asked over the network. What comes out is safe in a message's headers: ASCII, without
blanks and line breaks, the domain as machines write it (``xn--``).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

# Named again here: whoever reads addresses needs both results.
from duebell.people.phones import Unusable as Unusable

#: More than several addresses with their names; what is longer is not read at all.
_LONGEST = 1000

#: RFC 5321, section 4.5.3.1, with the erratum of RFC 3696: octets of an address, and of a mailbox.
_LONGEST_ADDRESS, _LONGEST_MAILBOX = 254, 64

_SEPARATORS = re.compile(r"[,;]")
#: ``"Shumway, Ann" <ann@acme.example>``: the name in quotes may hold separators.
_QUOTED_NAME = re.compile(r'"[^"]*"\s*(?=<)')
_BRACKETED = re.compile(r"[^<>@]*<([^<>]*)>")


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address to which an email can be sent, in lower case with its domain in ASCII."""

    address: str = field(repr=False)


@lru_cache(maxsize=8192)
def normalize_email(raw: str) -> EmailAddress | Unusable:
    """Read an email address as somebody wrote it, maybe with a name: ``Ann <ann@acme.example>``.

    Of several addresses (with commas or semicolons between them) the first that is usable is taken;
    if none is, the reason is that of the first. Upper case makes no difference, although the
    standard would let it: otherwise one who opted out could be written to in other letters.
    """
    text = raw.strip()
    if not text:
        return Unusable("is missing")
    if len(text) > _LONGEST:
        return Unusable("is too long")
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in text):
        # A line break in a header would begin another header.
        return Unusable("has a line break or another control character in it")
    parts = _SEPARATORS.split(_QUOTED_NAME.sub("", text))
    found = [_read(part.strip()) for part in parts if part.strip()]
    usable = (one for one in found if isinstance(one, EmailAddress))
    return next(usable, found[0] if found else Unusable("is not an email address"))


def _read(text: str) -> EmailAddress | Unusable:
    if bracketed := _BRACKETED.fullmatch(text):
        text = bracketed.group(1).strip()
    mailbox, at, domain = text.rpartition("@")
    if not (mailbox and at and domain):
        return Unusable("is not an email address")
    if len(mailbox) > _LONGEST_MAILBOX or len(text) > _LONGEST_ADDRESS:
        return Unusable("is too long")
    if not mailbox.isascii():
        return Unusable("has characters before the @ that not every mail server takes")
    return _validated(text, domain)


def _validated(text: str, domain: str) -> EmailAddress | Unusable:
    # Some 35 ms and 2.5 MB, which only those pay who write emails.
    from email_validator import EmailNotValidError, validate_email

    try:
        # The test environment is what lets .test pass; .example passes anyway.
        found = validate_email(
            text, check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError:
        return Unusable(_why_not(domain))
    return EmailAddress(f"{found.local_part}@{found.ascii_domain}".lower())


def _why_not(domain: str) -> str:
    # Not in the library's words, which show parts of the address.
    from email_validator import SPECIAL_USE_DOMAIN_NAMES

    if any(f".{domain.lower()}".endswith(f".{name}") for name in SPECIAL_USE_DOMAIN_NAMES):
        return "has a domain that receives no mail"
    return "is not an email address" if "." in domain else "has an incomplete domain"
