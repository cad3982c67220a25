"""Emails that pass through Liquid and come out as they were written."""

from __future__ import annotations

import html
import itertools
import re

import pytest

from duebell.providers.twilio.liquid import (
    VARIABLES,
    has_opening,
    keep_in_html,
    keep_in_name,
    keep_in_text,
)

_OUTPUT = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)

#: Every text of up to six of the signs that mean something to Liquid, and one that does not.
TEXTS = [
    "".join(signs) for length in range(7) for signs in itertools.product("{}%a", repeat=length)
]


class BrokenTemplate(Exception):
    """Liquid refuses the template, and the email would never leave."""


def rendered(template: str) -> str:
    """What Liquid makes of a template: outputs by their variable, nothing for unknown ones.

    It is a reader as simple as can be: it knows no tag, so that any that it meets breaks it.
    """
    shown, place = "", 0
    while (found := re.compile(r"\{[{%]").search(template, place)) is not None:
        shown += template[place : found.start()]
        output = _OUTPUT.match(template, found.start())
        if output is None:
            raise BrokenTemplate(template)
        shown += VARIABLES.get(output[1], "")
        place = output.end()
    return shown + template[place:]


@pytest.mark.parametrize("text", ["Hi {{ name }}", "{% if a %}", "{{"])
def test_liquid_would_change_what_people_wrote(text: str) -> None:
    """Without care the words of an email change or break it, so the stand-in can tell."""
    try:
        seen = rendered(text)
    except BrokenTemplate:
        seen = ""

    assert text != seen


def test_plain_text_comes_out_as_it_was() -> None:
    """Liquid renders every kept text to the very text that was given."""
    changed = [text for text in TEXTS if text != rendered(keep_in_text(text))]

    assert [] == changed


def test_html_shows_what_was_written() -> None:
    """Liquid leaves every kept page alone, and a mail client shows the same signs."""
    kept = [(text, keep_in_html(text)) for text in TEXTS]

    assert [] == [page for _, page in kept if has_opening(page)]
    assert [] == [text for text, page in kept if text != html.unescape(rendered(page))]


def test_names_look_the_same_whether_rendered_or_not() -> None:
    """A kept name has nothing for Liquid, and only signs without width beside its own."""
    kept = [(text, keep_in_name(text)) for text in TEXTS]

    assert [] == [name for _, name in kept if has_opening(name)]
    assert [] == [text for text, name in kept if text != name.replace("\u2060", "")]


@pytest.mark.parametrize("text", ["", "5 €", "a } b", "{ a }", "100 %}", "}}", "{a}{b}"])
def test_what_liquid_does_not_look_at_is_left_alone(text: str) -> None:
    """Ordinary words, single braces and closing signs stay as they are everywhere."""
    assert {text} == {keep_in_text(text), keep_in_html(text), keep_in_name(text)}
