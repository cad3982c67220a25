"""The way out of emails: a link that programs may open, and a button that obeys."""

from __future__ import annotations

import pytest

from duebell.domain.books import Business
from duebell.ledger.businesses import remember
from duebell.web.unsubscribe_page import language_of
from tests.integration.web.emails import ADDRESS, EMAIL_ID, change, sent_email
from tests.integration.web.station import Station, run
from tests.ledger_scenes import ACCOUNT

PATH = "/webhooks/email/unsubscribe"
ONE_CLICK = {
    "content": b"List-Unsubscribe=One-Click",
    "headers": {"content-type": "application/x-www-form-urlencoded"},
}


@pytest.fixture
def read(station: Station) -> Station:
    """A station that has sent one email."""
    sent_email(station.ledger)
    return station


def suppressions(station: Station) -> list[tuple[str, ...]]:
    """The addresses that must not be used, and why."""
    return station.rows("SELECT channel, address, source FROM suppressions")


def test_opening_the_link_changes_nothing(read: Station) -> None:
    """Programs that look links over see a page with a button, and nobody is unsubscribed."""
    response = read.call("GET", PATH, params={"n": EMAIL_ID})

    assert (200, []) == (response.status_code, suppressions(read))
    assert '<form method="post">' in response.text
    assert "Press the button and this address gets no more" in response.text
    assert ADDRESS not in response.text


@pytest.mark.parametrize("form", [{}, ONE_CLICK], ids=["the button", "the mail client"])
def test_a_post_suppresses_the_address(read: Station, form: dict[str, bytes]) -> None:
    """The button and RFC 8058's one click suppress the address that the email went to, once."""
    answers = [read.call("POST", PATH, params={"n": EMAIL_ID}, **form) for _ in range(2)]

    assert [200, 200] == [one.status_code for one in answers]
    assert [("email", ADDRESS, "stop")] == suppressions(read)
    assert "no more of these emails" in answers[0].text


@pytest.mark.parametrize(
    "query", ["", "?n=", "?n=ntf_ffffffffffffffffffffffff", "?n=1%27--", "?m=" + EMAIL_ID]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_email_is_no_way_out(read: Station, query: str, method: str) -> None:
    """Whoever guesses an id, or lost half of the link, changes nothing and sees a page."""
    response = read.call(method, PATH + query)

    assert (404, []) == (response.status_code, suppressions(read))
    assert "use the whole link" in response.text


@pytest.mark.parametrize("id_", [EMAIL_ID, "ntf_ffffffffffffffffffffffff"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_else_learns_the_link(read: Station, method: str, id_: str) -> None:
    """No cache keeps any of the pages, and no site that is opened from one sees its address."""
    response = read.call(method, PATH, params={"n": id_})

    names = ("cache-control", "referrer-policy")
    assert ["no-store", "no-referrer"] == [response.headers.get(name) for name in names]


def test_the_page_names_the_firm_in_the_readers_language(read: Station) -> None:
    """Whoever reads German sees German, and whose emails they are; markup in a name is none."""
    firm = Business(ACCOUNT, "1", "Alder <b>", "America/Toronto", "Canada")
    run(read.ledger.write(lambda connection: remember(connection, firm)))
    asked = {"params": {"n": EMAIL_ID}, "headers": {"accept-language": "de-CH,de;q=0.9"}}

    pages = [read.call(method, PATH, **asked).text for method in ("GET", "POST")]

    assert ["Keine E-Mails mehr?" in pages[0], "Erledigt" in pages[1]] == [True, True]
    assert [True, True] == [" von Alder &lt;b&gt;" in page for page in pages]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("pt-BR, ja;q=0.5", "en"),
        ("fr-CA,en;q=0.8", "fr"),
        ("en;q=0.5, es;q=0.9", "es"),
        ("de;q=0", "en"),
        ("*", "en"),
        ("it,de;q=x", "de"),
    ],
)
def test_the_reader_chooses_the_language(accepted: str, language: str) -> None:
    """The best-liked language that there is counts; English where there is none."""
    assert language == language_of(accepted)


@pytest.mark.parametrize("query", ["", "?n=", "?n=<script>", "?n=ntf_short"])
def test_half_a_link_is_said_to_be_one(read: Station, query: str) -> None:
    """A link without a whole id shows what to do, and nothing of what was written in it."""
    response = read.call("GET", PATH + query)

    assert 404 == response.status_code
    assert "use the whole link" in response.text
    assert "<script>" not in response.text


def test_a_text_has_no_way_out_here(station: Station) -> None:
    """The id of a text message suppresses neither its number nor any address."""
    sent_email(station.ledger)
    with_texts = "UPDATE attempts SET channel = 'sms'"
    change(station, with_texts)

    response = station.call("POST", PATH, params={"n": EMAIL_ID})

    assert (404, []) == (response.status_code, suppressions(station))
