"""Texts that people send to our number: who wrote, and what they ask for."""

from __future__ import annotations

import pytest

from duebell.domain.consent import InboundResult, Wish
from duebell.domain.failures import WebhookRefused
from duebell.providers.twilio.inbound import inbound_from, wish_of

SID = "SM" + "a" * 32


def a_text(**changes: str) -> list[tuple[str, str]]:
    """The fields of an inbound text."""
    return list({"MessageSid": SID, "From": "+12125550101", "Body": "STOP", **changes}.items())


@pytest.mark.parametrize(
    "body", ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"]
)
def test_every_keyword_for_stopping_stops(body: str) -> None:
    """Each word by which people opt out is one, in upper and lower case."""
    assert [Wish.STOP] * 3 == [wish_of(body), wish_of(body.lower()), wish_of(body.title())]


@pytest.mark.parametrize("body", ["START", "unstop", "Yes"])
def test_every_keyword_for_starting_starts(body: str) -> None:
    """Each word by which people opt in again is one."""
    assert Wish.START is wish_of(body)


@pytest.mark.parametrize("body", ["STOP.", " stop \n", "«Stop!»", "_STOP_", "stop 🛑"])
def test_what_stands_around_a_keyword_does_not_matter(body: str) -> None:
    """Blanks, punctuation and pictures around the word are ignored."""
    assert Wish.STOP is wish_of(body)


@pytest.mark.parametrize(
    "body",
    [
        *("", "...", "HELP", "INFO", "Please stop", "stop it", "STOP ALL", "STOPPED", "ARRET"),
        *("Yes, I paid", "non-stop", "5top", "STOP" * 400),
    ],
)
def test_whatever_else_people_write_asks_for_nothing(body: str) -> None:
    """Only a message that is nothing but a keyword is obeyed."""
    assert Wish.NOTHING is wish_of(body)


@pytest.mark.parametrize(
    ("kind", "body", "wish"),
    [
        ("STOP", "ARRET", Wish.STOP),
        ("START", "bonjour", Wish.START),
        ("HELP", "STOP", Wish.NOTHING),
        ("stop", "hello", Wish.STOP),
        ("", "STOP", Wish.STOP),
        ("SOMETHING", "STOP", Wish.STOP),
    ],
)
def test_the_opt_out_type_wins(kind: str, body: str, wish: Wish) -> None:
    """What Advanced Opt-Out understood counts; a word of it that is not known leaves the text."""
    text = inbound_from(a_text(OptOutType=kind, Body=body))

    assert wish is text.wish


@pytest.mark.parametrize(
    "sender", ["whatsapp:+12125550101", "rcs:+12125550101", "12345", "", "+1212555O101", "Acme"]
)
def test_other_channels_are_not_ours(sender: str) -> None:
    """Who does not write from a phone number has no address here, so nothing can be obeyed."""
    text = inbound_from(a_text(From=sender))

    assert ("", InboundResult.OTHER_CHANNEL) == (text.address, text.unheeded)


def test_fields_of_a_text_that_nobody_announced_change_nothing() -> None:
    """Media, places and whatever Twilio adds are not looked at."""
    more = {"NumMedia": "1", "MediaUrl0": "https://x.example/1", "FromCity": "STOP", "New": ""}

    text = inbound_from(a_text(Body="hello", **more))

    assert inbound_from(a_text(Body="hello")) == text


def test_a_text_by_its_older_name() -> None:
    """The Sms... field stands in where the Message... field is missing."""
    text = inbound_from([("SmsSid", SID), ("From", "+12125550101"), ("Body", "STOP")])

    assert (SID, Wish.STOP) == (text.provider_id, text.wish)


def test_a_text_says_who_wrote() -> None:
    """The sender and Twilio's id are taken, and the number stays out of what is printed."""
    text = inbound_from(a_text())

    assert (SID, "+12125550101", None) == (text.provider_id, text.address, text.unheeded)
    assert "5550101" not in repr(text)


@pytest.mark.parametrize("sid", ["", "SM1", "CA" + "a" * 32])
def test_what_names_no_message_is_refused(sid: str) -> None:
    """Without a message's SID a repeat could not be told from a second text."""
    with pytest.raises(WebhookRefused) as refused:
        inbound_from(a_text(MessageSid=sid))

    assert 400 == refused.value.status
