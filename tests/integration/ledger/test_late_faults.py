"""Messages that a provider takes and then fails for the sender's sake: when the channel stops."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from duebell.domain.delivery import FailureClass, NotificationStatus, ReportedStatus
from duebell.ledger import channel_stops
from duebell.ledger.ledger import Ledger
from duebell.ledger.sealing import Sealer
from duebell.ledger.stopping import LATE_FAULTS
from tests.ledger_scenes import (
    START,
    Clock,
    Meaning,
    a_report,
    accepted,
    column,
    notification,
    run,
)

CODES = {"30034": Meaning(FailureClass.CONFIGURATION, stops_channel=True)}
R = ReportedStatus
MINUTE = timedelta(minutes=1)


@pytest.fixture
def knowing(ledger_url: str, sealer: Sealer, clock: Clock) -> Iterator[Ledger]:
    """A ledger that knows the code of a number that is not registered."""
    ledger = Ledger(ledger_url, sealer, now=clock, meaning_of=CODES.get)
    yield ledger
    ledger.close()


def taken(ledger: Ledger, many: int) -> list[tuple[str, str]]:
    """So many texts that the provider took; gives their ids and the provider's."""
    sids = [f"SM{number}" for number in range(many)]
    return [(accepted(ledger, str(place), sid), sid) for place, sid in enumerate(sids)]


def fail(ledger: Ledger, sid: str) -> None:
    """The provider says that the sender's number is not registered."""
    run(ledger.apply_report(a_report(R.UNDELIVERED, provider_id=sid, error_code="30034")))


def is_stopped(ledger: Ledger) -> bool:
    """Whether no text leaves."""
    return bool(run(ledger.read(channel_stops.in_force)))


def test_failures_in_a_row_stop_the_channel(knowing: Ledger) -> None:
    """One message that failed so is tried again soon; the third stops the channel, and waits."""
    texts, stops = taken(knowing, LATE_FAULTS), []

    for _, sid in texts:
        fail(knowing, sid)
        stops.append(is_stopped(knowing))

    after = [notification(knowing, id_) for id_, _ in texts]
    assert [False, False, True] == stops
    assert {(NotificationStatus.PLANNED, START + MINUTE)} == {
        (one.status, one.not_before) for one in after
    }
    assert [one.reason for one in run(knowing.read(channel_stops.in_force)).values()] == [
        "It is a matter of configuration."
    ]


@pytest.mark.parametrize("word", [R.SENT, R.DELIVERED])
def test_a_success_between_them_counts_anew(knowing: Ledger, word: ReportedStatus) -> None:
    """One bad number among good ones does not stop the good ones."""
    texts = taken(knowing, 8)

    for place, (_, sid) in enumerate(texts):
        if place % 2:
            run(knowing.apply_report(a_report(word, provider_id=sid)))
        else:
            fail(knowing, sid)

    assert not is_stopped(knowing)
    assert [] == column(knowing, "select id from signals where event = 'connection.lost'")


def test_a_message_that_is_only_queued_proves_nothing(knowing: Ledger) -> None:
    """What the provider has not handed on yet is no success."""
    texts = taken(knowing, LATE_FAULTS + 1)
    fail(knowing, texts[0][1])
    run(knowing.apply_report(a_report(R.QUEUED, provider_id=texts[1][1])))

    for _, sid in texts[2:]:
        fail(knowing, sid)

    assert is_stopped(knowing)


def test_what_was_begun_before_the_end_stops_nothing(knowing: Ledger, clock: Clock) -> None:
    """Late words of messages from before the repair tell nothing of the channel as it is now."""
    texts = taken(knowing, LATE_FAULTS * 2)
    for _, sid in texts[:LATE_FAULTS]:
        fail(knowing, sid)
    clock.pass_(hours=1)
    run(knowing.write(lambda c: channel_stops.end(c, "sms", "cli:ann", clock())))

    for _, sid in texts[LATE_FAULTS:]:
        fail(knowing, sid)

    assert not is_stopped(knowing)
    assert {clock() + MINUTE} == {
        notification(knowing, id_).not_before for id_, _ in texts[LATE_FAULTS:]
    }
