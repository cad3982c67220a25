"""What must never reach a log: secrets and people's addresses, found by shape, name or value.

By shape: phone numbers, e-mail addresses, authorisation headers, API keys, tokens, the secret part
of webhook URLs. By name: the value after a word such as ``verifier`` or ``client_secret``. By
value: every secret the process has told with :meth:`Redactor.remember`, which alone covers secrets
that look like ids (a Twilio auth token is 32 hexadecimal digits, and so is a message's number).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from math import isfinite

SECRET = "[secret]"  # noqa: S105
PHONE = "[phone]"
EMAIL = "[email]"

_NAMES = (
    r"(?:access_?|refresh_?|auth_?|url_?|id_?|csrf_?)?token|client_?secret|api_?key(?:_?secret)?"
    r"|secret(?:_?key)?|password|passwd|verifier|authorization|signature|cookie|credentials?"
)
_SECRET_NAME = re.compile(rf"(?:.*[_-])?(?:{_NAMES})s?", re.IGNORECASE)
_ADDRESS_NAME = re.compile(r"(?:.*_)?(?:phone|mobile|email|recipient)(?:_number|_address)?", re.I)

#: FreshBooks' ids are digits only, and may have as many as a phone number.
_ID_NAME = re.compile(r"(?:.*_)?(?:id|number)", re.IGNORECASE)

#: Twilio's ids are no secrets, and without them nothing could be looked up.
_TWILIO_ID = re.compile(r"(?:AC|SM|MM|MG|PN|RQ)[0-9a-f]{32}")

#: What follows "basic" and "bearer" in plain English.
_AUTH_WORDS = frozenset({"tokens", "authentication", "authorization", "credentials", "scheme"})

#: Shorter values would be found in innocent words.
_LEAST_SECRET = 8

#: With fewer digits a phone number reaches nobody.
_LEAST_DIGITS = 7

#: Containers within containers are looked into this far; deeper ones are cleaned as text.
_DEPTH = 6

_Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]


def _opaque(match: re.Match[str]) -> str:
    """Hide what is long and mixes digits, small and capital letters: a key, and no word."""
    text = match[0]
    if _TWILIO_ID.fullmatch(text):
        return text
    kinds = (str.isdigit, str.islower, str.isupper)
    mixed = all(sum(map(kind, text)) >= 2 for kind in kinds)
    return SECRET if mixed else text


def _phone(match: re.Match[str]) -> str:
    digits = sum(map(str.isdigit, match[0]))
    return PHONE if 9 <= digits <= 16 else match[0]


def _authorization(match: re.Match[str]) -> str:
    """Tell ``Basic QUMwMDE6c2VjcmV0`` from "basic authentication"."""
    return match[0] if match[2].lower() in _AUTH_WORDS else f"{match[1]} {SECRET}"


_RULES: tuple[_Rule, ...] = (
    (re.compile(r"(authorization[\"']?\s*[=:]\s*[\"']?)[^\r\n\"',;]+", re.I), rf"\1{SECRET}"),
    (re.compile(r"(://)[^\s/@:]*:[^\s/@]+@"), rf"\1{SECRET}@"),
    (re.compile(r"(/webhooks/freshbooks/)[^\s/?\"'<>]+"), rf"\1{SECRET}"),
    (re.compile(r"\b(bearer|basic)\s+([A-Za-z0-9._~+/=-]{6,})", re.IGNORECASE), _authorization),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"), SECRET),
    (re.compile(r"\bSG\.[\w-]{8,}\.[\w-]{8,}"), SECRET),
    (re.compile(r"\bSK[0-9a-fA-F]{32}\b"), SECRET),
    (
        re.compile(rf"((?:\b|_)(?:{_NAMES})s?[\"']?\s*[=:]\s*)([\"'])(?:(?!\2).)+\2", re.I),
        rf"\1\2{SECRET}\2",
    ),
    (
        re.compile(
            rf"((?:\b|_)(?:{_NAMES})s?[\"']?(?:\s*[=:]\s*|%3D|[\"']?,\s*[\"'])[\"']?)"
            r"(?!\[secret\])([^\s\"'&,;<>(){}\[\]]+)",
            re.IGNORECASE,
        ),
        rf"\1{SECRET}",
    ),
    (re.compile(r"[0-9a-fA-F]{40,}"), SECRET),
    (re.compile(r"[\w.+%-]{1,64}(?:@|%40)[\w-]+(?:\.[\w-]+)+"), EMAIL),
    (re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{28,}"), _opaque),
    (re.compile(r"(?:\+|%2B|\uff0b)\s?\(?\d[\d ().\u00a0\u202f/-]{5,20}\d", re.IGNORECASE), PHONE),
    (re.compile(r"(?<![\w.-])\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?!\w|[.-]\w)"), PHONE),
    (re.compile(r"(?<![\w.-])0\d[\d ()-]{6,}\d(?!\w|[.:-]\w)"), _phone),
    (re.compile(r"(?<![\w.-])\d{10,15}(?!\w|[.-]\w)"), PHONE),
)


class Redactor:
    """Takes secrets and addresses out of texts and out of nested values; never raises."""

    def __init__(self) -> None:
        self._secrets: tuple[str, ...] = ()

    def remember(self, secret: str) -> None:
        """Hide this value wherever it comes up; one of fewer than 8 characters is not hidden."""
        if len(secret) >= _LEAST_SECRET and secret not in self._secrets:
            # The longest first: a secret may contain another one.
            self._secrets = tuple(sorted((*self._secrets, secret), key=len, reverse=True))

    def clean_text(self, text: str) -> str:
        """The text without secrets and addresses."""
        for secret in self._secrets:
            text = text.replace(secret, SECRET)
        for pattern, replacement in _RULES:
            text = pattern.sub(replacement, text)
        return text

    def clean_field(self, name: str, value: object, depth: int = 0) -> object:
        """The value of a named field; the name alone may tell that it must not be shown."""
        if value is None or isinstance(value, bool):
            return value
        if _ADDRESS_NAME.fullmatch(name):
            return self._clean_address(_text_of(value))
        # A number under such a name is a count or a generation ("tokens": 3).
        if _SECRET_NAME.fullmatch(name) and not isinstance(value, int | float):
            return SECRET
        if isinstance(value, str) and value.isdigit() and _ID_NAME.fullmatch(name):
            return value if value not in self._secrets else SECRET
        return self.clean_value(value, depth)

    def clean_value(self, value: object, depth: int = 0) -> object:
        """The value as something JSON has: text, number, list, object, or the text of it."""
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return value if isfinite(value) else str(value)
        if depth < _DEPTH and isinstance(value, Mapping):
            return {
                self.clean_text(_text_of(key)): self.clean_field(_text_of(key), item, depth + 1)
                for key, item in value.items()
            }
        if depth < _DEPTH and isinstance(value, list | tuple | set | frozenset):
            return [self.clean_value(item, depth + 1) for item in value]
        return self.clean_text(_text_of(value))

    def _clean_address(self, text: str) -> str:
        """What stands under the name of an address, unless it is masked or no address at all."""
        if "•" not in text:
            if "@" in text:
                return EMAIL
            if sum(map(str.isdigit, text)) >= _LEAST_DIGITS:
                return PHONE
        return self.clean_text(text)


def _text_of(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    try:
        return str(value)
    # A log line must not fail for an object that cannot show itself.
    except Exception:
        return f"<{type(value).__name__}>"
