"""``duebell audit`` and ``duebell erase``: what an operator or an auditor meets."""

from __future__ import annotations

import csv
import io
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from duebell.auditing.heads import FILE, write_head
from duebell.ledger import audit
from duebell.ledger.audit import AuditRecord
from duebell.ledger.audit_chain import DECISION_SOURCE, Head, insert_linked
from duebell.ledger.people_tables import SuppressionRow
from duebell.ledger.tables import AttemptRow, AuditRow, NotificationRow
from duebell.settings import load_settings
from tests.unit.cli.rows import NOON, PHONE, TEXT, a_business, a_notification, store, stored
from tests.unit.cli.running import Run

FORMULA = "=1+1"
COLUMNS = (
    *("position", "kind", "id", "at", "actor", "action", "entity", "entity_id", "from_status"),
    *("to_status", "reason", "detail", "account_id", "client_id", "invoice_number", "event"),
    *("object_id", "rule", "notification_id", "channel", "recipient", "status", "provider"),
    *("provider_id", "error_code"),
)


def a_trail(session: Session) -> None:
    """A message with a decision, a change and a report; a pause; and another client's message."""
    store(session, a_business())
    stored(
        session,
        a_notification(invoice_number=FORMULA),
        a_notification(
            2,
            client_id="20002",
            invoice_number="INV-2",
            contact_name="Bolt",
            contact_key="client:20002",
        ),
    )
    connection = session.connection()
    detail = {"attempt": 1, "provider_id": "SM1"}
    sent = AuditRecord("w1", "status", "notification", "n1", "sending", "accepted", None, detail)
    other = AuditRecord("w1", "status", "notification", "n2", "sending", "accepted")
    paused = AuditRecord("cli:dana", "paused", "pause", "7", None, "in force")
    insert_linked(connection, DECISION_SOURCE, [a_decision()])
    audit.append(connection, [sent, other, paused], NOON)
    session.commit()


def a_decision() -> dict[str, object]:
    """Why the first message was planned."""
    return {
        "at": NOON,
        "account_id": "6BApk",
        "event": "payment.create",
        "object_id": "1",
        "client_id": "20001",
        "invoice_number": FORMULA,
        "notification_id": "n1",
        "verdict": "planned",
        "reason": "the rule applies",
        "facts": {"amount": "12.00"},
    }


def sent(session: Session) -> None:
    """What was sent to the first client."""
    store(
        session,
        AttemptRow(
            notification_id="n1",
            number=1,
            worker_id="w1",
            recipient=PHONE,
            body=TEXT,
            started_at=NOON,
            finished_at=NOON,
            outcome="accepted",
        ),
        SuppressionRow(
            channel="sms",
            address=PHONE,
            source="stop",
            reason="the person answered STOP",
            since=NOON,
            created_by="recipient",
        ),
    )


# -- verify


def test_a_whole_trail_is_said_to_be_whole(run: Run, ledger: Session) -> None:
    """It says how many rows there are and where the chain ends, and that nothing was compared."""
    a_trail(ledger)

    told = run("audit", "verify")
    machine = run("audit", "verify", "--json").json

    assert (0, True) == (told.code, "is whole: 4 rows" in told.out)
    assert "cut off at its end would not show" in told.out
    assert (True, 4, f"4:{machine['link']}") == (
        machine["whole"],
        machine["links"],
        told.out.split()[-1],
    )


def test_an_empty_trail_is_said_to_be_empty(run: Run, ledger: Session) -> None:
    """A new installation is nothing to worry about, but a trail that was emptied looks like it."""
    assert ledger.is_active

    told = run("audit", "verify")

    assert (0, True) == (told.code, "is empty" in told.out)
    assert "a trail that was emptied would not show" in told.out


def test_a_broken_trail_says_what_is_sound(run: Run, ledger: Session) -> None:
    """Before a fault at its own link so many rows are as written; nothing is said before others."""
    a_trail(ledger)
    for name in ledger.execute(text("select name from sqlite_master where type = 'trigger'")):
        ledger.execute(text(f"DROP TRIGGER {name[0]}"))
    ledger.execute(text("update audit_records set actor = 'x' where entity_id = '7'"))
    ledger.commit()
    edited = run("audit", "verify")
    ledger.execute(text("update audit_records set actor = 'cli:dana' where entity_id = '7'"))
    ledger.execute(text("update audit_head set position = position - 1"))
    ledger.commit()

    other = run("audit", "verify")

    assert (1, True) == (edited.code, "Before it, 3 rows are as they were written." in edited.err)
    assert (1, False) == (other.code, "as they were written" in other.err)


def test_a_broken_trail_fails(run: Run, ledger: Session) -> None:
    """The first wrong place is told on stderr, and the exit code is 1."""
    a_trail(ledger)
    ledger.connection().exec_driver_sql("drop trigger audit_records_stay_update")
    ledger.connection().exec_driver_sql("update audit_records set actor = 'cli:lee' where id = 2")
    ledger.commit()

    told, machine = run("audit", "verify"), run("audit", "verify", "--json")

    assert (1, "", True) == (told.code, told.out, "Audit record 2" in told.err)
    assert (1, False, 2) == (machine.code, machine.json["whole"], machine.json["links"])


def test_exported_ends_are_compared(run: Run, ledger: Session, tmp_path: Path) -> None:
    """The file in the data directory counts by itself, another one or a single end when named."""
    a_trail(ledger)
    link = run("audit", "verify", "--json").json["link"]
    write_head(load_settings().home / FILE, Head(4, link), NOON)
    longer = tmp_path / "copy.jsonl"
    write_head(longer, Head(9, link), NOON)

    met = run("audit", "verify")
    cut = run("audit", "verify", "--head", str(longer))
    other = run("audit", "verify", "--head", f"2:{link}")
    wrong = run("audit", "verify", "--head", "nothing")

    assert (0, True) == (met.code, "agrees with: 1" in met.out)
    assert (1, True) == (cut.code, "has 4 links and had 9" in cut.err)
    assert (1, True) == (other.code, "Link 2 is not the one that was exported" in other.err)
    assert (3, True) == (wrong.code, "neither a file of exported heads" in wrong.err)


# -- export


def test_an_export_has_a_row_for_each_record_and_decision(run: Run, ledger: Session) -> None:
    """In the order of the chain, with the ids of the message, and nobody's address in full."""
    a_trail(ledger)

    outcome = run("audit", "export", "--format", "json")

    decision, first, second, pause = outcome.json
    assert COLUMNS == tuple(decision)
    assert ("decision", "planned", '{"amount": "12.00"}') == (
        *(decision["kind"], decision["action"], decision["detail"]),
    )
    assert ("n1", "20001", "delivered", "+1•••••0101") == tuple(
        first[name] for name in ("notification_id", "client_id", "status", "recipient")
    )
    assert ("n2", "cli:dana", None) == (
        *(second["notification_id"], pause["actor"], pause["notification_id"]),
    )
    assert (0, "", False) == (outcome.code, outcome.err, PHONE in outcome.out)


def test_csv_goes_to_a_file_and_is_harmless(run: Run, ledger: Session, tmp_path: Path) -> None:
    """The file has all rows, and a formula in an invoice's number is text."""
    a_trail(ledger)
    path = tmp_path / "trail.csv"

    outcome = run("audit", "export", "-o", str(path))

    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    assert (0, "") == (outcome.code, outcome.out)
    assert [f"'{FORMULA}", f"'{FORMULA}", "INV-2", ""] == [row["invoice_number"] for row in rows]
    assert [path.name] == [one.name for one in tmp_path.iterdir() if "trail" in one.name]


def test_parquet_keeps_the_columns(run: Run, ledger: Session, tmp_path: Path) -> None:
    """A Parquet file has the same columns and rows."""
    a_trail(ledger)
    path = tmp_path / "trail.parquet"

    run("audit", "export", "--format", "parquet", "-o", str(path))

    table = import_module("pyarrow.parquet").read_table(path)
    assert (COLUMNS, 4) == (tuple(table.column_names), table.num_rows)


@pytest.mark.parametrize(
    ("options", "positions"),
    [
        (("--client", "20001"), [1, 2]),
        (("--client", "Bolt"), [3]),
        (("--invoice", "INV-2"), [3]),
        (("--since", "2026-11-14"), [1, 2, 3, 4]),
        (("--since", "2026-11-15"), []),
        (("--until", "2026-11-13"), []),
        (("--since", "2026-11-14", "--until", "2026-11-14", "--client", "20002"), [3]),
    ],
)
def test_only_what_is_asked_for(
    run: Run, ledger: Session, options: tuple[str, ...], positions: list[int]
) -> None:
    """A client, an invoice, a period on the clock of the business, or all of them."""
    a_trail(ledger)

    rows = run("audit", "export", "--format", "json", *options).json

    assert positions == [row["position"] for row in rows]


def test_a_file_that_cannot_be_written_is_told(run: Run, ledger: Session, tmp_path: Path) -> None:
    """A directory that is not there, or a period that ends before it begins, is wrong use."""
    a_trail(ledger)

    missing = run("audit", "export", "-o", str(tmp_path / "no" / "trail.csv"))
    backwards = run("audit", "export", "--since", "2026-11-14", "--until", "2026-11-13")

    assert (2, 2) == (missing.code, backwards.code)
    assert "before it begins" in backwards.err


# -- erase


def test_nobody_has_no_trail(run: Run, ledger: Session) -> None:
    """A client of a name that nobody has is a mistake, and no empty file."""
    a_trail(ledger)

    told = run("audit", "export", "--client", "Nobody Ltd")

    assert (1, "") == (told.code, told.out)
    assert "No client called `Nobody Ltd` is known here." in told.err


def test_a_client_is_erased_by_name(run: Run, ledger: Session) -> None:
    """It tells how much there was; afterwards nothing names them, and the trail is whole."""
    a_trail(ledger)
    sent(ledger)

    refused = run("erase", "--client", "20001")
    done = run("erase", "--client", "20001", "--yes")
    again = run("erase", "--client", "20001", "--yes")

    row = ledger.exec(select(NotificationRow).where(NotificationRow.id == "n1")).one()
    ledger.refresh(row)
    assert (2, True) == (refused.code, "add --yes" in refused.err)
    assert (0, True) == (done.code, "in 1 message; the words of 1 message sent" in done.out)
    assert ("", "") == (row.contact_name, row.recipient)
    assert (0, True) == (again.code, "Nothing is kept" in again.out)
    assert 0 == run("audit", "verify").code
    [record] = ledger.exec(select(AuditRow).where(AuditRow.action == "erased")).all()
    assert ("20001", True) == (record.entity_id, record.actor.startswith("cli:"))


def test_a_misspelt_name_is_not_erased(run: Run, ledger: Session) -> None:
    """A name that nobody has is a mistake: it must not read as if the person were gone."""
    a_trail(ledger)

    told = run("erase", "--client", "Acmee Ltd", "--yes")

    assert (1, "") == (told.code, told.out)
    assert "No client called `Acmee Ltd` is known here." in told.err


def test_an_address_is_erased(run: Run, ledger: Session) -> None:
    """However the number is written; its opt-out stays in force, shows no number, can be lifted."""
    a_trail(ledger)
    sent(ledger)

    done = run("erase", "--address", "+1 (212) 555-0101", "--yes")
    listed = run("suppressions", "list", PHONE, "--json").json
    lifted = run("suppressions", "lift", "sms", PHONE)

    assert (0, 0) == (done.code, lifted.code)
    assert ["erased"] == [one["address"] for one in listed]


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--client", "20001", "--address", PHONE),
        ("--address", PHONE, "--account", "6BApk"),
        ("--client", "20001", "--account", "none"),
        ("--address", "nobody"),
    ],
)
def test_one_person_is_named(run: Run, ledger: Session, options: tuple[str, ...]) -> None:
    """Nobody, two people, or what is no address is wrong use, and nothing changes."""
    a_trail(ledger)

    outcome = run("erase", *options, "--yes")

    row = ledger.exec(select(NotificationRow).where(NotificationRow.id == "n1")).one()
    assert (2, PHONE) == (outcome.code, row.recipient)
