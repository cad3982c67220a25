"""How far each kind of record was read, as several processes keep it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

import pytest

from duebell.domain.books import Kind
from duebell.ledger import watermarks
from duebell.ledger.ledger import Ledger
from duebell.ledger.watermarks import Watermark
from tests.ledger_scenes import ACCOUNT, START, run, together

LATER = START + timedelta(hours=1)


def begin(ledger: Ledger, kind: Kind = Kind.INVOICE) -> Watermark:
    """Watching a kind begins, unless it did before."""
    return run(ledger.write(lambda c: watermarks.begin(c, ACCOUNT, kind, START)))


def note(ledger: Ledger, mark: Watermark, **changes: object) -> None:
    """Keep some fields."""
    run(ledger.write(lambda c: watermarks.note(c, mark, **changes)))


def marks(ledger: Ledger) -> dict[tuple[str, Kind], Watermark]:
    """What is kept."""
    return run(ledger.read(watermarks.read_all))


def test_watching_begins_once(ledger: Ledger, other: Ledger) -> None:
    """Whoever asks first decides since when a kind is watched; two at once do no harm."""
    now = [lambda c: watermarks.begin(c, ACCOUNT, Kind.BILL, START) for _ in range(2)]
    first, second = together(ledger.write(now[0]), other.write(now[1]))

    late = run(ledger.write(lambda c: watermarks.begin(c, ACCOUNT, Kind.BILL, LATER)))

    assert Watermark(ACCOUNT, Kind.BILL, since=START, read_through=START) == first
    assert first == second == late


def test_watching_begins_with_a_whole_second(ledger: Ledger) -> None:
    """FreshBooks' times have no fractions, and what was made in that second is new."""
    moment = START.replace(microsecond=999_999)

    mark = run(ledger.write(lambda c: watermarks.begin(c, ACCOUNT, Kind.BILL, moment)))

    assert (START, START) == (mark.since, mark.read_through)


def test_what_others_kept_meanwhile_stays(ledger: Ledger) -> None:
    """A process that read a watermark long ago writes only what it has to say."""
    mark = begin(ledger)
    day = date(2026, 3, 2)

    note(ledger, mark, scanned_on=day, baseline_done=True)
    note(ledger, mark, polled_at=LATER, fault="refused", next_poll_at=LATER)
    note(ledger, mark, fault=None)

    expected = replace(
        mark, scanned_on=day, baseline_done=True, polled_at=LATER, next_poll_at=LATER
    )
    assert {(ACCOUNT, Kind.INVOICE): expected} == marks(ledger)


@pytest.mark.parametrize("order", [(LATER, START), (START, LATER)])
def test_reading_only_moves_forward(ledger: Ledger, order: tuple[object, ...]) -> None:
    """A slow process that ends later does not take back what a quick one has read."""
    mark = begin(ledger)

    for moment in order:
        note(ledger, mark, read_through=moment)

    assert LATER == marks(ledger)[ACCOUNT, Kind.INVOICE].read_through


def test_what_is_not_watched_any_more_is_forgotten(ledger: Ledger) -> None:
    """Watching ends for the kinds that are not named, and begins anew later."""
    begin(ledger, Kind.BILL)
    begin(ledger, Kind.CLIENT)

    ended = run(ledger.write(lambda c: watermarks.end(c, ACCOUNT, (Kind.CLIENT,))))
    elsewhere = run(ledger.write(lambda c: watermarks.end(c, "other", ())))

    assert (1, 0) == (ended, elsewhere)
    assert {(ACCOUNT, Kind.CLIENT)} == set(marks(ledger))
    again = run(ledger.write(lambda c: watermarks.begin(c, ACCOUNT, Kind.BILL, LATER)))
    assert LATER == again.since


def test_accounts_that_are_not_chosen_any_more_are_forgotten(ledger: Ledger) -> None:
    """Watching ends in all accounts but the ones that are named."""
    for account_id in (ACCOUNT, "a2", "a3"):
        begun = partial(watermarks.begin, account_id=account_id, kind=Kind.BILL, now=START)
        run(ledger.write(begun))

    ended = run(ledger.write(lambda c: watermarks.end_others(c, (ACCOUNT, "a3"))))

    assert 1 == ended
    assert {(ACCOUNT, Kind.BILL), ("a3", Kind.BILL)} == set(marks(ledger))


# -- changes


def watch_changes(ledger: Ledger, at: datetime, *, is_wanted: bool) -> Watermark:
    """A poll, with or without a rule about changes."""
    mark = run(ledger.write(lambda c: watermarks.begin(c, ACCOUNT, Kind.INVOICE, at)))
    return run(ledger.write(lambda c: watermarks.watch_changes(c, mark, at, is_wanted=is_wanted)))


def test_a_rule_about_changes_begins_a_baseline_of_its_own(ledger: Ledger) -> None:
    """The first poll with such a rule says since when; history has to be read once for it."""
    note(ledger, begin(ledger), baseline_done=True)

    first = watch_changes(ledger, LATER, is_wanted=True)
    note(ledger, first, baseline_done=True)
    again = watch_changes(ledger, LATER + timedelta(days=1), is_wanted=True)

    assert (LATER, False) == (first.changes_since, first.baseline_done)
    assert (LATER, True) == (again.changes_since, again.baseline_done)
    assert again == marks(ledger)[ACCOUNT, Kind.INVOICE]


def test_changes_that_are_not_wanted_for_a_while_are_history(ledger: Ledger) -> None:
    """Without such a rule nothing is compared; with it, that begins anew."""
    note(ledger, watch_changes(ledger, START, is_wanted=True), baseline_done=True)

    without = watch_changes(ledger, LATER, is_wanted=False)
    back = watch_changes(ledger, LATER + timedelta(days=1), is_wanted=True)

    assert (None, True) == (without.changes_since, without.baseline_done)
    assert (LATER + timedelta(days=1), False) == (back.changes_since, back.baseline_done)


# -- clocks


def test_times_of_a_clock_that_was_ahead_are_put_right(ledger: Ledger) -> None:
    """Watching goes on from now, and a month is read again: nobody knows what was read."""
    future = START + timedelta(days=365)
    mark = begin(ledger)
    note(ledger, mark, read_through=future, next_poll_at=future, changes_since=future)
    now = START + timedelta(days=100)

    mended = run(ledger.write(lambda c: watermarks.begin(c, ACCOUNT, Kind.INVOICE, now)))

    month = timedelta(days=30)
    assert replace(mark, read_through=now - month, changes_since=now) == mended
    assert mended == marks(ledger)[ACCOUNT, Kind.INVOICE]


def test_watching_that_began_with_a_clock_ahead_begins_now(ledger: Ledger) -> None:
    """Since a moment that is to come nothing could ever be new."""
    begin(ledger)
    now = START - timedelta(days=365, microseconds=1)

    mended = run(ledger.write(lambda c: watermarks.begin(c, ACCOUNT, Kind.INVOICE, now)))

    second = START - timedelta(days=365, seconds=1)
    assert (second, second) == (mended.since, mended.read_through)


@pytest.mark.parametrize("minutes", [0, 5])
def test_clocks_that_differ_a_little_are_not_wrong(ledger: Ledger, minutes: int) -> None:
    """Some minutes between two machines, or a pause of some hours, move nothing."""
    mark = begin(ledger)
    note(ledger, mark, next_poll_at=START + timedelta(hours=20))
    now = START - timedelta(minutes=minutes)

    found = run(ledger.write(lambda c: watermarks.begin(c, ACCOUNT, Kind.INVOICE, now)))

    assert replace(mark, next_poll_at=START + timedelta(hours=20)) == found
