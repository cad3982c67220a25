"""Races: two processes change one notification in transactions that overlap in time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from duebell.domain.decisions import Hold
from duebell.domain.delivery import NotificationStatus, OutcomeKind
from duebell.ledger import attempts, claiming, clearing, outcomes, plans, questions, reports
from duebell.ledger.attempts import Withheld
from duebell.ledger.ledger import Ledger
from duebell.ledger.report_rows import Heard
from tests.ledger_scenes import (
    GRACE,
    START,
    Clock,
    a_plan,
    a_record,
    a_report,
    a_signal,
    a_worker,
    an_ending,
    an_intent,
    column,
    in_doubt,
    new_id,
    planned,
    run,
    sending,
    status_of,
    trail,
)

S = NotificationStatus
Act = Callable[[Connection], Any]
#: How long the first transaction stays open after its work, for the second to run into it.
OVERLAP_SECONDS = 0.15


async def _overlap(first: Ledger, act: Act, second: Ledger, react: Act) -> tuple[Any, Any]:
    is_done = threading.Event()

    def act_slowly(connection: Connection) -> Any:
        result = act(connection)
        is_done.set()
        threading.Event().wait(OVERLAP_SECONDS)
        return result

    acting = asyncio.create_task(first.write(act_slowly))
    await asyncio.to_thread(is_done.wait, 10)
    reacting = asyncio.create_task(second.write(react))
    return await acting, await reacting


def overlap(first: Ledger, act: Act, second: Ledger, react: Act) -> tuple[Any, Any]:
    """Have ``react`` begin when ``act`` has done its work and not committed it yet."""
    return run(_overlap(first, act, second, react))


def test_who_begins_second_gets_nothing(ledger: Ledger, other: Ledger) -> None:
    """A process that wants to send while another one's claim is being committed stands back."""
    id_ = planned(ledger)

    def begin(connection: Connection) -> list[int | None]:
        return attempts.begin(connection, [an_intent(id_)])

    numbers = overlap(ledger, begin, other, begin)

    assert ([1], [None]) == numbers
    assert [1] == column(ledger, "select count(*) from attempts")


def test_what_is_being_withheld_is_not_begun(ledger: Ledger, other: Ledger) -> None:
    """A message that is just being suppressed does not go out."""
    id_ = planned(ledger)

    results = overlap(
        ledger,
        lambda c: attempts.withhold(c, [Withheld(id_, "paused", START)]),
        other,
        lambda c: attempts.begin(c, [an_intent(id_)]),
    )

    assert ([True], [None]) == results
    assert S.SUPPRESSED is status_of(ledger, id_)


def test_an_outcome_does_not_overwrite_the_report_before_it(ledger: Ledger, other: Ledger) -> None:
    """An unknown outcome that is written while a delivery is being committed gives way to it."""
    id_ = sending(ledger)
    heard = Heard(a_report(notification_id=id_, attempt=1), START)

    overlap(
        ledger,
        lambda c: reports.apply(c, [heard]),
        other,
        lambda c: outcomes.finish(c, [an_ending(id_, OutcomeKind.UNKNOWN)]),
    )

    assert S.DELIVERED is status_of(ledger, id_)


def test_a_report_follows_the_outcome_before_it(ledger: Ledger, other: Ledger) -> None:
    """A delivery that is heard while the acceptance is being committed moves on from there."""
    id_ = sending(ledger)
    heard = Heard(a_report(notification_id=id_, attempt=1), START)

    overlap(
        ledger,
        lambda c: outcomes.finish(c, [an_ending(id_)]),
        other,
        lambda c: reports.apply(c, [heard]),
    )

    assert [(S.SENDING, S.ACCEPTED), (S.ACCEPTED, S.DELIVERED)] == trail(ledger, id_)[-2:]


def test_an_answer_does_not_overwrite_the_report_before_it(
    ledger: Ledger, other: Ledger, clock: Clock
) -> None:
    """A second "nothing" that comes while a delivery is being committed sends nothing again."""
    id_ = in_doubt(ledger)
    clock.pass_(seconds=60)
    question = run(ledger.take_questions(1))[0]
    run(ledger.answered_absent(question, GRACE, may_resend=True))
    heard = Heard(a_report(notification_id=id_, attempt=1), START)

    overlap(
        ledger,
        lambda c: reports.apply(c, [heard]),
        other,
        lambda c: questions.answered_absent(c, question, clock(), GRACE, may_resend=True),
    )

    assert S.DELIVERED is status_of(ledger, id_)


def test_a_sweep_does_not_doubt_what_is_being_answered(
    ledger: Ledger, other: Ledger, clock: Clock
) -> None:
    """A call whose answer is being committed is not put into doubt."""
    id_ = sending(ledger)
    clock.pass_(seconds=16)

    _, doubted = overlap(
        ledger,
        lambda c: outcomes.finish(c, [an_ending(id_)]),
        other,
        lambda c: attempts.doubt_abandoned(c, clock(), GRACE),
    )

    assert (0, S.ACCEPTED) == (doubted, status_of(ledger, id_))


def test_a_fact_that_is_being_planned_is_not_planned_again(ledger: Ledger, other: Ledger) -> None:
    """A process that plans the same fact meanwhile is given the other one's notification."""

    def record(connection: Connection) -> list[str]:
        known = plans.record(connection, [a_record()], new_id, START).known
        return [one.id for one in known.values()]

    first, second = overlap(ledger, record, other, record)

    assert first == second
    assert ["planned", "repeated"] == column(
        ledger, "select verdict from decisions order by verdict"
    )


def test_what_is_being_claimed_is_left_to_its_worker(ledger: Ledger, other: Ledger) -> None:
    """Signals of another one's uncommitted claim are nobody else's."""
    run(ledger.beat(a_worker("w1")))
    run(ledger.beat(a_worker("w2")))
    for number in range(4):
        run(ledger.record_signal(a_signal(str(number))))

    first, second = overlap(
        ledger,
        lambda c: claiming.claim(c, "w1", "b1", 2, START + timedelta(seconds=1)),
        other,
        lambda c: claiming.claim(c, "w2", "b2", 4, START + timedelta(seconds=1)),
    )

    assert (["0", "1"], ["2", "3"]) == tuple(
        [claimed.signal.object_id for claimed in batch] for batch in (first, second)
    )


def test_a_plan_that_was_read_before_the_sending_began_changes_nothing(
    ledger: Ledger, other: Ledger, clock: Clock
) -> None:
    """Held anew by a plan that saw it as planned, a message that is being sent stays so."""
    id_ = planned(ledger)
    [known] = run(other.notifications([id_])).values()
    [decision] = a_plan().decisions
    assert decision.planned is not None
    later = clock() + timedelta(hours=9)
    held = replace(decision.planned, hold=Hold.QUIET_HOURS, not_before=later)
    wanted = {held.dedup_key: (a_record(), held)}
    run(ledger.begin_attempt(an_intent(id_)))

    changes = run(
        other.write(
            lambda c: clearing.clear_anew(c, wanted, {held.dedup_key: known}, set(), clock())
        )
    )

    assert ([], S.SENDING) == (changes, status_of(ledger, id_))
