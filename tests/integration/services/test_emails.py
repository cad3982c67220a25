"""From a payment to an email: sent once, heard of by asking, and in a text's stead."""

from __future__ import annotations

import httpx
import pytest

from duebell.explaining.happenings import Kind
from duebell.explaining.story import tell
from duebell.ledger.story import Subject, read
from duebell.people.masking import mask
from duebell.providers.http import open_clients
from duebell.providers.sendgrid.client import SendGridEmails
from duebell.sandbox import credentials
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place
from tests.integration.services.web_thread import WebThread
from tests.ledger_scenes import column
from tests.sandbox.subscriber import wait_until

RULE = """
[[rule]]
on = "payment.create"
to = "client"
channel = "{channel}"
template = "payment_received"
"""
BY_EMAIL = RULE.format(channel="email")
BY_TEXT_ELSE_EMAIL = f'{RULE.format(channel="sms")}fallback = "email"\n'
FINAL = ("DELIVERED", "UNDELIVERED")
NEVER_SECONDS = 10_000_000.0


def desk_with(place: Place, open_desk: OpenDesk, rules: str, **changes: object) -> Desk:
    """A worker with this rulebook, who does not wait long for an answer."""
    (place.home / "duebell.toml").write_text(rules)
    return open_desk(place, total_seconds=1.0, **changes)


def pay(desk: Desk) -> dict[str, object]:
    """A client pays, is told, and what was sent comes to its end; gives the client."""
    (paid,) = desk.sandbox.fire("payment.create", client="Alder Street Bakery", deliver=False)
    desk.hear("payment.create", str(paid["id"]))
    desk.notify()
    return next(one for one in desk.sandbox.clients() if "Alder" in one["organization"])


def ask_later(desk: Desk) -> None:
    """Everything at the providers comes to its end, and is asked about when it is due."""
    wait_until(lambda: all(one["status"] in FINAL for one in desk.sandbox.emails()))
    desk.await_receipts()
    for number in range(5):
        desk.later(minutes=10)
        desk.reconcile()
        desk.notify(f"later-{number}")
        wait_until(lambda: all(one["status"] in FINAL for one in desk.sandbox.emails()))


def test_a_payment_becomes_one_email(place: Place, open_desk: OpenDesk) -> None:
    """The client gets one email about the payment, in two parts and with a way out of the next."""
    desk = desk_with(place, open_desk, BY_EMAIL)

    client = pay(desk)

    (email,) = desk.sandbox.emails()
    shown = desk.notification()
    assert ("accepted", client["email"], 1) == (shown.status, shown.recipient, shown.attempts)
    assert (client["email"], credentials.EMAIL_FROM) == (email["to"], email["sender"])
    assert email["subject"].startswith("Thank you for your payment of $")
    way_out = f"{place.public_url}/webhooks/email/unsubscribe?n={shown.id}"
    assert way_out in email["text"]
    assert way_out in email["html"]
    assert [] == desk.texts()


@pytest.mark.parametrize(("fate", "status"), [("", "delivered"), ("undelivered", "undelivered")])
def test_what_became_of_an_email_is_asked(
    place: Place, open_desk: OpenDesk, fate: str, status: str
) -> None:
    """Twilio tells nothing of emails by itself; asked, it has the final word. None is repeated."""
    desk = desk_with(place, open_desk, BY_EMAIL)
    if fate:
        desk.sandbox.set_scenario(fate, provider="twilio-email")
    pay(desk)

    ask_later(desk)

    shown = desk.notification()
    assert (status, status != "delivered") == (shown.status, shown.failed)
    assert [1] == list(desk.sandbox.sends().values())


@pytest.mark.parametrize("name", ["no-answer", "500-after-accept", "drop-before-accept"])
def test_an_email_in_doubt_is_sent_once(place: Place, open_desk: OpenDesk, name: str) -> None:
    """Whether or not an unanswered call arrived, its tags tell, and the client gets one email."""
    desk = desk_with(place, open_desk, BY_EMAIL)
    desk.sandbox.set_scenario(name, provider="twilio-email", count=1)
    pay(desk)

    ask_later(desk)

    assert ("delivered", [1]) == (
        desk.notification().status,
        list(desk.sandbox.sends().values()),
    )


@pytest.mark.parametrize("policy", ["resend", "park"])
def test_an_email_whose_tags_are_listed_late_is_sent_once(
    place: Place, open_desk: OpenDesk, policy: str
) -> None:
    """Twilio has the email and finds it by no tag at first: it is asked again, and nothing sent."""
    desk = desk_with(place, open_desk, BY_EMAIL, unknown_policy=policy)
    desk.sandbox.set_scenario("500-after-accept", provider="twilio-email", count=1)
    desk.sandbox.change_settings(tag_delay_seconds=NEVER_SECONDS)
    pay(desk)
    for _ in range(2):
        desk.later(minutes=5)
        desk.reconcile()
    in_between = desk.notification().status

    desk.sandbox.change_settings(tag_delay_seconds=0.0)
    ask_later(desk)

    shown = desk.notification()
    assert ("outcome_unknown", "delivered", 1) == (in_between, shown.status, shown.attempts)
    assert [1] == list(desk.sandbox.sends().values())


def test_policy_park_leaves_an_email_to_a_person(place: Place, open_desk: OpenDesk) -> None:
    """With the policy "park" an email that Twilio never had is flagged, and not sent again."""
    desk = desk_with(place, open_desk, BY_EMAIL, unknown_policy="park")
    desk.sandbox.set_scenario("drop-before-accept", provider="twilio-email", count=1)
    pay(desk)

    ask_later(desk)

    shown = desk.notification()
    assert ("outcome_unknown", True, 1) == (shown.status, shown.failed, shown.attempts)
    assert [] == desk.sandbox.emails()


@pytest.mark.parametrize(
    ("scenario", "code"), [("refused", "21614"), ("undelivered", "30006")], ids=["at once", "late"]
)
def test_who_gets_no_texts_gets_an_email(
    place: Place, open_desk: OpenDesk, scenario: str, code: str
) -> None:
    """Where a number takes no texts, be it found out late, one email goes and no second text."""
    desk = desk_with(place, open_desk, BY_TEXT_ELSE_EMAIL)
    desk.sandbox.set_scenario(scenario, provider="twilio", code=code)
    client = pay(desk)

    ask_later(desk)

    shown = desk.notification()
    assert ("delivered", client["email"], 2) == (shown.status, shown.recipient, shown.attempts)
    assert [client["email"]] == [one["to"] for one in desk.sandbox.emails()]
    assert 1 == desk.sandbox.stats()["twilio.creates"]


def test_whose_number_is_suppressed_gets_an_email(place: Place, open_desk: OpenDesk) -> None:
    """After a failure of the number is known, the next news goes by email without trying it."""
    desk = desk_with(place, open_desk, BY_TEXT_ELSE_EMAIL)
    desk.sandbox.set_scenario("refused", provider="twilio", code="21614")
    pay(desk)
    ask_later(desk)

    pay(desk)
    ask_later(desk)

    assert 1 == desk.sandbox.stats()["twilio.creates"]
    assert 2 == len(desk.sandbox.emails())
    assert ["sms"] == column(desk.ledger, "select channel from suppressions")


def test_staff_find_no_way_out_in_their_emails(place: Place, open_desk: OpenDesk) -> None:
    """Who is named in the rulebook is taken out there, and not by a link."""
    rules = BY_EMAIL.replace('"client"', '"books@firm.example"')
    desk = desk_with(place, open_desk, rules)

    pay(desk)

    (email,) = desk.sandbox.emails("books@firm.example")
    assert "unsubscribe" not in email["text"] + email["html"]


def test_who_wants_no_more_emails_gets_none(
    place: Place, open_desk: OpenDesk, web: WebThread
) -> None:
    """The link in an email asks first; then no further email is even offered to Twilio."""
    desk = desk_with(place, open_desk, BY_EMAIL)
    pay(desk)
    link = f"{place.public_url}/webhooks/email/unsubscribe?n={desk.notification().id}"

    looked = httpx.get(link, trust_env=False)
    pay(desk)
    stopped = httpx.post(link, trust_env=False)
    pay(desk)

    assert (200, 200) == (looked.status_code, stopped.status_code)
    assert 2 == len(desk.sandbox.emails())
    assert ["planned", "planned", "suppressed"] == desk.verdicts()


def test_safe_mode_has_an_address_for_emails(place: Place, open_desk: OpenDesk) -> None:
    """In safe mode the email goes to that address, without the client's name on it; it says so, and
    has no way out, which would be the client's.
    """
    (place.home / "duebell.toml").write_text(BY_EMAIL)
    desk = open_desk(place, safe_email="test@firm.example")

    client = pay(desk)

    (email,) = desk.sandbox.emails()
    assert ("test@firm.example", "") == (email["to"], email["to_name"])
    masked = mask("email", str(client["email"]))
    assert email["text"].startswith(f"Safe mode is on: this email is meant for {masked} ")
    assert f"this email is meant for {masked} " in email["html"]
    assert "unsubscribe" not in email["text"] + email["html"]


def test_both_ways_of_a_message_are_told(place: Place, open_desk: OpenDesk) -> None:
    """The story names each attempt with its own address and carrier, and why texts are over."""
    desk = desk_with(place, open_desk, BY_TEXT_ELSE_EMAIL)
    desk.sandbox.set_scenario("undelivered", provider="twilio", code="30006")
    pay(desk)
    ask_later(desk)
    id_ = desk.notification().id

    story = tell(
        desk.run(desk.ledger.read(lambda c: read(c, Subject(notification=id_)))), desk.clock()
    )

    text, email = (one.text for one in story.told if one.kind is Kind.ATTEMPT)
    (over,) = (one.text for one in story.told if one.kind is Kind.OPT_OUT)
    assert "attempt 1 to +1•••••0101; Twilio took it as SM" in text
    assert "attempt 2 to c•••••@books.example; Twilio Email took it as comms_operation_" in email
    assert over.startswith("no texts to +1•••••0101 any more: ")


@pytest.mark.parametrize(
    ("fate", "status", "suppressed"), [("", "delivered", []), ("bounce", "undelivered", ["bounce"])]
)
def test_sendgrid_tells_what_became_of_an_email(
    place: Place, open_desk: OpenDesk, web: WebThread, fate: str, status: str, suppressed: list[str]
) -> None:
    """Nobody is asked: signed events bring the final word, and a bounce ends emails to there."""
    desk = desk_with(place, open_desk, BY_EMAIL)
    carry_by_sendgrid(desk)
    if fate:
        desk.sandbox.set_scenario(fate, provider="sendgrid")

    pay(desk)

    wait_until(lambda: desk.notification().status == status)
    assert ["sendgrid"] == column(desk.ledger, "select provider from attempts")
    assert suppressed == column(desk.ledger, "select source from suppressions")
    assert [1] == list(desk.sandbox.sends().values())


def carry_by_sendgrid(desk: Desk) -> None:
    """Let SendGrid carry the worker's emails, and tell the webhook application of them."""
    url = desk.place.sandbox.base_url
    emails = SendGridEmails(
        open_clients(url, connections=2),
        credentials.SENDGRID_API_KEY,
        sender=credentials.EMAIL_FROM,
        api_url=url,
        now=desk.clock,
    )
    desk.runtime.emails = emails
    desk.runtime.transports = {**desk.runtime.transports, emails.provider: emails}
    desk.run(desk.ledger.put_sendgrid_key(credentials.SENDGRID_WEBHOOK_KEY))
    events = f"{desk.place.public_url}/webhooks/sendgrid/events"
    desk.sandbox.change_settings(sendgrid_events_url=events)
