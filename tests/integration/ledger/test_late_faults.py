"""Messages that a provider takes and then fails for the sender's sake: when the channel stops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from duebell.domain.delivery import FailureClass, NotificationStatus, OutcomeKind, ReportedStatus
from duebell.ledger import channel_stops
from duebell.ledger.ledger import Ledger
from duebell.ledger.sealing import Sealer
from duebell.ledger.stopping import LATE_FAULTS
from tests.ledger_scenes import (
    START,
    Clock,
    Meaning,
    a_report,
    an_ending,
    an_intent,
    column,
    notification,
    planned,
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
    """So many texts to as many people that the provider took; gives their ids and its own."""
    sids = [f"SM{number}" for number in range(many)]
    return [(text_to(ledger, place, sid), sid) for place, sid in enumerate(sids)]


def text_to(ledger: Ledger, person: int, sid: str, at: datetime = START) -> str:
    """A text to one of a hundred people that the provider took; gives its id."""
    id_ = planned(ledger, sid)
    intent = replace(an_intent(id_, at), recipient=f"+121255501{person:02}")
    assert run(ledger.begin_attempt(intent)) == 1
    run(ledger.finish_attempt(an_ending(id_, provider_id=sid, at=at)))
    return id_


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


def test_one_person_who_cannot_be_reached_stops_nothing(knowing: Ledger) -> None:
    """However often texts to one number fail, the others get theirs; a second number decides."""
    for number in range(LATE_FAULTS + 2):
        text_to(knowing, 1, f"SM{number}")
        fail(knowing, f"SM{number}")
    before = is_stopped(knowing)
    text_to(knowing, 2, "SM99")

    fail(knowing, "SM99")

    assert (False, True) == (before, is_stopped(knowing))


@pytest.mark.parametrize(("seconds", "is_over"), [(-1, False), (1, True)])
def test_what_left_beside_them_ends_the_stop(
    knowing: Ledger, clock: Clock, seconds: int, is_over: bool
) -> None:
    """Where of texts sent together some fail at once and others leave a moment later, the channel
    works; what left before the first of them was begun proves nothing.
    """
    text_to(knowing, 50, "SM50", START + timedelta(seconds=seconds))
    texts = taken(knowing, LATE_FAULTS)
    clock.pass_(seconds=3)
    for _, sid in texts:
        fail(knowing, sid)
    was_stopped = is_stopped(knowing)

    run(knowing.apply_report(a_report(R.SENT, provider_id="SM50")))

    assert (True, is_over) == (was_stopped, not is_stopped(knowing))


def test_people_behind_test_mode_are_several(knowing: Ledger) -> None:
    """Where all texts go to one address for a test, it counts for whom they were meant."""
    for person in range(LATE_FAULTS):
        id_ = planned(knowing, str(person))
        own = f"+121255501{person:02}"
        run(knowing.begin_attempt(replace(an_intent(id_), instead_of=own)))
        run(knowing.finish_attempt(an_ending(id_, provider_id=f"SM{person}")))
        fail(knowing, f"SM{person}")

    assert is_stopped(knowing)


def test_all_that_made_the_stop_are_woken_by_its_end(knowing: Ledger, clock: Clock) -> None:
    """Those that failed before the channel was stopped need not wait longer than the last one."""
    texts = taken(knowing, LATE_FAULTS)
    for _, sid in texts:
        fail(knowing, sid)
    clock.pass_(seconds=5)

    run(knowing.write(lambda c: channel_stops.end(c, "sms", "cli:ann", clock())))

    assert {clock()} == {notification(knowing, id_).not_before for id_, _ in texts}


def test_what_waits_for_another_reason_is_not_woken(knowing: Ledger, clock: Clock) -> None:
    """A text that is put off for a reason of its own keeps its time when the channel goes on."""
    later = START + 10 * MINUTE
    busy = planned(knowing, "busy")
    run(knowing.begin_attempt(an_intent(busy)))
    run(knowing.finish_attempt(an_ending(busy, OutcomeKind.NOT_SENT, not_before=later)))
    for _, sid in taken(knowing, LATE_FAULTS):
        fail(knowing, sid)

    run(knowing.write(lambda c: channel_stops.end(c, "sms", "cli:ann", clock())))

    assert later == notification(knowing, busy).not_before
