"""Names as SendGrid takes them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from duebell.domain.delivery import OutgoingEmail
from duebell.providers.sendgrid.wire import plain_name, request_for

EMAIL = OutgoingEmail("ntf_1", 1, "a@b.example", "Ann", "Firm", "Hi", "Hi", "<p>Hi</p>")


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Smith & Sons", "Smith & Sons"),
        ("Müller, Meier; Söhne", "Muller Meier Sohne"),
        ("Straße", "Strasse"),
        ("Łódź Ærø Œuvre", "Lodz AEro OEuvre"),
        ("Ann’s – “Books”", 'Ann\'s - "Books"'),
        ("Firm\r\nBcc: x@y.example", "Firm Bcc: x@y.example"),
        ("ﬁrm", "firm"),
        ("東京", ""),
        (" , ; ", ""),
        ("", ""),
    ],
)
def test_a_senders_name_is_plain(name: str, plain: str) -> None:
    """SendGrid takes no letters beyond ASCII in a sender's name, and parts it at some signs."""
    assert plain == plain_name(name)


def test_a_recipients_name_keeps_its_letters() -> None:
    """A recipient's name stays as it is, but for what would part it or begin a line."""
    sent = json.loads(
        request_for(replace(EMAIL, to_name="Müller, Ann;\x00\r\n東京"), "x@y.example")
    )

    assert "Müller Ann 東京" == sent["personalizations"][0]["to"][0]["name"]


def test_nameless_people_have_no_name() -> None:
    """An empty name is left out, which is not the same as an empty one."""
    sent = json.loads(request_for(replace(EMAIL, to_name="", sender_name="東京"), "x@y.example"))

    assert {"email": "x@y.example"} == sent["from"]
    assert [{"email": "a@b.example"}] == sent["personalizations"][0]["to"]


def test_an_empty_body_is_left_out() -> None:
    """SendGrid refuses empty parts, so that an email may consist of one."""
    sent = json.loads(request_for(replace(EMAIL, text=""), "x@y.example"))

    assert [{"type": "text/html", "value": "<p>Hi</p>"}] == sent["content"]


def test_only_ids_come_back() -> None:
    """Nothing of a person stands in what SendGrid keeps beside an email for long."""
    sent = json.loads(request_for(EMAIL, "x@y.example"))

    assert {"nid": "ntf_1", "natt": "1"} == sent["personalizations"][0]["custom_args"]
    assert set() == {"categories", "custom_args"} & set(sent)


def test_half_a_sign_breaks_nothing() -> None:
    """Half of a surrogate pair, which JSON can hold and UTF-8 cannot, is sent as it came."""
    sent = json.loads(request_for(replace(EMAIL, subject="Hi \ud83d"), "x@y.example"))

    assert "Hi \ud83d" == sent["subject"]
