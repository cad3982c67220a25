"""As much of Liquid as tells whether somebody's braces are harmless.

Output tags with a literal or a variable, the filters ``escape`` and ``default``, ``raw`` and
``comment``. Whatever else stands in an output tag renders as nothing, and an unknown filter does
nothing; an unknown tag or one without an end is an error. Twilio's is LiquidJS, whose defaults
these are: https://www.twilio.com/docs/email/api/personalization, https://liquidjs.com/
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

#: A tag up to its end, else its beginning alone.
_TOKEN = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{%|\{\{", re.DOTALL)
_TAG = re.compile(r"\{%-?\s*(\w+)(.*?)-?%\}", re.DOTALL)
_LITERAL = re.compile(r"""'([^']*)'|"([^"]*)"|(-?\d+(?:\.\d+)?)""")
_PATH = re.compile(r"[A-Za-z_][\w.-]*")
_FILTER = re.compile(r"""\|\s*(\w+)(?:\s*:\s*(?:'([^']*)'|"([^"]*)"))?""")
_BLOCKS = ("raw", "comment")


class LiquidError(ValueError):
    """A template that cannot be read; the message says why."""


def render(template: str, variables: Mapping[str, Any]) -> str:
    """The text of a template; a variable's value is not a template again.

    Raises:
        LiquidError: if a tag has no end or is unknown.
    """
    written: list[str] = []
    place = 0
    while found := _TOKEN.search(template, place):
        token = found.group()
        written.append(_before(template[place : found.start()], token))
        place = found.end()
        if token.startswith("{{"):
            written.append(_output(token, variables))
        else:
            inside, place = _block(token, template, place)
            written.append(inside)
        if token.endswith(("-}}", "-%}")):
            place += len(template[place:]) - len(template[place:].lstrip())
    return "".join(written) + template[place:]


def _before(text: str, token: str) -> str:
    return text.rstrip() if token.startswith(("{{-", "{%-")) else text


def _output(token: str, variables: Mapping[str, Any]) -> str:
    if not token.endswith("}}"):
        raise LiquidError("an output tag {{ has no end")
    markup = token[2:-2].removeprefix("-").removesuffix("-").strip()
    value, rest = _value(markup, variables)
    for name, single, double in _FILTER.findall(rest):
        if name == "escape":
            value = html.escape(value)
        elif name == "default":
            value = value or single or double
    return value


def _value(markup: str, variables: Mapping[str, Any]) -> tuple[str, str]:
    if literal := _LITERAL.match(markup):
        return next(group for group in literal.groups() if group is not None), markup[
            literal.end() :
        ]
    path = _PATH.search(markup.partition("|")[0])
    found: Any = variables
    for name in path.group().split(".") if path else ():
        found = found.get(name) if isinstance(found, Mapping) else None
    is_text = path is not None and isinstance(found, str | int | float)
    return str(found) if is_text else "", markup[path.end() if path else 0 :]


def _block(token: str, template: str, place: int) -> tuple[str, int]:
    """What a block writes, and where the template goes on after it."""
    tag = _TAG.fullmatch(token)
    if tag is None:
        raise LiquidError("a tag {% has no end")
    name = tag[1]
    if name not in _BLOCKS:
        raise LiquidError(f"unknown tag '{name}'")
    end = re.compile(r"\{%-?\s*end" + name + r"\s*-?%\}").search(template, place)
    if end is None:
        raise LiquidError(f"'{name}' tag was never closed")
    return (template[place : end.start()] if name == "raw" else ""), end.end()
