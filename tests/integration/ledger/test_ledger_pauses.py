"""Clients and invoices of which nobody hears before a day."""

from __future__ import annotations

from datetime import date

import pytest

from duebell.domain.delivery import NotificationStatus
from duebell.ledger import pauses
from duebell.ledger.ledger import Ledger
from tests.ledger_scenes import (
    ACCOUNT,
    START,
    an_intent,
    column,
    notification,
    planned,
    rows,
    run,
    sending,
    status_of,
    together,
)

APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)
N = NotificationStatus


def pause(
    ledger: Ledger, until: date = APRIL, kind: str = "client", id_: str = "7", account: str = ""
) -> int:
    """Pause something; gives how many messages that stopped."""
    return run(
        ledger.write(lambda c: pauses.pause(c, account, kind, id_, until, by="cli:ann", now=START))
    )


def resume(ledger: Ledger, id_: str = "7", account: str = "") -> bool:
    """End a pause."""
    return run(
        ledger.write(lambda c: pauses.resume(c, account, "client", id_, by="cli:ann", now=START))
    )


def in_force(ledger: Ledger) -> dict[tuple[str, str, str], date]:
    """What is paused."""
    return run(ledger.read(pauses.in_force))


def story(ledger: Ledger) -> list[tuple[object, ...]]:
    """What the audit trail has of pauses, in order."""
    return rows(
        ledger,
        "select actor, action, from_status, to_status from audit_records"
        " where entity = 'pause' order by id",
    )


def test_a_pause_can_be_moved(ledger: Ledger) -> None:
    """Pausing again changes the day; the same day again changes nothing."""
    for until in (APRIL, APRIL, MAY):
        pause(ledger, until)

    assert {("", "client", "7"): MAY} == in_force(ledger)
    assert [
        ("cli:ann", "paused", None, "2026-04-01"),
        ("cli:ann", "paused", "2026-04-01", "2026-05-01"),
    ] == story(ledger)


def test_a_pause_ends_by_hand_once(ledger: Ledger) -> None:
    """Resuming ends a pause; what is not paused cannot be resumed, and may be paused again."""
    pause(ledger)

    results = [resume(ledger), resume(ledger)]

    assert ([True, False], {}) == (results, in_force(ledger))
    assert ("cli:ann", "resumed", "2026-04-01", "resumed") == story(ledger)[-1]
    pause(ledger, MAY)
    assert {("", "client", "7"): MAY} == in_force(ledger)


@pytest.mark.parametrize(
    ("account", "left"), [("", set()), ("a1", {""}), ("a2", {"", "a1"}), ("b", {"", "a1"})]
)
def test_resuming_without_an_account_resumes_in_all(
    ledger: Ledger, account: str, left: set[str]
) -> None:
    """An account that is named is resumed alone; one that is not named leaves nothing paused."""
    pause(ledger)
    pause(ledger, account="a1")

    resume(ledger, account=account)

    assert left == {key[0] for key in in_force(ledger)}


@pytest.mark.parametrize(
    ("kind", "id_", "account", "count"),
    [
        ("client", "7", "", 2),
        ("client", "7", ACCOUNT, 2),
        ("client", "7", "another", 0),
        ("client", "8", "", 0),
        ("invoice", "41", "", 1),
        ("invoice", "INV-1", "", 2),
        ("invoice", "INV-9", "", 0),
    ],
)
def test_a_pause_stops_what_is_planned(
    ledger: Ledger, kind: str, id_: str, account: str, count: int
) -> None:
    """Messages that wait are suppressed with the reason, of this client or invoice alone."""
    ids = [planned(ledger, "41"), planned(ledger, "42")]
    under_way = sending(ledger, "43")

    stopped = pause(ledger, kind=kind, id_=id_, account=account)

    ends = [notification(ledger, one) for one in ids]
    told = {one.reason for one in ends if one.status is N.SUPPRESSED}
    assert (count, N.SENDING) == (stopped, status_of(ledger, under_way))
    assert ({f"the {kind} is paused until 2026-04-01"} if count else set()) == told


def test_what_is_planned_during_a_pause_does_not_leave(ledger: Ledger) -> None:
    """A message whose plan overtook the pause is stopped in the moment before it is sent."""
    pause(ledger)
    id_ = planned(ledger)

    number = run(ledger.begin_attempt(an_intent(id_)))

    assert (None, N.SUPPRESSED) == (number, status_of(ledger, id_))


def test_the_list_has_what_lasts(ledger: Ledger) -> None:
    """On its day a pause is over; those that end first stand first."""
    for until, id_ in ((MAY, "1"), (APRIL, "2"), (START.date(), "3")):
        pause(ledger, until, id_=id_)

    before = run(ledger.read(lambda c: pauses.listed(c, START.date())))
    in_april = run(ledger.read(lambda c: pauses.listed(c, APRIL)))

    assert (["2", "1"], ["1"]) == (
        [one.object_id for one in before],
        [one.object_id for one in in_april],
    )
    assert ("cli:ann", START) == (before[0].created_by, before[0].created_at)


def test_two_processes_pause_once(ledger: Ledger, other: Ledger) -> None:
    """Two people who pause the same client at the same time leave one pause."""
    together(
        *(
            process.write(
                lambda c: pauses.pause(c, "", "client", "7", APRIL, by="cli:ann", now=START)
            )
            for process in (ledger, other) * 4
        )
    )

    assert [1] == column(ledger, "select count(*) from pauses")
    assert 1 == len(story(ledger))
