"""What looking records up costs at FreshBooks: each question once for a batch, and none in vain."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from duebell.domain.books import Invoice
from duebell.domain.failures import TryAgain
from duebell.providers.freshbooks.client import FreshBooksClient
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place

RULES = """
[[rule]]
on = "invoice.create"
to = "+12125550188"
channel = "sms"
template = "told"
[[rule]]
on = "payment.create"
to = "+12125550188"
channel = "sms"
template = "told"
"""


class CountingBooks(FreshBooksClient):
    """FreshBooks' client, which counts what is asked of it, and fails so many times at first."""

    asked: Counter[str]
    failures = 0

    async def invoice(self, account_id: str, id: str, *, in_full: bool = False) -> Invoice:
        """An invoice."""
        self.asked["invoice in full" if in_full else "invoice"] += 1
        return await super().invoice(account_id, id, in_full=in_full)

    async def share_link(self, account_id: str, invoice_id: str) -> str:
        """Where the client sees an invoice."""
        self.asked["share link"] += 1
        if self.asked["share link"] <= self.failures:
            raise TryAgain("FreshBooks was not reached.")
        return await super().share_link(account_id, invoice_id)


@pytest.fixture
def asked() -> Counter[str]:
    """What is asked of FreshBooks."""
    CountingBooks.asked, CountingBooks.failures = Counter(), 0
    return CountingBooks.asked


def open_telling(open_desk: OpenDesk, place: Place, words: str) -> Desk:
    """A worker whose texts are these words."""
    folder: Path = place.home / "templates" / "sms"
    folder.mkdir(parents=True)
    (folder / "told.txt.j2").write_text(words)
    (place.home / "duebell.toml").write_text(RULES)
    return open_desk(place, books_type=CountingBooks)


def pay_twice(desk: Desk) -> None:
    """An invoice is written and paid in two parts; all three are heard of."""
    invoice = desk.new_invoice(amount="90.00")
    for _ in range(2):
        fields = {"invoice_id": int(invoice), "amount": "20.00"}
        paid = desk.sandbox.fire("payment.create", fields=fields, deliver=False)
        desk.hear("payment.create", str(paid[0]["id"]))


def test_a_share_link_is_asked_for_once(
    open_desk: OpenDesk, place: Place, asked: Counter[str]
) -> None:
    """Three signals that speak of one invoice cost one request for it and one for its link."""
    desk = open_telling(open_desk, place, "See {{ invoice.share_link }}")
    pay_twice(desk)

    desk.notify()

    bodies = {text["body"] for text in desk.texts()}
    assert {"invoice": 1, "share link": 1} == asked
    assert (3, 1) == (len(desk.texts()), len(bodies))
    assert "https://" in bodies.pop()


def test_a_share_link_that_was_not_given_is_asked_for_again(
    open_desk: OpenDesk, place: Place, asked: Counter[str]
) -> None:
    """What failed in one try of a batch does not stay failed in the next one."""
    desk = open_telling(open_desk, place, "See {{ invoice.share_link }}")
    CountingBooks.failures = 1
    desk.new_invoice()
    batch = desk.batch()
    desk.run(batch.claim(10))
    failed = desk.run(batch.look_up())

    mended = desk.run(batch.look_up())

    assert ([TryAgain], []) == ([type(one) for one in failed], mended)
    assert {"invoice": 1, "share link": 2} == asked


def test_lines_are_there_where_a_template_has_them(
    open_desk: OpenDesk, place: Place, asked: Counter[str]
) -> None:
    """A template that names the lines of an invoice gets them, with the same one request."""
    words = "{% for line in invoice.lines %}{{ line.name }}: {{ line.amount }}. {% endfor %}"
    desk = open_telling(open_desk, place, words)
    desk.new_invoice(amount="90.00")

    desk.notify()

    (text,) = desk.texts()
    assert {"invoice in full": 1} == asked
    assert "90.00" in text["body"]


def test_contacts_are_there_where_a_template_has_them(
    open_desk: OpenDesk, place: Place, asked: Counter[str]
) -> None:
    """A template that names the people an invoice goes to gets them, with the same one request."""
    words = "For {% for one in invoice.contacts %}{{ one.name }}, {% endfor %}and who reads this."
    desk = open_telling(open_desk, place, words)
    desk.new_invoice("Basalt & Sons Masonry")

    desk.notify()

    (text,) = desk.texts()
    assert {"invoice in full": 1} == asked
    assert 2 == text["body"].count(",")


def test_lines_are_not_asked_for_in_vain(
    open_desk: OpenDesk, place: Place, asked: Counter[str]
) -> None:
    """Where no template names them, neither the lines nor the link are asked for."""
    desk = open_telling(open_desk, place, "{{ invoice.number }}")
    desk.new_invoice()

    desk.notify()

    assert ({"invoice": 1}, 1) == (asked, len(desk.texts()))
