"""The way out of emails: a link that programs may open, and a button that obeys."""

from __future__ import annotations

import pytest

from tests.integration.web.emails import ADDRESS, EMAIL_ID, change, sent_email
from tests.integration.web.station import Station

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
def test_an_unknown_email_is_no_way_out(read: Station, query: str) -> None:
    """Whoever guesses an id, or lost half of the link, changes nothing."""
    response = read.call("POST", PATH + query)

    assert (404, []) == (response.status_code, suppressions(read))


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
