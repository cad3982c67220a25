"""Emails of safe mode say in themselves for whom they were meant."""

from __future__ import annotations

import pytest

from duebell.wording.diverted import diverted
from duebell.wording.emails import Email

LINE = "Safe mode is on: this email is meant for d•••••@firm.example and was not sent there."


def an_email(html: str = "<body><p>Hello</p></body>") -> Email:
    """An email as it would go to a client."""
    return Email("Thank you", "Hello", html)


def test_the_first_line_of_the_text_tells_it() -> None:
    """Whoever reads plain text sees it before everything else; the subject stays as it is."""
    made = diverted(an_email(), "d•••••@firm.example")

    assert ("Thank you", f"{LINE}\n\nHello") == (made.subject, made.text)


@pytest.mark.parametrize(
    ("page", "before"),
    [
        (
            "<html><BODY class=\"a>b\" dir='rtl'><p>Hello</p></BODY></html>",
            "<html><BODY class=\"a>b\" dir='rtl'><p ",
        ),
        ("<p>Hello</p>", "<p "),
    ],
    ids=["a page", "a piece of one"],
)
def test_the_page_begins_with_it(page: str, before: str) -> None:
    """On the page it comes before all that is shown, also where a template has no body."""
    made = diverted(an_email(page), "d•••••@firm.example")

    assert made.html.startswith(before)
    assert made.html.index(LINE) < made.html.index("Hello")
    assert made.html.count("Safe mode") == 1


def test_an_address_is_no_markup() -> None:
    """What an address begins with is shown and not run."""
    made = diverted(an_email(), "<•••••@firm.example")

    assert "&lt;•••••@firm.example" in made.html
