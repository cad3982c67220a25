"""Texts are made as cheap as they can be without changing what they say."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest

from duebell.domain.books import Line, Money
from duebell.domain.dossiers import FailedMessage
from duebell.wording.emails import finish_html, finish_subject
from duebell.wording.plain_text import clean_record, tidy_body, tidy_message
from duebell.wording.sample_records import SAMPLE_EXPENSE
from duebell.wording.segments import Encoding, encoding_of


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("“It’s” „ok“ «oui» ‹si›", '"It\'s" "ok" "oui" "si"'),
        ("5′ 6″ ` ´", "5' 6\" ' '"),
        ("a–b—c−d‑e‐f", "a-b-c-d-e-f"),
        ("• one • two", "- one - two"),
        ("wait…", "wait..."),
        ("1\u00a0234,50\u202f€\u3000net", "1 234,50 € net"),
        ("½ and 1½ and 2 ¼, ⅔", "1/2 and 1 1/2 and 2 1/4, 2/3"),
        ("1⁄2", "1/2"),
        ("ﬁnal oﬃce", "final office"),
        ("ＡＣＭＥ ４２！", "ACME 42!"),
        ("Cafe\u0301 a\u0300 la carte", "Café à la carte"),
        ("soft\u00adhyphen zero\u200bwidth \ufeffbom", "softhyphen zerowidth bom"),
        ("Acme™ Tools® © 2026 № 5", "Acme(TM) Tools(R) (C) 2026 No. 5"),
        ("2 × 3", "2 x 3"),
        ("a\u200eb\u200fc", "abc"),
    ],
)
def test_look_alikes_become_cheap(text: str, plain: str) -> None:
    """Signs that only look better are written so that the text stays in the cheap alphabet."""
    message = tidy_message(text)

    assert plain == message
    assert Encoding.GSM7 is encoding_of(message)


@pytest.mark.parametrize(
    "text",
    [
        "ça va – “oui”…",
        "Kovács Győző – ½",
        "Łódź\u00a0– 5\u202fzł",
        "Thanks 👍 – bye…",
        "👩\u200d👩\u200d👧 “family”",
        "Zoë’s Café",
        "می\u200cخواهم – ok",
        "Œuvre – œil",
        "¹²³ – µ",
    ],
)
def test_letters_are_never_replaced(text: str) -> None:
    """A text that is dear anyway, for a name or an emoji, keeps all of its own signs."""
    assert text == tidy_message(text)


def test_a_decomposed_letter_is_composed_even_in_a_dear_text() -> None:
    """A letter and its accent are one character, which costs half and looks the same."""
    name = "Győző"

    message = tidy_message(unicodedata.normalize("NFD", name))

    assert name == message


def test_paragraphs_of_an_email_stay() -> None:
    """One blank line stands between paragraphs, none at the edges, and quotes stay curly."""
    text = "\n\n  Hello “Acme”,  \n\n\n\n\tfirst   line \r\nsecond line\n \nend\n\n"

    body = tidy_body(text)

    assert body == "Hello “Acme”,\n\nfirst line\nsecond line\n\nend"


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("paid by Alder Inc.. Thank you", "paid by Alder Inc. Thank you"),
        ("paid by Alder Inc..", "paid by Alder Inc."),
        ("a name that was cut off....", "a name that was cut off..."),
        ("Hello , your invoice .", "Hello, your invoice."),
        ("wait... and wait ...", "wait... and wait ..."),
        ("https://pay.example/../a.. ../b a..b", "https://pay.example/../a. ../b a..b"),
        ("for .5 or 1 ,5", "for .5 or 1 ,5"),
        ("Pay: https://pay.example/1 . Thanks", "Pay: https://pay.example/1 . Thanks"),
        ("Bonjour : Merci !", "Bonjour : Merci !"),
    ],
)
def test_names_leave_no_seams(text: str, closed: str) -> None:
    """A name that ends with a stop, or is empty, leaves no doubled stop and no loose blank."""
    texts = [tidy_message(text), tidy_body(text), finish_subject("", text)]

    assert [closed] * 3 == texts


def test_a_page_has_no_doubled_stops() -> None:
    """What ends with a stop on a page is followed by no second one, in front of a tag either."""
    html = finish_html("", "<p>To Alder Inc.. <b>From Oak Ltd..</b> Wait...</p>")

    assert "<p>To Alder Inc. <b>From Oak Ltd.</b> Wait...</p>" in html


def test_names_are_short_in_every_record() -> None:
    """A name of five thousand letters is shortened wherever it stands; a note is not."""
    long = "n" * 5000
    expense = clean_record(replace(SAMPLE_EXPENSE, vendor=long, notes=long))
    failed = clean_record(FailedMessage(long, long, "", "sms", long, "", 1))
    lines = clean_record((Line(long, "", "1", Money(SAMPLE_EXPENSE.amount.amount, "CAD")),))

    assert isinstance(expense, type(SAMPLE_EXPENSE))
    assert (60, 5000) == (len(expense.vendor), len(expense.notes))
    assert isinstance(failed, FailedMessage)
    assert (60, 60, 5000) == (len(failed.invoice_number), len(failed.client), len(failed.reason))
    assert isinstance(lines, tuple)
    assert 60 == len(lines[0].name)
