"""In which order transactions take rows: the same everywhere, so that no two wait in a ring."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, event

from duebell.domain.delivery import (
    FailureClass,
    NotificationStatus,
    OutcomeKind,
    ReportedStatus,
    SendOutcome,
)
from duebell.ledger import channel_stops, claiming, outcomes, reports
from duebell.ledger.claiming import Ending
from duebell.ledger.ledger import Ledger
from duebell.ledger.outcomes import Ended
from duebell.ledger.report_rows import Heard
from tests.ledger_scenes import (
    GRACE,
    START,
    WORKER,
    a_claim,
    a_report,
    an_ending,
    an_intent,
    claimed_signal,
    planned,
    run,
)

#: Messages first. Then, each before those of a higher rank: addresses, stops, signals.
RANKS = {"suppressions": 1, "late_faults": 2, "channel_stops": 2, "signals": 3}
TAKEN = re.compile(r"(?:UPDATE|INSERT INTO|FROM) (\w+)")
F, K, R = FailureClass, OutcomeKind, ReportedStatus
LATER = START + timedelta(seconds=1)


@contextmanager
def rows_taken() -> Iterator[list[str]]:
    """The tables of which rows are locked, in order. A new signal is in nobody's way."""
    tables: list[str] = []

    def note(_c: object, _u: object, statement: str, *_others: Any) -> None:
        words = " ".join(statement.split())
        is_lock = words.startswith(("UPDATE", "INSERT")) or " FOR UPDATE" in words
        if is_lock and not words.startswith("INSERT INTO signals"):
            tables.extend(TAKEN.findall(words)[:1])

    event.listen(Engine, "before_cursor_execute", note)
    yield tables
    event.remove(Engine, "before_cursor_execute", note)


def is_in_order(tables: Sequence[str]) -> bool:
    """Whether messages come first and nothing is taken after what stands behind it."""
    ranks = [RANKS[table] for table in tables if table in RANKS]
    return tables[0] == "notifications" and ranks == sorted(ranks)


def under_way(ledger: Ledger, many: int, begun_at: Sequence[int] = ()) -> list[str]:
    """So many texts that are being sent, begun so many seconds later."""
    claimed = claimed_signal(ledger)
    ids = [planned(ledger, str(number), a_claim(str(number), claimed.id)) for number in range(many)]
    for id_, seconds in zip(ids, begun_at or [0] * many, strict=True):
        run(ledger.begin_attempt(an_intent(id_, START + timedelta(seconds=seconds))))
    return ids


def ended(id_: str, kind: OutcomeKind, failure: FailureClass, *, stops: bool = False) -> Ended:
    """A call that ended badly."""
    outcome = SendOutcome(kind, error_code="x", reason="no", failure=failure, stops_channel=stops)
    return Ended(id_, 1, outcome, LATER, GRACE)


def stop(connection: Connection) -> None:
    """Stop texts."""
    channel_stops.stop(connection, "sms", "e", "no key", START, is_late=True)


def calls_ended(connection: Connection, ids: Sequence[str]) -> list[NotificationStatus]:
    """The channel stops in the middle of what concerns one address and one message each."""
    return outcomes.finish(
        connection,
        [
            ended(ids[0], K.REJECTED, F.CONFIGURATION, stops=True),
            ended(ids[1], K.REJECTED, F.RECIPIENT),
            ended(ids[2], K.REJECTED, F.CONFIGURATION, stops=True),
        ],
    )


def words(connection: Connection, ids: Sequence[str]) -> list[object]:
    """One goes again, one opts out, one meets the stop, and one ends it."""
    told = [
        Heard(a_report(R.UNDELIVERED, provider_id="SM0"), LATER, "", F.TEMPORARY, LATER),
        Heard(a_report(R.UNDELIVERED, provider_id="SM1"), LATER, "", F.RATE, None, True),
        Heard(a_report(R.UNDELIVERED, provider_id="SM2"), LATER, "", F.COMPLIANCE),
        Heard(a_report(R.SENT, provider_id="SM3"), LATER),
    ]
    return list(reports.apply(connection, told))


def test_outcomes_take_rows_in_order(
    postgres_url: str, open_ledger: Callable[[str], Ledger]
) -> None:
    """Outcomes of several messages take addresses before stops, and signals after both."""
    ledger = open_ledger(postgres_url)
    ids = under_way(ledger, 3)

    with rows_taken() as tables:
        run(ledger.write(lambda c: calls_ended(c, ids)))

    assert is_in_order(tables), tables
    assert {"suppressions", "channel_stops", "signals"} <= set(tables)


def test_reports_take_rows_in_order(
    postgres_url: str, open_ledger: Callable[[str], Ledger]
) -> None:
    """Reports on several messages do so too, also where one of them ends a stop."""
    ledger = open_ledger(postgres_url)
    ids = under_way(ledger, 4, [0, 0, 0, 5])
    for number, id_ in enumerate(ids):
        run(ledger.finish_attempt(an_ending(id_, provider_id=f"SM{number}")))
    run(ledger.write(stop))

    with rows_taken() as tables:
        run(ledger.write(lambda c: words(c, ids)))

    assert is_in_order(tables), tables
    assert {"suppressions", "channel_stops", "signals"} <= set(tables)


def test_a_signal_is_ended_after_the_outcomes_of_the_same_commit(
    postgres_url: str, open_ledger: Callable[[str], Ledger]
) -> None:
    """What is written together takes rows in order, whatever was asked for first."""
    ledger = open_ledger(postgres_url)
    ids, go = under_way(ledger, 1), threading.Event()

    async def story() -> None:
        held_up = asyncio.create_task(ledger.write(lambda _: go.wait(10)))
        await asyncio.sleep(0)
        over = Ending(1, "over", LATER)
        asked = [
            asyncio.create_task(ledger.write(lambda c: claiming.end(c, [over], WORKER))),
            asyncio.create_task(
                ledger.finish_attempt(ended(ids[0], K.NOT_SENT, F.CONFIGURATION, stops=True))
            ),
        ]
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(held_up, *asked)

    with rows_taken() as tables:
        run(story())

    assert is_in_order(tables), tables
    assert "channel_stops" in tables
    assert "signals" in tables
