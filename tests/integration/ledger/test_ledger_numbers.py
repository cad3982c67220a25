"""What `/metrics` and the summary read from the ledger, on every database."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, insert, update

from duebell.ledger.claiming import Ending
from duebell.ledger.ledger import Ledger
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.sending_tables import ChannelStopRow
from duebell.measuring import reading
from duebell.measuring.numbers import Group, Numbers
from duebell.measuring.runs import fates, in_words
from duebell.measuring.source import written
from duebell.measuring.summary import Summary, markdown
from duebell.measuring.summary_reading import summarise
from tests.ledger_scenes import (
    PHONE,
    RULE,
    START,
    WORKER,
    Clock,
    a_report,
    a_signal,
    accepted,
    in_doubt,
    planned,
    run,
)

BASE_URL = "https://duebell.example"


def read(ledger: Ledger, clock: Clock) -> Numbers:
    """The numbers of this moment."""
    return run(ledger.read(lambda c: reading.read(c, BASE_URL, clock())))


def summary(ledger: Ledger, clock: Clock) -> Summary:
    """The summary of the day on which the scenes play."""
    return run(ledger.read(lambda c: summarise(c, BASE_URL, clock(), START.date())))


def test_an_empty_ledger_has_its_numbers(ledger: Ledger, clock: Clock) -> None:
    """Before anything was heard all ages are 0, and what is not known is nothing."""
    plain = read(ledger, clock).plain

    assert {0.0} == {plain[name] for name in plain if name.startswith("oldest_")}
    assert plain["access_token_expires_in_seconds"] is None
    assert plain["status_callback_last_heard_seconds"] is None


def test_ages_are_those_of_the_oldest(ledger: Ledger, clock: Clock) -> None:
    """What waits, is due, in doubt or without final word shows how long it has been so."""
    run(ledger.record_signal(a_signal("9")))
    planned(ledger, "1")
    in_doubt(ledger, "2")
    accepted(ledger, "3", "SM3")
    clock.pass_(seconds=30)
    run(ledger.record_signal(a_signal("10")))
    planned(ledger, "4")
    clock.pass_(seconds=30)

    plain = read(ledger, clock).plain

    assert 2 == plain["signals_waiting"]
    assert {60.0} == {plain[name] for name in plain if name.startswith("oldest_")}


def waiting(ledger: Ledger, clock: Clock) -> tuple[float | None, float | None]:
    """How many signals are to be worked on, and for how long the oldest."""
    plain = read(ledger, clock).plain
    return plain["signals_waiting"], plain["oldest_signal_seconds"]


def put_off_signal(ledger: Ledger, clock: Clock, *, fails: bool, **span: float) -> None:
    """Claim the signal, and put it off: because of a failure, or on purpose."""
    claimed = run(ledger.claim(WORKER, "b1", 1))
    until = clock() + timedelta(**span)
    run(ledger.end_signals([Ending(claimed[0].id, "later", clock(), until, is_failure=fails)]))


def test_what_cannot_be_looked_up_waits(ledger: Ledger, clock: Clock) -> None:
    """While FreshBooks cannot be read a signal shows as late, put off or in a worker's hand."""
    run(ledger.record_signal(a_signal()))
    put_off_signal(ledger, clock, fails=True, minutes=6)
    clock.pass_(minutes=5)
    between = waiting(ledger, clock)
    clock.pass_(minutes=5)
    run(ledger.claim(WORKER, "b2", 1))

    in_hand = waiting(ledger, clock)

    assert (1, 300) == between
    assert (1, 600) == in_hand


def test_what_a_worker_has_in_hand_waits(ledger: Ledger, clock: Clock) -> None:
    """A signal that a run claimed and never ended, or left behind when it broke off, grows old."""
    run(ledger.record_signal(a_signal()))
    run(ledger.claim(WORKER, "b1", 1))
    clock.pass_(minutes=5)
    claimed = waiting(ledger, clock)
    run(ledger.release(WORKER, "b1", timedelta(minutes=1)))

    left = waiting(ledger, clock)

    assert [(1, 300), (1, 300)] == [claimed, left]


def test_what_waits_on_purpose_raises_no_alarm(ledger: Ledger, clock: Clock) -> None:
    """A signal that waits for the morning counts from then on, however long ago it came."""
    run(ledger.record_signal(a_signal()))
    put_off_signal(ledger, clock, fails=False, hours=12)
    clock.pass_(hours=11)
    at_night = waiting(ledger, clock)
    clock.pass_(minutes=61)
    in_the_morning = waiting(ledger, clock)
    run(ledger.claim(WORKER, "b2", 1))
    clock.pass_(seconds=2)

    in_hand = waiting(ledger, clock)

    assert [(0, 0), (1, 60), (1, 2)] == [at_night, in_the_morning, in_hand]


def test_what_waits_for_its_hour_is_not_late(ledger: Ledger, clock: Clock) -> None:
    """A message that is held, or to be sent later, is no message that is due."""
    held, later = planned(ledger, "1"), planned(ledger, "2")

    def put_off(connection: Connection) -> None:
        of = update(NOTIFICATIONS).where
        connection.execute(of(NOTIFICATIONS.c.id == held).values(hold="quiet hours"))
        not_before = START + timedelta(hours=1)
        connection.execute(of(NOTIFICATIONS.c.id == later).values(not_before=not_before))

    run(ledger.write(put_off))
    clock.pass_(minutes=59)
    before = read(ledger, clock).plain["oldest_due_notification_seconds"]
    clock.pass_(minutes=3)
    after = read(ledger, clock).plain["oldest_due_notification_seconds"]

    assert (0, 120) == (before, after)


def test_messages_are_counted_by_what_they_are(ledger: Ledger, clock: Clock) -> None:
    """Each state has its count, with rule, provider and channel."""
    accepted(ledger, "1", "SM1")
    accepted(ledger, "2", "SM2")
    run(ledger.apply_report(a_report(provider_id="SM2")))

    found = read(ledger, clock)

    labels = (False, RULE.name, "twilio", "sms")
    expected = {Group("accepted", *labels, 1), Group("delivered", *labels, 1)}
    assert expected == set(found.groups)
    assert 0 == found.plain["status_callback_last_heard_seconds"]


def test_no_number_gets_into_a_label(ledger: Ledger, clock: Clock) -> None:
    """A rule that names a fixed address shows without it, and so does the reason of a failure."""
    id_ = accepted(ledger, "1", "SM1")
    new = {"rule": f"a → {PHONE}", "status": "rejected", "failed": True, "reason": f"no {PHONE}"}
    run(ledger.write(lambda c: c.execute(update(NOTIFICATIONS).values(**new))))

    shown = written(read(ledger, clock)).decode() + markdown(summary(ledger, clock))
    told = in_words(run(ledger.read(lambda c: fates(c, [id_]))))

    assert "a → " in shown
    assert PHONE not in shown + told


def test_a_stopped_channel_shows(ledger: Ledger, clock: Clock) -> None:
    """A stop in force shows, and in the summary its reason; one that has ended does not."""
    stops = ChannelStopRow.__table__  # type: ignore[attr-defined]
    one = {"code": "20003", "reason": "the key is refused", "since": START, "next_try_at": START}
    ended = {**one, "channel": "email", "tries": 0, "is_late": False, "ended_at": START}
    in_force = {**ended, "channel": "sms", "ended_at": None}

    run(ledger.write(lambda c: c.execute(insert(stops), [ended, in_force])))

    assert frozenset({"sms"}) == read(ledger, clock).channels_stopped
    hands = [hand.what for hand in summary(ledger, clock).hands]
    told = [what for what in hands if "the key is refused" in what]
    assert [True] == ["No texts can be sent since" in what for what in told]


def test_the_summary_reads_a_day(ledger: Ledger, clock: Clock) -> None:
    """Without a known firm the day is that of FreshBooks' own clock, and everything is in it."""
    accepted(ledger, "1", "SM1")
    planned(ledger, "2")

    (account,) = summary(ledger, clock).accounts

    (rule,) = account.rules
    assert (RULE.name, 1, 1) == (rule.rule, rule.sent, rule.waiting)


def test_a_run_reads_what_became_of_its_messages(ledger: Ledger) -> None:
    """Each message of a run is there with its state, and no other."""
    first, _ = accepted(ledger, "1", "SM1"), accepted(ledger, "2", "SM2")

    (fate,) = run(ledger.read(lambda c: fates(c, [first])))

    assert ("accepted", RULE.name) == (fate.tally.status, fate.tally.rule)
