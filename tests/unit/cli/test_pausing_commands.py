"""``duebell pause``, ``resume`` and ``pauses list``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from duebell.ledger.people_tables import PauseRow
from duebell.ledger.tables import AuditRow, DecisionRow, NotificationRow
from tests.unit.cli.rows import NOON, a_notification, store, stored
from tests.unit.cli.running import Run


def in_days(count: int) -> str:
    """A day, from today on the calendar of this machine."""
    return (datetime.now(UTC).astimezone().date() + timedelta(days=count)).isoformat()


def test_a_client_is_paused(run: Run, ledger: Session) -> None:
    """The command says until when, and how many messages it stopped; the trail says who did it."""
    stored(ledger, a_notification(1, status="planned"), a_notification(2, client_id="20002"))
    until = in_days(14)

    told = run("pause", "client", "20001", "--until", until)

    assert (0, "") == (told.code, told.err)
    assert told.out.startswith(f"Client 20001 is paused until {until}.\n1 message that waited")
    assert f"From {until} on messages leave again" in told.out
    assert ["suppressed", "delivered"] == list(
        ledger.exec(select(NotificationRow.status).order_by(NotificationRow.id))
    )
    (actor,) = ledger.exec(select(AuditRow.actor).where(AuditRow.entity == "pause"))
    assert actor.startswith("cli:")


def test_a_number_of_days_is_a_day(run: Run, ledger: Session) -> None:
    """``14d`` is the day in two weeks; nothing that waited is not spoken of."""
    told = run("pause", "invoice", "INV-00012", "--until", "14d", "--account", "6BApk")

    (row,) = ledger.exec(select(PauseRow))
    assert (in_days(14), "invoice", "INV-00012", "6BApk") == (
        row.until,
        row.kind,
        row.object_id,
        row.account_id,
    )
    assert (0, 2) == (told.code, len(told.out.splitlines()))


def test_pausing_again_moves_the_day(run: Run, ledger: Session) -> None:
    """The later word counts, and there is one pause."""
    for until in ("2d", "5d"):
        run("pause", "client", "20001", "--until", until)

    (listed,) = run("pauses", "list", "--json").json

    assert (in_days(5), "20001", "client", "") == tuple(
        listed[name] for name in ("until", "id", "kind", "account_id")
    )


@pytest.mark.parametrize(
    "until",
    ["2020-01-01", in_days(0), "0d", "tomorrow", "14", "d", "99999d", "-1d", "", "2026-02-30"],
)
def test_what_is_no_day_to_come_is_refused(run: Run, ledger: Session, until: str) -> None:
    """A day that has come or cannot be read is wrong use, and nothing is paused."""
    told = run("pause", "client", "20001", "--until", until)

    assert (2, "", []) == (told.code, told.out, list(ledger.exec(select(PauseRow))))


@pytest.mark.parametrize("arguments", [("vendor", "1", "--until", "2d"), ("client", "1")])
def test_a_pause_needs_its_words(run: Run, ledger: Session, arguments: tuple[str, ...]) -> None:
    """Only clients and invoices can be paused, and only until a day."""
    told = run("pause", *arguments)

    assert (2, "") == (told.code, told.out)


def test_resume_ends_it(run: Run, ledger: Session) -> None:
    """A pause is ended once; where there is none the command fails and says so."""
    run("pause", "client", "20001", "--until", "2d")

    ended, again = run("resume", "client", "20001"), run("resume", "client", "20001")

    assert (0, True) == (ended.code, ended.out.startswith("Client 20001 is not paused any more."))
    assert (1, "") == (again.code, again.out)
    assert "`duebell pauses list`" in again.err


def test_the_list_shows_what_lasts(run: Run, ledger: Session) -> None:
    """A table for people; what is over is not in it, and an empty list is a sentence."""
    ledger.add(
        PauseRow(
            account_id="",
            kind="client",
            object_id="20009",
            until=in_days(-1),
            created_at=datetime.now(UTC),
            created_by="cli:ann",
        )
    )
    ledger.commit()
    empty = run("pauses", "list")
    run("pause", "invoice", "INV-00012", "--until", "2d")

    told = run("pauses", "list")

    assert empty.out.startswith("Nothing is paused.")
    assert ("INV-00012" in told.out, "every" in told.out, "20009" in told.out) == (
        True,
        True,
        False,
    )


def test_without_a_ledger_nothing_is_paused(run: Run) -> None:
    """Before the first start the command says how to start."""
    told = run("pause", "client", "20001", "--until", "2d")

    assert (1, "", True) == (told.code, told.out, "`duebell up`" in told.err)


def test_an_invoice_is_known_by_its_number_and_its_id(run: Run, ledger: Session) -> None:
    """Paused by its number, in whatever case, it is resumed by its id; and it is named by both."""
    decision = DecisionRow(
        at=NOON,
        account_id="6BApk",
        event="invoice.create",
        object_id="1012",
        invoice_number="INV-00012",
        verdict="planned",
        reason="rule",
    )
    store(ledger, decision)

    told = run("pause", "invoice", "inv-00012", "--until", "2d")
    resumed = run("resume", "invoice", "1012")

    assert (0, "") == (told.code, told.err)
    assert told.out.startswith("Invoice INV-00012 (1012) is paused until")
    assert (0, True) == (resumed.code, resumed.out.startswith("Invoice 1012 is not paused"))


def test_what_nobody_has_heard_of_is_doubted(run: Run, ledger: Session) -> None:
    """A pause of an unknown client holds, and says that the id may be wrong."""
    told = run("pause", "client", "99999", "--until", "2d")

    assert (0, True) == (told.code, told.out.startswith("Client 99999 is paused until"))
    assert told.err.startswith("Nothing is known here of client 99999 so far.")
