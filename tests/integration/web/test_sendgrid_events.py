"""SendGrid's events on a real ledger: signed batches are heeded once, others refused."""

from __future__ import annotations

import json

import pytest

from duebell.web.sendgrid import MAX_BATCH_BYTES
from tests.integration.web.emails import (
    ADDRESS,
    EMAIL_ID,
    EVENTS,
    OTHER_KEY,
    TIMESTAMP,
    an_event,
    change,
    post,
    post_raw,
    public_key,
    sent_email,
    signed,
    tell_key,
)
from tests.integration.web.station import Station

DELIVERED = json.dumps([an_event("delivered")]).encode()


@pytest.fixture
def hearing(station: Station) -> Station:
    """A station that knows SendGrid's key, and one email that SendGrid took."""
    tell_key(station)
    sent_email(station.ledger)
    return station


def status(station: Station) -> tuple[str, bool]:
    """Status and failed flag of the email."""
    ((word, failed),) = station.rows("SELECT status, failed FROM notifications")
    return word, bool(failed)


def suppressions(station: Station) -> list[tuple[str, str]]:
    """The addresses that must not be used, and why."""
    return [
        (address, source)
        for address, source in station.rows(
            "SELECT address, source FROM suppressions WHERE lifted_at IS NULL ORDER BY id"
        )
    ]


def test_a_signed_batch_is_applied(hearing: Station) -> None:
    """The email is delivered when SendGrid says so, answered 204 without a body."""
    response = post(hearing, an_event("processed"), an_event("delivered"))

    assert (204, b"") == (response.status_code, response.content)
    assert ("delivered", False) == status(hearing)
    assert 1.0 == hearing.counted("webhooks_total", source="sendgrid", result="applied")


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/json"},
        signed(DELIVERED, OTHER_KEY),
        signed(DELIVERED + b" "),
        {**signed(DELIVERED), "x-twilio-email-event-webhook-timestamp": "1763121601"},
        {**signed(DELIVERED), "x-twilio-email-event-webhook-signature": "garbage"},
    ],
    ids=["unsigned", "another key", "another body", "another time", "garbage"],
)
def test_a_wrongly_signed_batch_is_refused(hearing: Station, headers: dict[str, str]) -> None:
    """What SendGrid did not sign over these very bytes changes nothing."""
    response = post_raw(hearing, DELIVERED, headers)

    assert 401 == response.status_code
    assert ("accepted", False) == status(hearing)
    assert 1.0 == hearing.counted("webhook_refused_total", source="sendgrid", reason="signature")


@pytest.mark.parametrize("key", ["", "no key at all"])
def test_nothing_is_taken_without_a_key(station: Station, key: str) -> None:
    """Before a worker has told the key, or where it is none, SendGrid is asked to come again."""
    if key:
        tell_key(station, key)

    response = post_raw(station, DELIVERED)

    assert (503, "10") == (response.status_code, response.headers["retry-after"])


def test_a_new_key_counts_at_once(hearing: Station) -> None:
    """A key made anew at SendGrid signs as soon as it is known, and the old one no more."""
    post(hearing, an_event("processed"))
    tell_key(hearing, public_key(OTHER_KEY))

    taken = post_raw(hearing, DELIVERED, signed(DELIVERED, OTHER_KEY))
    hearing.clock.advance(2)
    refused = post_raw(hearing, DELIVERED)

    assert (204, 401) == (taken.status_code, refused.status_code)


@pytest.mark.parametrize(
    ("raw", "content_type", "expected"),
    [
        (b"[" + b" " * MAX_BATCH_BYTES, "application/json", 413),
        (b"[{]", "application/json", 400),
        (b'{"event": "delivered"}', "application/json", 400),
        (b"\xff[]", "application/json", 400),
        (b"event=delivered", "application/x-www-form-urlencoded", 415),
    ],
    ids=["too large", "broken", "no list", "no text", "a form"],
)
def test_what_is_no_batch_is_refused(
    hearing: Station, raw: bytes, content_type: str, expected: int
) -> None:
    """Signed or not, what is too large or cannot be read is refused as a whole."""
    response = post_raw(hearing, raw, {**signed(raw), "content-type": content_type})

    assert expected == response.status_code
    assert [] == hearing.rows("SELECT id FROM heard_events")


def test_a_broken_event_costs_no_other(hearing: Station) -> None:
    """One entry that cannot be read does not keep the others from being heeded."""
    response = post(hearing, None, {"event": 7}, an_event("delivered"), an_event("teleported"))

    assert (204, ("delivered", False)) == (response.status_code, status(hearing))


def test_an_empty_batch_is_taken(hearing: Station) -> None:
    """A batch without events, as SendGrid's test button may send it, is acknowledged."""
    assert 204 == post(hearing).status_code


def test_events_are_heeded_once(hearing: Station) -> None:
    """The same event again, in its batch or in another, changes nothing."""
    bounce = an_event("bounce")
    post(hearing, bounce, bounce)
    hearing.call("POST", "/webhooks/email/unsubscribe", params={"n": EMAIL_ID})

    post(hearing, bounce)

    assert 1.0 == hearing.counted("delivery_reports_total", result="repeated")
    assert 1 == len(hearing.rows("SELECT id FROM delivery_reports"))


def test_a_bounce_fails_the_email_and_suppresses_the_address(hearing: Station) -> None:
    """An address that does not exist is not written to again, and the email is flagged."""
    post(hearing, an_event("bounce", reason=f"550 <{ADDRESS}> unknown"))

    assert ("undelivered", True) == status(hearing)
    assert [(ADDRESS, "bounce")] == suppressions(hearing)


@pytest.mark.parametrize(
    "missing", [{"sg_message_id": None}, {"sg_message_id": None, "natt": None, "nid": None}]
)
def test_a_bounce_without_a_message_id(hearing: Station, missing: dict[str, None]) -> None:
    """A late bounce takes "delivered" back by our id; by the address alone it suppresses that."""
    post(hearing, an_event("delivered"))

    post(hearing, an_event("bounce", **missing))

    is_named = "nid" not in missing
    assert ("undelivered" if is_named else "delivered", is_named) == status(hearing)
    assert [(ADDRESS, "bounce")] == suppressions(hearing)


def test_emails_of_others_are_left_alone(hearing: Station) -> None:
    """The same account may send other people's emails: nothing is kept of them."""
    other = {"email": "stranger@elsewhere.example", "sg_message_id": "another.1", "nid": None}

    response = post(hearing, an_event("bounce", **other))

    assert 204 == response.status_code
    assert [] == suppressions(hearing) + hearing.rows("SELECT id FROM delivery_reports")
    assert 1.0 == hearing.counted("delivery_reports_total", result="not ours")


def test_an_address_alone_is_ours_for_a_month(hearing: Station) -> None:
    """What is told of an address long after our last email to it is not about us."""
    hearing.clock.advance(31 * 24 * 3600)

    post(hearing, an_event("bounce", sg_message_id=None, nid=None, natt=None))

    assert [] == suppressions(hearing)


def test_an_address_may_be_written_otherwise(hearing: Station) -> None:
    """A bounce that has only the address is known by it, however its letters are written."""
    bare = {"email": ADDRESS.upper(), "sg_message_id": None, "nid": None, "natt": None}

    post(hearing, an_event("bounce", **bare))

    assert [(ADDRESS, "bounce")] == suppressions(hearing)


@pytest.mark.parametrize("word", ["spamreport", "unsubscribe", "group_unsubscribe"])
def test_who_wants_no_emails_gets_none(hearing: Station, word: str) -> None:
    """A complaint or a wish suppresses the address for good, and fails no email."""
    post(hearing, an_event("delivered"), an_event(word))

    assert ("delivered", False) == status(hearing)
    assert [(ADDRESS, "complaint")] == suppressions(hearing)


def test_who_subscribes_again_is_written_to(hearing: Station) -> None:
    """Subscribing again lifts what was said at SendGrid before, and a bounce stays one."""
    later = {"timestamp": int(TIMESTAMP) + 1}
    post(hearing, an_event("group_resubscribe", **later), an_event("group_unsubscribe"))
    lifted = suppressions(hearing)

    again = an_event("group_resubscribe", sg_event_id="again", **later)
    post(hearing, again, an_event("bounce"))

    assert ([], [(ADDRESS, "bounce")]) == (lifted, suppressions(hearing))


def test_a_ledger_that_is_away_loses_nothing(hearing: Station) -> None:
    """A batch that cannot be stored now is answered 503, so that SendGrid brings it again."""
    change(hearing, "ALTER TABLE heard_events RENAME TO moved")
    response = post(hearing, an_event("delivered"))
    change(hearing, "ALTER TABLE moved RENAME TO heard_events")

    again = post(hearing, an_event("delivered"))

    assert (503, 204) == (response.status_code, again.status_code)
    assert ("delivered", False) == status(hearing)


def test_only_posts_are_taken(hearing: Station) -> None:
    """Events are posted, and nothing is shown at their address."""
    assert 405 == hearing.call("GET", EVENTS).status_code
