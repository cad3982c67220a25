"""The shipped text messages: complete, translated, cheap to send, and fit to be read aloud."""

from __future__ import annotations

from dataclasses import replace

import pytest

from duebell.domain.events import EVENT_TYPES
from duebell.domain.rules import Channel
from duebell.wording.rendering import shipped_templates
from duebell.wording.sample_records import SAMPLE_BILL, SAMPLE_BUSINESS, SAMPLE_INVOICE
from duebell.wording.segments import Encoding, count_segments, encoding_of
from tests.unit.shipped_texts import (
    CASES,
    COUNTRIES,
    EVENTS,
    english_in,
    shipped,
    text_of,
    values_of,
)

LINK = "https://pay.example/987654"
#: What stopped a channel is told in the words of the table of codes, whatever that takes.
STOPPED = "duebell channels resume"
#: What failed is told in these words too, with all that decides what becomes of it.
FAILED = "duebell notifications list"


def test_every_event_has_a_template() -> None:
    """There are words for all that this version can tell."""
    assert set(EVENT_TYPES) == set(EVENTS.values())


def test_every_template_is_there_in_every_language() -> None:
    """No reader of a shipped language gets a text in another one."""
    files = (shipped_templates() / "sms").glob("*.j2")

    suffixes = {language: f".{language}" if language != "en" else "" for language in COUNTRIES}
    assert {f"{name}{suffixes[language]}.txt.j2" for name, language in CASES} == {
        file.name for file in files
    }
    assert set(EVENTS) == shipped().template_names(Channel.SMS)


@pytest.mark.parametrize(("name", "language"), CASES)
def test_every_case_of_every_event_renders(name: str, language: str) -> None:
    """Whatever a record may lack and whoever reads it, the text has no gap and is cheap to send."""
    for values in values_of(name, language):
        text = shipped().render_text(name, **values)

        assert [] == [gap for gap in ("  ", " .", " ,", "()", "None", "..") if gap in text]
        assert Encoding.GSM7 is encoding_of(text)
        is_longer = any(word in text for word in (LINK, STOPPED, FAILED))
        assert count_segments(text) <= (2 if is_longer else 1), text


@pytest.mark.parametrize(("name", "language"), CASES)
def test_a_text_says_first_who_writes(name: str, language: str) -> None:
    """A text comes from a number that nobody knows, so it begins with a name."""
    for values in values_of(name, language):
        text = shipped().render_text(name, **values)

        writer = SAMPLE_BUSINESS.name if values["business"] is not None else "Duebell"
        assert text.startswith(writer)


@pytest.mark.parametrize(("name", "language"), [case for case in CASES if case[1] != "en"])
def test_a_translation_has_no_english_in_it(name: str, language: str) -> None:
    """Every word of a translated text is translated, and every field has a word of its own."""
    for values in values_of(name, language):
        assert set() == english_in(shipped().render_text(name, **values), values)


def test_the_search_for_english_finds_it() -> None:
    """The English texts are told from translations by their words."""
    found = {name: english_in(text_of(name), next(values_of(name, "en"))) for name in EVENTS}

    assert [] == [name for name, words in found.items() if not words]


@pytest.mark.parametrize(("name", "language"), CASES)
def test_no_month_makes_a_text_dearer(name: str, language: str) -> None:
    """The name of a month such as août or März does not leave the plain alphabet."""
    for month in range(1, 13):
        due_on = SAMPLE_INVOICE.issued_on.replace(month=month)
        invoice, bill = replace(SAMPLE_INVOICE, due_on=due_on), replace(SAMPLE_BILL, due_on=due_on)

        text = text_of(name, language, invoice=invoice, bill=bill)

        assert Encoding.GSM7 is encoding_of(text)
