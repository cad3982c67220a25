"""Silence: what proves it, and what ends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from duebell.domain.events import CALLBACK_EVENTS
from duebell.domain.silence import (
    LOOK_BACK,
    SENDGRID_EVENTS,
    TWILIO_STATUS,
    WEBHOOK_PATIENCE,
    Silence,
    is_of_reports,
    is_telling,
    window,
)

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)


def test_only_creations_prove_silence() -> None:
    """What bumps a record is nowhere said, so updates that only polls found prove nothing."""
    callbacks = {event for events in CALLBACK_EVENTS.values() for event in events}

    telling = {event for event in callbacks if is_telling(event)}

    nouns = ("bill", "bill_vendor", "client", "expense", "invoice", "payment")
    assert {f"{noun}.create" for noun in nouns} == telling


def test_what_counts_is_neither_fresh_nor_old() -> None:
    """A webhook may take its time, and yesterday's misses are no news."""
    begin, end = window(LONG_AGO, None, NOW)

    assert (NOW - LOOK_BACK, NOW - WEBHOOK_PATIENCE) == (begin, end)


@pytest.mark.parametrize("hours", [1, 5, 23])
def test_a_delivery_ends_a_silence(hours: int) -> None:
    """What polls found before the last delivery of the event does not count."""
    told_at = NOW - timedelta(hours=hours)

    begin, _ = window(LONG_AGO, told_at, NOW)

    assert told_at == begin


def test_what_is_found_right_after_a_handshake_does_not_count() -> None:
    """It may have been made before the webhook was there."""
    verified_at = NOW - timedelta(hours=2)

    begin, _ = window(verified_at, LONG_AGO, NOW)

    assert verified_at + WEBHOOK_PATIENCE == begin


def test_a_new_webhook_cannot_be_silent() -> None:
    """Just after its handshake there is no moment at which it could have missed something."""
    begin, end = window(NOW - timedelta(minutes=20), None, NOW)

    assert begin > end


@pytest.mark.parametrize(
    ("event", "mends"),
    [
        (TWILIO_STATUS, ("/webhooks/twilio/status", "DUEBELL_TWILIO_AUTH_TOKENS")),
        (SENDGRID_EVENTS, ("/webhooks/sendgrid/events", "DUEBELL_SENDGRID_WEBHOOK_KEY")),
    ],
)
def test_missing_reports_are_told_with_their_mend(event: str, mends: tuple[str, str]) -> None:
    """What to look at is where the provider has to reach us, and what its reports are signed with.

    An account of FreshBooks has nothing to do with it.
    """
    told = str(Silence("", event, NOW, 3))

    assert " since 2026-03-02 15:00 UTC" in told
    assert [] == [one for one in (*mends, "DUEBELL_PUBLIC_URL") if one not in told]
    assert "account" not in told
    assert is_of_reports(event)
    assert not is_of_reports("payment.create")


def test_a_silence_is_told_with_its_beginning() -> None:
    """Its sentence and its id name the event and the moment of the first miss."""
    silence = Silence("a1", "payment.create", NOW, 3)

    assert "payment.create:2026-03-02T15:00:00+00:00" == silence.object_id
    assert "payment.create has come since 2026-03-02 15:00 UTC (account a1)" in str(silence)
