"""Emails kept as they are by a provider that takes every field for a Liquid template.

Twilio Email renders ``subject``, ``html`` and ``text`` with LiquidJS
(https://www.twilio.com/docs/email/api/personalization). A client called ``{{ email }}`` must not
become something else on the way, nor ``{% if`` break an email off. Pure: no clock, no IO.

Liquid only looks at ``{{`` and ``{%``, so it is enough to part each brace from the one or the
percent sign behind it, in a way that leaves the same characters for the reader:

* in HTML by writing the brace as an entity, which means nothing to Liquid (it would not do in a
  style sheet, where neither pair can stand);
* in plain fields by having Liquid itself write the brace, as the value of a variable. That is the
  documented way to hand over what people wrote, and a brace is no sign that escaping would change;
* in names, of which Twilio's pages do not say whether they are rendered, by a sign without width:
  it does no harm either way.
"""

from __future__ import annotations

import re

#: The variable that holds a brace, and all the variables that a recipient ever needs.
BRACE = "duebellBrace"
VARIABLES = {BRACE: "{"}

_OPENING = re.compile(r"\{(?=[{%])")

_WORD_JOINER = "\u2060"


def has_opening(text: str) -> bool:
    """Whether Liquid would find something to render."""
    return _OPENING.search(text) is not None


def keep_in_html(html: str) -> str:
    """HTML that shows the same, with nothing in it for Liquid."""
    return _OPENING.sub("&#123;", html)


def keep_in_text(text: str) -> str:
    """Plain text that Liquid renders to what was given; it needs :data:`VARIABLES`."""
    return _OPENING.sub("{{" + BRACE + "}}", text)


def keep_in_name(name: str) -> str:
    """A name that looks the same, with nothing in it for Liquid."""
    return _OPENING.sub("{" + _WORD_JOINER, name)
