"""What a row of a list stands for: news, a change, or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from duebell.domain.books import Kind, Record, kind_of
from duebell.domain.changes import Seen
from duebell.domain.events import EVENT_TYPES, callbacks_for, creation_of, update_of
from duebell.domain.finding import (
    UNDATED,
    Watch,
    event_of,
    is_history,
    needs_history,
    polled_kinds,
)
from duebell.wording.sample_records import (
    SAMPLE_BILL,
    SAMPLE_CLIENT,
    SAMPLE_EXPENSE,
    SAMPLE_INVOICE,
    SAMPLE_PAYMENT,
    SAMPLE_VENDOR,
)

SINCE = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
BEFORE, AFTER = SINCE - timedelta(minutes=1), SINCE + timedelta(minutes=1)
DAY = SINCE.date()
SAMPLES: tuple[Record, ...] = (
    SAMPLE_INVOICE,
    SAMPLE_PAYMENT,
    SAMPLE_CLIENT,
    SAMPLE_BILL,
    SAMPLE_VENDOR,
    SAMPLE_EXPENSE,
)
DATED = [one for one in SAMPLES if kind_of(one) not in UNDATED]
UNDATED_ONES = [one for one in SAMPLES if kind_of(one) in UNDATED]


def made(record: Record, at: datetime, updated_at: datetime | None = None) -> Record:
    """The record, made at a moment as far as it says so, and changed then or later."""
    values: dict[str, object] = {"updated_at": updated_at or at}
    if hasattr(record, "created_at"):
        values["created_at"] = at
    return replace(record, **values)  # type: ignore[arg-type]


def seen(marker: str = "m1", *, announced: bool = True) -> Seen:
    """The record as it was last looked at."""
    return Seen(marker, {}, announced=announced)


def watch(record: Record, *, knows_history: bool = True, callbacks: str = "both") -> Watch:
    """Watching a kind of record, and wanting to hear of it."""
    kind = kind_of(record)
    wanted = {
        "both": {creation_of(kind), update_of(kind)},
        "creations": {creation_of(kind)},
        "updates": {update_of(kind)},
        "nothing": set[str](),
    }[callbacks]
    return Watch(SINCE, frozenset(wanted), knows_history)


def each(records: list[Record]) -> pytest.MarkDecorator:
    """Runs a test for each of these records."""
    return pytest.mark.parametrize("record", records, ids=lambda record: kind_of(record).value)


# -- which event


@each(list(SAMPLES))
def test_an_unknown_new_record_is_a_creation(record: Record) -> None:
    """What was made since we watch and was never looked at is news."""
    row = made(record, AFTER)

    assert creation_of(kind_of(row)) == event_of(row, None, "m1", watch(row))


@each(DATED)
def test_an_unknown_old_record_that_was_touched_is_looked_at(record: Record) -> None:
    """It is history, so that it is no creation; whoever looks at it remembers it."""
    row = made(record, BEFORE, updated_at=AFTER)

    assert update_of(kind_of(row)) == event_of(row, None, "m1", watch(row))


@each(DATED)
def test_an_unknown_old_record_that_rests_is_nothing(record: Record) -> None:
    """The first polls see hours of history, which nobody is told of or asked about."""
    row = made(record, BEFORE)

    assert event_of(row, None, "m1", watch(row)) is None


@each(UNDATED_ONES)
def test_nothing_is_new_before_history_is_known(record: Record) -> None:
    """Where a record does not say for certain when it was made, only the known tells the new."""
    row = made(record, AFTER)
    wanted = watch(row, knows_history=False, callbacks="creations")

    assert event_of(row, None, "m1", wanted) is None


@each(list(SAMPLES))
@pytest.mark.parametrize("announced", [True, False])
def test_a_changed_record_is_an_update(record: Record, announced: bool) -> None:
    """What differs from the last look has changed; so does a draft that is issued by now."""
    row = made(record, AFTER)

    event = event_of(row, seen("m0", announced=announced), "m1", watch(row))

    assert update_of(kind_of(row)) == event


@each(list(SAMPLES))
def test_an_unchanged_record_is_nothing(record: Record) -> None:
    """What is as it was last time is not signalled again, however often it is read."""
    row = made(record, AFTER)

    assert event_of(row, seen(), "m1", watch(row)) is None


@each(DATED)
def test_a_held_record_waits_for_its_change(record: Record) -> None:
    """A draft that was looked at and held is not looked at again while it stays a draft."""
    row = made(record, AFTER)

    assert event_of(row, seen(announced=False), "m1", watch(row)) is None


@each(UNDATED_ONES)
def test_a_record_that_nobody_could_tell_for_new_is_still_told(record: Record) -> None:
    """It was looked at before history was known, and nobody knew whether to tell of it."""
    row = made(record, AFTER)

    event = event_of(row, seen(announced=False), "m1", watch(row))

    assert creation_of(kind_of(row)) == event


@each(list(SAMPLES))
def test_what_nobody_wants_to_hear_is_nothing(record: Record) -> None:
    """Only events that the rulebook needs become signals."""
    row = made(record, AFTER)
    silent = watch(row, callbacks="nothing")

    assert [None, None] == [event_of(row, one, "m1", silent) for one in (None, seen("m0"))]


@each(list(SAMPLES))
def test_a_creation_that_nobody_wants_is_looked_at_as_an_update(record: Record) -> None:
    """Thereby the record is remembered; a rule that is added later does not take it for new."""
    row = made(record, AFTER)

    assert update_of(kind_of(row)) == event_of(row, None, "m1", watch(row, callbacks="updates"))


@each(list(SAMPLES))
def test_a_change_that_nobody_wants_is_nothing(record: Record) -> None:
    """With rules about creations alone, changes of what was told are left alone."""
    row = made(record, AFTER)

    assert event_of(row, seen("m0"), "m1", watch(row, callbacks="creations")) is None


# -- what is history


@each(DATED)
def test_history_ends_where_watching_begins(record: Record) -> None:
    """The time of creation decides, whatever was changed later."""
    old, new = made(record, BEFORE, updated_at=AFTER), made(record, SINCE)

    assert [True, False] == [is_history(row, SINCE, DAY) for row in (old, new)]


@pytest.mark.parametrize(
    ("updated_at", "days_back", "is_old"),
    [
        (AFTER, 0, False),
        (AFTER, 1, False),  # the evening before, in another time zone
        (AFTER, 2, True),  # an old one that was edited
        (AFTER, -5, False),  # dated ahead
        (BEFORE, 0, True),
        (None, 0, True),
    ],
)
def test_a_payment_or_expense_is_new_by_its_day_and_its_last_change(
    updated_at: datetime | None, days_back: int, is_old: bool
) -> None:
    """Neither says when it was entered: one of these days that was touched since is new."""
    day = DAY - timedelta(days=days_back)
    payment = replace(SAMPLE_PAYMENT, paid_on=day, updated_at=updated_at)
    expense = replace(SAMPLE_EXPENSE, spent_on=day, updated_at=updated_at)

    assert [is_old, is_old] == [is_history(row, SINCE, DAY) for row in (payment, expense)]


def test_the_first_day_of_the_calendar_is_a_day() -> None:
    """A payment of the year 1 is odd, and no reason to break off."""
    payment = replace(SAMPLE_PAYMENT, paid_on=date.min, updated_at=AFTER)

    assert is_history(payment, SINCE, DAY)


# -- which kinds


@pytest.mark.parametrize(
    ("events", "kinds"),
    [
        (["invoice.create"], [Kind.INVOICE]),
        (["invoice.overdue"], [Kind.INVOICE]),
        (["invoice.sendByEmail"], []),  # nothing in an invoice says that it was mailed
        (["payment.create", "bill_vendor.update"], [Kind.PAYMENT, Kind.VENDOR]),
        (["connection.lost", "webhook.silent"], []),
        (EVENT_TYPES, list(Kind)),
    ],
)
def test_only_kinds_that_a_poll_can_tell_of_are_polled(
    events: list[str], kinds: list[Kind]
) -> None:
    """A kind is read where a rule wants something that its lists can show."""
    assert tuple(kinds) == polled_kinds(events)


@pytest.mark.parametrize(
    ("events", "kinds"),
    [
        (["invoice.create", "client.create", "bill.create", "invoice.overdue"], set()),
        (["invoice.update", "client.update"], {Kind.INVOICE, Kind.CLIENT}),
        (["payment.create", "expense.create"], {Kind.PAYMENT, Kind.EXPENSE}),
        (["bill_vendor.create"], {Kind.VENDOR}),
        (["bill.update"], {Kind.BILL}),
    ],
)
def test_history_is_read_only_where_it_is_needed(events: list[str], kinds: set[Kind]) -> None:
    """A kind whose records say when they were made, and whose changes nobody wants, needs none."""
    assert kinds == {kind for kind in Kind if needs_history(kind, events)}


@pytest.mark.parametrize(
    "event", [one for one in EVENT_TYPES if one.endswith(("create", "update"))]
)
def test_every_creation_and_change_can_be_found_by_a_poll(event: str) -> None:
    """For each such event there is a row that a poll makes a signal of, with that rule alone."""
    (kind,) = polled_kinds([event])
    record = next(one for one in SAMPLES if kind_of(one) is kind)
    wanted = Watch(SINCE, callbacks_for([event]), needs_history(kind, [event]))
    known = None if event.endswith("create") else seen("m0")

    assert event == event_of(made(record, AFTER), known, "m1", wanted)
