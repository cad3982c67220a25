"""What became of a retried message, in the operator's words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from duebell.domain.delivery import NotificationStatus
from duebell.domain.local_times import LocalTimes
from duebell.ledger.retrying import Answer, Answered
from duebell.retrying.doubts import comes_again, leaves_open
from duebell.retrying.standing import (
    Circumstances,
    Row,
    Standing,
    how_it_stands,
    outcome_of,
)

_S = NotificationStatus

NOW = datetime(2026, 11, 14, 23, 0, tzinfo=UTC)
MORNING = NOW + timedelta(hours=10)
AROUND = Circumstances(NOW, LocalTimes(), has_worker=True, stops={})
ROW = Row(
    id="n1",
    account_id="a1",
    status=_S.PLANNED,
    reason="",
    code="",
    hold="",
    not_before=NOW,
    asks=0,
    next_ask_at=None,
    failed=False,
    channel="sms",
    recipient="+1•••••0101",
    invoice_number="INV-1",
)


def test_an_old_failure_is_none_again() -> None:
    """What ended before anything was sent did not fail again: it was not sent, and why is told."""
    before = replace(ROW, status=_S.REJECTED, reason="this number is suppressed", failed=True)
    row = replace(before, failed_at=NOW - timedelta(hours=1), cleared_at=NOW)

    assert ("not sent: this number is suppressed", True, False) == how_it_stands(row, AROUND)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (replace(ROW, status=_S.ACCEPTED), "sent"),
        (replace(ROW, status=_S.DELIVERED), "sent, and delivered"),
        (
            replace(ROW, status=_S.DELIVERED, tries=1, tries_before=1),
            "not sent again: it was delivered after all",
        ),
        (
            replace(ROW, status=_S.ACCEPTED, tries=1, tries_before=1),
            "not sent again: its provider has it after all",
        ),
        (replace(ROW, status=_S.DELIVERED, tries=2, tries_before=1), "sent, and delivered"),
        (
            replace(ROW, hold="quiet hours", not_before=MORNING),
            "waits until 2026-11-15 09:00 UTC: quiet hours",
        ),
        (replace(ROW, hold="brake"), "waits: a brake holds it; `duebell brake list` shows which"),
        (
            replace(ROW, not_before=MORNING, reason="too many requests"),
            "waits until 2026-11-15 09:00 UTC: too many requests",
        ),
    ],
)
def test_what_is_well_and_settled(row: Row, words: str) -> None:
    """What is sent, and what waits for a time of its own, need not be waited for."""
    assert (words, True, True) == how_it_stands(row, AROUND)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (ROW, "waits for its turn"),
        (replace(ROW, status=_S.SENDING), "is being sent"),
        (
            replace(ROW, status=_S.UNDELIVERED, failed=True, asks=-1, next_ask_at=NOW),
            "waits: its provider is asked first",
        ),
    ],
)
def test_what_is_under_way(row: Row, words: str) -> None:
    """What a worker is about to do is waited for."""
    assert (words, False, True) == how_it_stands(row, AROUND)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (replace(ROW, status=_S.SUPPRESSED, reason="the invoice is paid"), "the invoice is paid"),
        (replace(ROW, status=_S.UNDELIVERED, reason="no such number", code="30005"), "(30005)"),
        (replace(ROW, status=_S.REJECTED, reason="the body is too long"), "failed again: the body"),
        (
            replace(ROW, status=_S.OUTCOME_UNKNOWN, failed=True, reason="nobody can be asked"),
            "not sent: nobody can be asked",
        ),
    ],
)
def test_what_did_not_go_well(row: Row, words: str) -> None:
    """What failed again or is not sent is told with its reason, and is not well."""
    said, is_settled, is_well = how_it_stands(row, AROUND)

    assert words in said
    assert (True, False) == (is_settled, is_well)


def test_nobody_waits_without_a_worker() -> None:
    """Where no worker runs that is said at once, also of a question."""
    alone = replace(AROUND, has_worker=False)
    asked = replace(ROW, asks=-1, next_ask_at=NOW)

    assert ("waits: no worker is running; `duebell up` starts one", True, True) == how_it_stands(
        ROW, alone
    )
    assert "no worker is running to ask" in how_it_stands(asked, alone)[0]


def test_a_stopped_channel_is_named() -> None:
    """What waits for a stopped channel says why it is stopped."""
    stopped = replace(AROUND, stops={"sms": "Twilio refuses the key"})

    said = how_it_stands(ROW, stopped)

    assert ("waits: no sms can be sent now: Twilio refuses the key", True, True) == said


@pytest.mark.parametrize(
    ("code", "is_open"),
    [("30008", True), ("30410", True), ("", True), ("30005", False), ("30003", False)],
)
def test_codes_that_prove_nothing(code: str, is_open: bool) -> None:
    """An unknown error, or none at all, does not prove that a message is lost."""
    assert is_open == leaves_open(code)


@pytest.mark.parametrize(
    ("code", "comes"),
    [("30007", True), ("30019", True), ("sg.http.400", True), ("21408", False), ("", False)],
)
def test_which_failures_come_again_with_the_same_words(code: str, comes: bool) -> None:
    """A spam filter and a text that is too long do; what is mended at Twilio does not."""
    assert comes == comes_again(code)


@pytest.mark.parametrize(
    ("status", "warning", "told"),
    [
        (_S.ACCEPTED, "its words were why", "sent; its words were why"),
        (_S.ACCEPTED, "", "sent"),
        (_S.DELIVERED, "its words were why", "sent"),
    ],
)
def test_a_warning_is_told_until_it_proves_empty(
    status: NotificationStatus, warning: str, told: str
) -> None:
    """That the same words failed before is said for as long as they may fail again."""
    standing = Standing("n1", "INV-1", "+1•••••0101", status, "sent")

    assert told == outcome_of(Answered("n1", Answer.PLANNED, warning=warning), standing)
