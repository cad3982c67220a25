"""Stops of channels while two processes make, end and meet them at the same time."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

from sqlalchemy import Connection

from duebell.domain.delivery import FailureClass, NotificationStatus, OutcomeKind, SendOutcome
from duebell.ledger import attempts, channel_stops, notifications, outcomes
from duebell.ledger.ledger import Ledger
from duebell.ledger.outcomes import Ended
from tests.integration.ledger.conftest import OpenLedger
from tests.integration.ledger.test_ledger_races import OVERLAP_SECONDS, overlap
from tests.ledger_scenes import (
    GRACE,
    START,
    Clock,
    an_intent,
    column,
    notification,
    planned,
    run,
    sending,
)

S = NotificationStatus
MINUTE = timedelta(minutes=1)
WRONG_KEY = SendOutcome(
    OutcomeKind.NOT_SENT,
    error_code="20003",
    reason="The key is wrong.",
    failure=FailureClass.CONFIGURATION,
    stops_channel=True,
)


def stopped_with_one(ledger: Ledger) -> str:
    """A stopped channel, and a message that waits for it."""
    id_ = planned(ledger)
    run(
        ledger.write(
            lambda c: channel_stops.stop(c, "sms", "20003", "no key", START, is_late=False)
        )
    )
    assert run(ledger.begin_attempt(an_intent(id_))) is None
    return id_


def test_two_processes_that_stop_at_once_make_one_stop(ledger: Ledger, other: Ledger) -> None:
    """Both messages are known not to have been sent, and wait for the one stop."""
    mine, theirs, tries = sending(ledger, "1"), sending(ledger, "2"), list[str]()

    def refuse(id_: str, connection: Connection) -> list[NotificationStatus]:
        tries.append(id_)
        return outcomes.finish(connection, [Ended(id_, 1, WRONG_KEY, START, GRACE)])

    told = overlap(ledger, lambda c: refuse(mine, c), other, lambda c: refuse(theirs, c))

    (stop,) = run(ledger.read(channel_stops.in_force)).values()
    assert ([S.PLANNED], [S.PLANNED], [mine, theirs]) == (*told, tries)
    assert {stop.next_try_at} == {notification(ledger, id_).not_before for id_ in (mine, theirs)}
    assert 1 == len(column(ledger, "select id from signals where event = 'connection.lost'"))


def test_a_stop_ends_beside_a_message_that_is_being_begun(
    postgres_url: str, open_ledger: OpenLedger, clock: Clock
) -> None:
    """Who holds a message and wants the stop does not wait in a ring with who ends the stop."""
    ledger, other = open_ledger(postgres_url), open_ledger(postgres_url)
    held, tries, has_message = stopped_with_one(ledger), list[str](), threading.Event()
    clock.pass_(seconds=10)

    def begin(connection: Connection) -> list[int | None]:
        tries.append("begin")
        notifications.lock(connection, [held])
        has_message.set()
        threading.Event().wait(OVERLAP_SECONDS)
        return attempts.begin(connection, [an_intent(held, START + MINUTE)])

    def end(connection: Connection) -> bool:
        tries.append("end")
        return channel_stops.end(connection, "sms", "cli:ann", clock())

    async def story() -> tuple[list[int | None], bool]:
        beginning = asyncio.create_task(ledger.write(begin))
        await asyncio.to_thread(has_message.wait, 10)
        return await asyncio.gather(beginning, other.write(end))

    assert ([1], True) == tuple(run(story()))
    assert ["begin", "end"] == tries
