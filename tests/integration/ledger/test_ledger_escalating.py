"""Failures that nobody has seen to: told to staff and to Prefect, once each."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from duebell.domain.delivery import OutcomeKind, ReportedStatus
from duebell.domain.dossiers import FailedMessage
from duebell.ledger import channel_stops, failures, retrying, stop_announcements
from duebell.ledger.escalating import count_of, escalate
from duebell.ledger.ledger import Ledger
from duebell.ledger.retrying import Terms
from tests.integration.ledger.conftest import OpenLedger
from tests.integration.ledger.query_plans import plans_of
from tests.ledger_scenes import (
    START,
    a_report,
    an_ending,
    an_intent,
    claimed_signal,
    column,
    planned,
    rows,
    run,
    together,
)

HOURS = timedelta(hours=4)


def failed(ledger: Ledger, number: int = 1) -> str:
    """A notification that could not be delivered."""
    id_ = planned(ledger, str(number), claimed_signal(ledger, str(number)))
    run(ledger.begin_attempt(an_intent(id_)))
    run(ledger.finish_attempt(an_ending(id_, provider_id=f"SM{number}")))
    run(ledger.apply_report(a_report(ReportedStatus.UNDELIVERED, provider_id=f"SM{number}")))
    return id_


def escalated(
    ledger: Ledger, now: datetime = START, after: timedelta = HOURS, most: int = 5
) -> int:
    """Escalate what is due; gives how many digests that makes."""
    return run(ledger.write(lambda c: escalate(c, after, most, now)))


def told(ledger: Ledger, at: datetime) -> FailedMessage | None:
    """What staff is told of the failures that were escalated then."""
    return run(ledger.read(lambda c: failures.digest(c, "a1", at)))


def sent_again(ledger: Ledger, id_: str) -> None:
    """An operator sees to it."""
    said = Terms("cli:dana", START, lambda code: False)
    run(ledger.write(lambda c: retrying.retry(c, [id_], said)))


def stopped(ledger: Ledger) -> None:
    """No text can be sent."""

    def stop(connection: Connection) -> bool:
        return channel_stops.stop(connection, "sms", "20003", "wrong key", START, is_late=False)

    run(ledger.write(stop))


def signals(ledger: Ledger) -> list[str]:
    """The digests that wait to be told."""
    return column(ledger, "select object_id from signals where event = 'notification.failed'")


def test_an_old_failure_is_told_once(ledger: Ledger) -> None:
    """After some hours staff is told of it, and never again."""
    id_ = failed(ledger)
    due = START + HOURS

    counts = [escalated(ledger, at) for at in (due - timedelta(seconds=1), due, due + HOURS)]

    assert [0, 1, 0] == counts
    assert [f"{id_}:{due.isoformat()}"] == signals(ledger)


def test_many_failures_are_one_digest(ledger: Ledger) -> None:
    """As soon as there are enough of them, staff hears of the first and how many more there are."""
    for number in range(3):
        failed(ledger, number)

    few = escalated(ledger, most=4)
    enough = escalated(ledger, most=3)

    digest = told(ledger, START)
    assert (0, 1, [3]) == (few, enough, list(map(count_of, signals(ledger))))
    assert digest is not None
    assert 2 == digest.others


def test_a_digest_is_masked(ledger: Ledger) -> None:
    """What staff reads has the client's name, and the recipient with dots in it."""
    id_ = failed(ledger)
    escalated(ledger, most=1)

    digest = told(ledger, START)

    reason = "the provider says undelivered"
    expected = FailedMessage("INV-1", "Acme", "+1•••••0101", "sms", reason, "", 1, id=id_)
    assert expected == digest


def test_what_was_seen_to_is_not_told(ledger: Ledger) -> None:
    """What was sent again before staff was told has left the digest."""
    first, second = failed(ledger, 1), failed(ledger, 2)
    escalated(ledger, most=2)

    others = []
    for id_ in (first, second):
        sent_again(ledger, id_)
        digest = told(ledger, START)
        others.append(None if digest is None else digest.others)

    assert [0, None] == others


def test_what_fails_again_is_told_again(ledger: Ledger) -> None:
    """A message that an operator had sent again and that failed once more is a new failure."""
    id_ = planned(ledger, claimed=claimed_signal(ledger))
    run(ledger.begin_attempt(an_intent(id_)))
    run(ledger.finish_attempt(an_ending(id_, OutcomeKind.REJECTED)))
    first = escalated(ledger, most=1)
    sent_again(ledger, id_)
    run(ledger.begin_attempt(an_intent(id_)))
    run(ledger.finish_attempt(an_ending(id_, OutcomeKind.REJECTED, number=2)))

    second = escalated(ledger, START + HOURS, most=1)

    assert (1, 1) == (first, second)
    assert 2 == len([one for one in signals(ledger) if one.startswith(f"{id_}:")])


def test_a_failed_alarm_raises_none(ledger: Ledger) -> None:
    """That staff could not be told is not told to staff."""
    failed(ledger)
    alarm = text("update notifications set event = 'notification.failed'")
    run(ledger.write(lambda c: c.execute(alarm)))

    count = escalated(ledger, START + 2 * HOURS, most=1)

    assert (0, []) == (count, signals(ledger))


def test_two_workers_tell_once(ledger: Ledger, other: Ledger) -> None:
    """Of two workers who look at the same time, one tells."""
    failed(ledger)

    counts = together(
        ledger.write(lambda c: escalate(c, HOURS, 1, START)),
        other.write(lambda c: escalate(c, HOURS, 1, START)),
    )

    assert [0, 1] == sorted(counts)
    assert 1 == len(signals(ledger))


def test_only_failures_are_read(open_ledger: OpenLedger, sqlite_url: str) -> None:
    """Among messages that are well, finding the failed ones goes by their own index."""
    ledger = open_ledger(sqlite_url)

    plans = run(ledger.write(lambda c: plans_of(c, lambda: escalate(c, HOURS, 5, START))))

    [plan] = [one for one in plans if "notifications" in one]
    assert "SEARCH notifications USING INDEX notifications_failed (failed_at>?)" == plan


# -- Prefect


def test_prefect_is_told_once(ledger: Ledger, other: Ledger) -> None:
    """Each failure is announced by one process, so many at a time, without anybody's address."""
    ids = [failed(ledger, number) for number in range(3)]

    def claim(of: Ledger) -> list[failures.Failing]:
        return run(of.write(lambda c: failures.claim_announcements(c, START, 2)))

    rounds = [claim(ledger), claim(other), claim(ledger)]

    assert [2, 1, 0] == [len(found) for found in rounds]
    assert sorted(ids) == sorted(one.notification_id for found in rounds for one in found)
    assert "0101" not in repr(rounds)


def test_a_stop_is_announced_once(ledger: Ledger, other: Ledger) -> None:
    """A stopped channel is announced by one process, and the next stop anew."""
    counts = []
    for _ in range(2):
        stopped(ledger)
        found = together(
            ledger.write(lambda c: stop_announcements.claim_announcements(c, START)),
            other.write(lambda c: stop_announcements.claim_announcements(c, START)),
        )
        counts.append(sum(map(len, found)))
        run(ledger.write(lambda c: channel_stops.end(c, "sms", "cli:dana", START)))

    assert [1, 1] == counts


@pytest.mark.parametrize("is_stopped", [True, False])
def test_a_channel_is_tried_by_hand(ledger: Ledger, is_stopped: bool) -> None:
    """An operator has one message let through at once, which the audit trail tells."""
    if is_stopped:
        stopped(ledger)
    now = START + timedelta(seconds=1)

    was = run(ledger.write(lambda c: channel_stops.try_by_hand(c, "sms", "cli:dana", now)))

    stops = run(ledger.read(channel_stops.in_force))
    assert is_stopped == was
    assert [now] * is_stopped == [one.next_try_at for one in stops.values()]
    trail = rows(ledger, "select action from audit_records where actor = 'cli:dana'")
    assert [("tried",)] * is_stopped == trail
