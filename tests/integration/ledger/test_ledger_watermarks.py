"""How far each kind of record was read, as several processes keep it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from duebell.domain.books import Kind
from duebell.domain.changes import Seen
from duebell.ledger import seen, watermarks
from duebell.ledger.ledger import Ledger
from duebell.ledger.watermarks import Watermark
from tests.ledger_scenes import ACCOUNT, START, run, together

LATER = START + timedelta(hours=1)
KEY = (ACCOUNT, Kind.PAYMENT, "7")


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


def test_history_changes_nothing_that_is_known(ledger: Ledger) -> None:
    """A record that was looked at meanwhile is remembered as that look saw it."""
    known = Seen("m2", {"amount": "b"}, changes=1)
    history = Seen("m1", {"amount": "a"}, announced=True)

    run(ledger.write(lambda c: seen.write(c, {KEY: (known, LATER)})))
    run(ledger.write(lambda c: seen.add_history(c, [(KEY, history)], START)))
    run(ledger.write(lambda c: seen.add_history(c, [], START)))

    assert {KEY: known} == run(ledger.read(lambda c: seen.read(c, [KEY])))
