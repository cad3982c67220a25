"""``duebell pause``, ``resume`` and ``pauses list``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from duebell.ledger.people_tables import PauseRow
from duebell.ledger.tables import AuditRow, DecisionRow, NotificationRow
from tests.unit.cli.rows import NOON, a_business, a_notification, store, stored
from tests.unit.cli.running import Run

CLOCKS = {"east": "Pacific/Kiritimati", "west": "Etc/GMT+12"}


def in_days(count: int) -> str:
    """A day, from today in UTC: the calendar where no business is known."""
    return (datetime.now(UTC).date() + timedelta(days=count)).isoformat()


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

    told = run("pauses", "list").out
    run("pause", "client", "20001", "--until", "3d", "--account", "6BApk")
    both = run("pauses", "list").out

    assert empty.out.startswith("Nothing is paused.")
    assert (True, False) == ("INV-00012" in told, "20009" in told)
    # Accounts are spoken of only where they make a difference.
    assert [(False, False), (True, True)] == [
        ("every" in out, "6BApk" in out) for out in (told, both)
    ]


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
    assert (0, True) == (resumed.code, resumed.out.startswith("Invoice INV-00012 (1012) is not"))


def a_told_client(number: int, name: str) -> NotificationRow:
    """A message to a client, by whose name the client is known."""
    id_ = str(20000 + number)
    return a_notification(number, client_id=id_, contact_key=f"client:{id_}", contact_name=name)


def test_a_client_is_known_by_a_part_of_its_name(run: Run, ledger: Session) -> None:
    """A name in any letters will do where it is one client's; else those are named that it may be.

    A name that nobody has is refused, with the nearest one.
    """
    names = ("Alder Street Bakery", "Alder Hill Dental")
    stored(ledger, *(a_told_client(number, name) for number, name in enumerate(names, start=1)))

    one = run("pause", "client", "alder street", "--until", "2d")
    several = run("pause", "client", "alder", "--until", "2d")
    nobody = run("pause", "client", "Aldar", "--until", "2d")

    assert (0, "") == (one.code, one.err)
    assert one.out.startswith("Client Alder Street Bakery (20001) is paused until")
    assert (1, "", True) == (several.code, several.out, "Alder Hill Dental (20002)" in several.err)
    assert (1, "") == (nobody.code, nobody.out)
    assert "Did you mean `Alder" in nobody.err
    assert ["20001"] == list(ledger.exec(select(PauseRow.object_id)))


def test_a_pause_that_is_there_says_so(run: Run, ledger: Session) -> None:
    """The same day again changes nothing and says so; another day says which it replaces."""
    stored(ledger, a_notification())
    run("pause", "client", "20001", "--until", "2d")

    same = run("pause", "client", "20001", "--until", "2d")
    other = run("pause", "client", "20001", "--until", "5d")

    expected = f"Client 20001 is paused until {in_days(2)} already; nothing was changed.\n"
    assert (0, expected) == (same.code, same.out)
    assert other.out.startswith(
        f"Client 20001 is paused until {in_days(5)} now, instead of {in_days(2)}."
    )


def test_days_are_those_of_the_business(run: Run, ledger: Session) -> None:
    """What is tomorrow is asked of the calendar of the account, and so is what lasts.

    Between them these two firms have two dates at any moment.
    """
    store(ledger, *(a_business(name, time_zone=zone) for name, zone in CLOCKS.items()))
    now = datetime.now(UTC)
    today = {name: now.astimezone(ZoneInfo(zone)).date() for name, zone in CLOCKS.items()}

    told = {
        name: run("pause", "client", "20001", "--until", str(today["east"]), "--account", name)
        for name in today
    }

    assert {"east": 2, "west": 0} == {name: one.code for name, one in told.items()}
    assert f"is not after today ({today['east']})" in told["east"].err
    assert ["west"] == [one["account_id"] for one in run("pauses", "list", "--json").json]


@pytest.mark.parametrize("verb", [("pause", "--until", "2d"), ("resume",)])
def test_an_account_that_is_not_here_is_refused(
    run: Run, ledger: Session, verb: tuple[str, ...]
) -> None:
    """An account that nobody watches is wrong use, and those that there are get named."""
    store(ledger, a_business())
    command, *options = verb

    told = run(command, "client", "20001", *options, "--account", "nope")

    assert (2, "") == (told.code, told.out)
    assert "there is no account nope here; there is 6BApk (Harbor Lane Accounting)" in told.err
    assert [] == list(ledger.exec(select(PauseRow)))


def test_what_nobody_has_heard_of_is_doubted(run: Run, ledger: Session) -> None:
    """A pause of an unknown client holds, and says that the id may be wrong."""
    told = run("pause", "client", "99999", "--until", "2d")

    assert (0, True) == (told.code, told.out.startswith("Client 99999 is paused until"))
    assert told.err.startswith("Nothing is known here of client 99999 so far.")


def test_a_name_that_nobody_has_is_not_resumed(run: Run, ledger: Session) -> None:
    """It is told as for a pause, with who may be meant; an id that nobody has is not paused."""
    stored(ledger, a_told_client(1, "Alder Street Bakery"))

    nobody, number = run("resume", "client", "Aldar"), run("resume", "client", "99999")

    assert (1, "", 1, "") == (nobody.code, nobody.out, number.code, number.out)
    assert nobody.err.startswith("No client called `Aldar` is known here. Did you mean `Alder")
    assert number.err.startswith("Client 99999 is not paused")
