"""The audit trail: written with the change it describes or not at all, and never changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.exc import DBAPIError

from duebell.domain.delivery import NotificationStatus, OutcomeKind, ReportedStatus
from duebell.ledger import attempts, notifications
from duebell.ledger.attempts import Withheld
from duebell.ledger.audit import AUDIT
from duebell.ledger.ledger import Ledger
from duebell.ledger.notifications import Change
from tests.ledger_scenes import (
    GRACE,
    START,
    Clock,
    a_report,
    accepted,
    an_ending,
    an_intent,
    column,
    in_doubt,
    notification,
    planned,
    resent,
    run,
    sending,
    status_of,
    trail,
)

S = NotificationStatus


class PowerCut(Exception):
    """Something ends the transaction before its commit."""


def test_the_trail_tells_the_whole_way(ledger: Ledger, clock: Clock) -> None:
    """From the plan to the last word every change of status has a row, in order, without gaps."""
    id_ = resent(ledger, clock)
    run(ledger.apply_report(a_report(provider_id="SM2")))

    told = trail(ledger, id_)

    doubt = S.OUTCOME_UNKNOWN
    assert [
        (None, S.PLANNED),
        (S.PLANNED, S.SENDING),
        (S.SENDING, doubt),
        (doubt, doubt),
        (doubt, doubt),
        (doubt, S.PLANNED),
        (S.PLANNED, S.SENDING),
        (S.SENDING, S.ACCEPTED),
        (S.ACCEPTED, S.DELIVERED),
    ] == told


def test_the_trail_always_ends_at_the_status(ledger: Ledger, clock: Clock) -> None:
    """Whatever happened to a notification, its last row of the trail names its status."""
    ids = [
        planned(ledger, "1"),
        sending(ledger, "2"),
        accepted(ledger, "3", "SM3"),
        in_doubt(ledger, "4"),
    ]
    withheld, rejected = planned(ledger, "5"), sending(ledger, "6")
    run(ledger.withhold(Withheld(withheld, "paused", START)))
    run(ledger.finish_attempt(an_ending(rejected, OutcomeKind.REJECTED)))
    undelivered = accepted(ledger, "7", "SM7")
    run(ledger.apply_report(a_report(ReportedStatus.UNDELIVERED, provider_id="SM7")))
    clock.pass_(hours=80)
    run(ledger.doubt_abandoned(GRACE))
    for question in run(ledger.take_questions(10)):
        run(ledger.answered_nothing_new(question))

    all_ids = [*ids, withheld, rejected, undelivered]
    assert [status_of(ledger, id_) for id_ in all_ids] == [
        trail(ledger, id_)[-1][1] for id_ in all_ids
    ]
    assert 6 == len({status_of(ledger, id_) for id_ in all_ids})


def test_a_change_that_fails_leaves_no_trail(ledger: Ledger) -> None:
    """A transaction that ends before its commit keeps neither the change nor its row."""
    id_ = planned(ledger)

    def begin_and_fail(connection: Connection) -> None:
        assert [1] == attempts.begin(connection, [an_intent(id_)])
        raise PowerCut

    with pytest.raises(PowerCut):
        run(ledger.write(begin_and_fail))

    assert (S.PLANNED, [(None, S.PLANNED)]) == (status_of(ledger, id_), trail(ledger, id_))
    assert [0] == column(ledger, "select count(*) from attempts")


def test_a_trail_that_cannot_be_written_stops_the_change(ledger: Ledger) -> None:
    """Where the row of the trail is refused, the status does not change either."""
    id_ = planned(ledger)
    before = notification(ledger, id_)

    def without_an_actor(connection: Connection) -> None:
        after = notifications.lock(connection, [id_])[id_]
        nobody: str = None  # type: ignore[assignment]
        change = Change(before, replace(after, status=S.ABANDONED), nobody)
        notifications.write(connection, [change], START)

    with pytest.raises(DBAPIError):
        run(ledger.write(without_an_actor))

    assert (S.PLANNED, 1) == (status_of(ledger, id_), len(trail(ledger, id_)))


def test_what_does_not_change_is_not_in_the_trail(ledger: Ledger) -> None:
    """A repeated report or a lost race leaves no row."""
    id_ = accepted(ledger)
    before = trail(ledger, id_)

    run(ledger.apply_report(a_report(ReportedStatus.SENT)))
    run(ledger.begin_attempt(an_intent(id_)))

    assert before == trail(ledger, id_)


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_records set actor = 'somebody'",
        "update audit_records set reason = null",
        "delete from audit_records",
    ],
)
def test_the_database_refuses_to_change_the_trail(
    ledger: Ledger, ledger_url: str, statement: str
) -> None:
    """Not even somebody with a database prompt changes or removes a row by mistake."""
    id_ = accepted(ledger)
    before = trail(ledger, id_)
    engine = create_engine(ledger_url)

    with (
        pytest.raises(DBAPIError, match="append-only"),
        engine.begin() as connection,
    ):
        connection.execute(text(statement))

    engine.dispose()
    assert before == trail(ledger, id_)


def test_the_trail_holds_nobodys_address(ledger: Ledger) -> None:
    """The rows name things by their ids, so that they need never be erased."""
    accepted(ledger)

    words = " ".join(
        str(word)
        for name in ("actor", "action", "entity", "entity_id", "reason")
        for word in column(ledger, f"select {name} from audit_records")  # noqa: S608
    )
    assert ("12125550101" in words, "INV-1" in words) == (False, False)


def told_of(ledger: Ledger, action: str) -> list[tuple[str, str, dict[str, object]]]:
    """What the trail has of one kind of action: who it is about, and the details."""
    query = select(AUDIT).where(AUDIT.c.action == action).order_by(AUDIT.c.id)
    found = run(ledger.read(lambda c: c.execute(query).mappings().all()))
    return [(row["entity"], row["entity_id"], row["detail"]) for row in found]


def test_an_outcome_is_in_the_trail_with_its_details(ledger: Ledger) -> None:
    """The change of status that a call led to has its number, outcome and the provider's id."""
    id_ = accepted(ledger)

    details = {"attempt": 1, "outcome": "accepted", "provider_id": "SM1"}
    assert ("notification", id_, details) == told_of(ledger, "status")[-1]


def test_a_late_outcome_is_in_the_trail_as_well(ledger: Ledger) -> None:
    """A call that ends when its message has moved on changes nothing, and is on record."""
    id_ = sending(ledger)
    run(ledger.apply_report(a_report(notification_id=id_, attempt=1)))

    run(ledger.finish_attempt(an_ending(id_, OutcomeKind.UNKNOWN)))

    assert [("notification", id_, {"attempt": 1, "outcome": "unknown"})] == told_of(
        ledger, "attempt"
    )


def test_each_word_of_a_provider_is_in_the_trail_once(ledger: Ledger) -> None:
    """A report that changes nothing or is about nobody's message has a row, a repeated one none."""
    id_ = accepted(ledger)
    for report in (
        a_report(ReportedStatus.SENT),
        a_report(ReportedStatus.SENT),
        a_report(ReportedStatus.UNDELIVERED, provider_id="SM9", error_code="30003"),
    ):
        run(ledger.apply_report(report))

    known = {"provider_id": "SM1", "status": "sent", "asked": False}
    unknown = {"provider_id": "SM9", "status": "undelivered", "asked": False}
    assert [
        ("notification", id_, known),
        ("unknown message", "SM9", {**unknown, "error_code": "30003"}),
    ] == told_of(ledger, "report")
