"""``duebell brake``: what is held is listed, released and dropped."""

from __future__ import annotations

import io
import sys
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from duebell.ledger.people_tables import BrakeRow
from duebell.ledger.tables import AuditRow, NotificationRow, SignalRow
from tests.unit.cli.rows import NOON, a_business, a_notification, store, stored
from tests.unit.cli.running import Run

REASON = "620 messages in one run; the cap is 500"


def a_brake(number: int = 1, **changes: object) -> BrakeRow:
    """A brake that is engaged."""
    values: dict[str, Any] = {
        "id": number,
        "account_id": f"account-{number}",
        "cap": "run",
        "reason": REASON,
        "status": "engaged",
        "held": 2,
        "engaged_at": NOON,
    }
    return BrakeRow(**{**values, **changes})


def an_ended_brake(number: int = 2) -> BrakeRow:
    """A brake that was released."""
    at = NOON + timedelta(hours=1)
    return a_brake(number, status="released", ended_at=at, ended_by="cli:dana")


def with_held(session: Session) -> None:
    """Write an engaged brake that holds two messages of one signal, and an ended one."""
    signal = SignalRow(
        id=1,
        account_id="account-1",
        event="payment.create",
        object_id="1",
        source="webhook",
        status="done",
        received_at=NOON,
        done_at=NOON,
    )
    store(session, signal, a_brake(), an_ended_brake())
    stored(session, *(_held(number) for number in (1, 2)))


def _held(number: int) -> NotificationRow:
    return a_notification(
        number, status="planned", hold="brake", brake_id=1, signal_id=1, provider_id=None
    )


def test_nothing_held_says_so(run: Run, ledger: Session) -> None:
    """Without brakes people read a sentence and programs an empty array."""
    told, data = run("brake", "list"), run("brake", "list", "--json")
    never = run("brake", "list", "--all")

    assert (0, "No brake is engaged, so nothing is held.\n") == (told.code, told.out)
    assert (0, []) == (data.code, data.json)
    assert "No brake has ever engaged.\n" == never.out


def test_engaged_brakes_are_listed(run: Run, ledger: Session) -> None:
    """The list has what a person needs to decide, and how to go on; ended ones are left out."""
    with_held(ledger)

    told = run("brake", "list").out

    for word in ("account-1", "2026-11-14 12:00", REASON, "engaged", "`duebell brake release ID`"):
        assert word in told
    assert "account-2" not in told


def test_the_list_is_for_programs_too(run: Run, ledger: Session) -> None:
    """``--json --all`` gives each brake in full, newest first."""
    with_held(ledger)

    ended, engaged = run("brake", "list", "--all", "--json").json

    assert {
        "id": 1,
        "status": "engaged",
        "account_id": "account-1",
        "cap": "run",
        "reason": REASON,
        "held_now": 2,
        "engaged_at": "2026-11-14T12:00:00+00:00",
        "ended_at": None,
        "ended_by": None,
    } == engaged
    assert (2, "released", 0, "cli:dana") == tuple(
        ended[name] for name in ("id", "status", "held_now", "ended_by")
    )
    assert "released 2026-11-14 13:00 UTC by cli:dana" in run("brake", "list", "--all").out


def test_a_brake_is_released(run: Run, ledger: Session) -> None:
    """The messages are free, their signal waits to be worked on, and the trail says who did it."""
    with_held(ledger)

    told = run("brake", "release", "1")

    ledger.expire_all()
    expected = "Brake 1 is released. Messages that are planned again: 2.\n"
    assert (0, expected) == (told.code, told.out)
    assert [("planned", None)] * 2 == [
        (row.status, row.hold) for row in ledger.exec(select(NotificationRow))
    ]
    assert ["deferred"] == [row.status for row in ledger.exec(select(SignalRow))]
    (record,) = ledger.exec(select(AuditRow).where(AuditRow.entity == "brake")).all()
    assert (True, "released") == (record.actor.startswith("cli"), record.to_status)


def test_a_brake_is_dropped(run: Run, ledger: Session) -> None:
    """The messages are suppressed, and say by which brake."""
    with_held(ledger)

    told = run("brake", "drop", "1", "--yes")

    ledger.expire_all()
    assert (0, "Brake 1 is dropped. Messages that will not be sent: 2.\n") == (told.code, told.out)
    assert [("suppressed", "dropped by an operator (brake 1)")] * 2 == [
        (row.status, row.reason) for row in ledger.exec(select(NotificationRow))
    ]


class Terminal(io.StringIO):
    """Where a person types."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.mark.parametrize(
    ("typed", "code", "said", "status"),
    [
        (None, 2, "Nobody is here to be asked: add --yes to drop 2 messages", "planned"),
        ("n\n", 1, "Drop 2 messages of brake 1, for good?", "planned"),
        ("\n", 1, "Brake 1 still holds 2 messages.", "planned"),
        ("y\n", 0, "Drop 2 messages of brake 1, for good?", "suppressed"),
    ],
)
def test_dropping_asks_first(
    run: Run,
    ledger: Session,
    monkeypatch: pytest.MonkeyPatch,
    typed: str | None,
    code: int,
    said: str,
    status: str,
) -> None:
    """It is for good, so a person must agree; where there is none, nothing is dropped."""
    with_held(ledger)
    monkeypatch.setattr(sys, "stdin", io.StringIO() if typed is None else Terminal(typed))

    told = run("brake", "drop", "1")

    ledger.expire_all()
    assert (code, True) == (told.code, said in told.err)
    assert [status] * 2 == list(ledger.exec(select(NotificationRow.status)))


@pytest.mark.parametrize("word", ["release", "drop"])
def test_what_has_ended_is_refused(run: Run, ledger: Session, word: str) -> None:
    """A brake that was released before, and a number that is nobody's, fail with the reason."""
    with_held(ledger)

    ended, unknown = run("brake", word, "2"), run("brake", word, "7")

    assert (1, "") == (ended.code, ended.out)
    assert (
        "Brake 2 was released at 2026-11-14 13:00 UTC by cli:dana; it holds nothing any more.\n"
        == ended.err
    )
    expected = "There is no brake 7: `duebell brake list --all` shows all.\n"
    assert (1, expected) == (unknown.code, unknown.err)


@pytest.mark.parametrize("number", ["0", "-1", "one", str(2**63)])
def test_what_is_no_number_is_wrong_use(run: Run, ledger: Session, number: str) -> None:
    """Only a whole number that a row may have is a brake's."""
    assert 2 == run("brake", "release", "--", number).code


def test_times_are_those_of_the_business(run: Run, ledger: Session) -> None:
    """The list and a refusal say when a brake engaged and ended on the clock of its account."""
    store(ledger, a_brake(), an_ended_brake(), a_business("account-1"))

    told, refused = run("brake", "list"), run("brake", "release", "2")

    assert "2026-11-14 07:00 EST" in told.out
    assert refused.err.startswith("Brake 2 was released at 2026-11-14 08:00 EST by cli:dana")


def test_without_a_ledger_it_says_so(run: Run) -> None:
    """Before the first start there is no brake, and no empty ledger is made."""
    told = run("brake", "release", "1")

    assert (1, "") == (told.code, told.out)
    assert told.err.startswith("There is no ledger yet")
