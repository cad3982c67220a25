"""``duebell rules check``: what is wrong with a rulebook, for people and for programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from duebell.ledger.rulebook_states import record
from duebell.ledger.workers import Worker, beat
from duebell.rulebook.loading import DEFAULT_RULEBOOK, load_rulebook
from tests.unit.cli.running import Run
from tests.unit.rulebook_texts import LISTS, a_rule

RIGHT = LISTS + a_rule() + a_rule(on="bill.create", to="list:approvers", template="bill_approval")
FIXED = a_rule(to="+12125550100")


def test_a_right_rulebook_is_summed_up(run: Run) -> None:
    """How many rules, about what, in which words, for which lists; and what may not be meant."""
    Path("duebell.toml").write_text(RIGHT + '[client.1]\ntags = "vip"\n')

    told = run("rules", "check")

    lines = told.out.splitlines()
    assert (0, "") == (told.code, told.err)
    assert [
        "duebell.toml is valid.",
        "rules      2",
        "events     invoice.create, bill.create",
        "templates  invoice_created, bill_approval",
        "lists      approvers (1)",
        "overrides  clients (1)",
    ] == lines[:6]
    assert "Note: no quiet hours are set, so clients and vendors may be told at night." in lines


def test_every_fault_is_told(run: Run) -> None:
    """All faults stand on stderr, one a line, and the exit code says that a person is needed."""
    Path("duebell.toml").write_text(a_rule(on="invoice.crate", template="zzz"))

    told = run("rules", "check")

    assert (3, "") == (told.code, told.out)
    assert [
        (
            "duebell.toml line 2: `on`: there is no event type `invoice.crate`;"
            " did you mean `invoice.create`?"
        ),
        "duebell.toml line 5: `template`: there is no template `zzz` for texts",
    ] == [line.partition("; there are")[0] for line in told.err.splitlines()]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (a_rule(), "Note: line 1: this rule sends emails; set DUEBELL_TWILIO_EMAIL_FROM"),
        (a_rule(fallback="email", on="bill.create", to="vendor", template="bill_approval"), ""),
    ],
)
def test_emails_that_the_settings_let_nobody_carry_are_noted(
    run: Run, more: str, said: str
) -> None:
    """It is no fault, because Prefect's block may have the address; the first rule is named."""
    file = Path("duebell.toml")
    file.write_text(a_rule(channel="email") + more)

    notes = [line for line in run("rules", "check").out.splitlines() if "emails; set" in line]

    which = said or "Note: line 1: this rule and 1 more send emails; set DUEBELL_TWILIO_EMAIL_FROM"
    unless = "unless it stands in Prefect's block twilio-credentials/duebell."
    assert [f"{which} to the address that they come from, {unless}"] == notes


def test_emails_that_can_be_sent_are_not_noted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an address to send from, nothing is said of it."""
    monkeypatch.setenv("DUEBELL_TWILIO_EMAIL_FROM", "billing@firm.example")
    Path("duebell.toml").write_text(a_rule(channel="email"))

    assert "emails; set" not in run("rules", "check").out


def test_another_file_may_be_checked(run: Run, tmp_path: Path) -> None:
    """What is not in force yet can be looked at before it is."""
    Path("duebell.toml").write_text("[nothing]\n")
    (tmp_path / "new.toml").write_text(RIGHT)

    told = run("rules", "check", str(tmp_path / "new.toml"))

    assert 0 == told.code
    assert "rules      2" in told.out


def test_a_file_that_is_not_there_is_not_the_shipped_one(run: Run) -> None:
    """Who names a file means it; who has none and names none has the shipped one."""
    named, unnamed = run("rules", "check", "nwe.toml"), run("rules", "check")

    assert (3, "nwe.toml: there is no such file; check the path.\n") == (named.code, named.err)
    assert (0, True) == (unnamed.code, unnamed.out.startswith("The shipped rulebook"))


def test_a_program_reads_the_rules(run: Run) -> None:
    """One JSON document holds rules and notes; a fixed number is masked in it."""
    Path("duebell.toml").write_text(FIXED.replace("\n\n", "\nwhen = { min_amount = 1.50 }\n"))

    told = run("rules", "check", "--json")

    (rule,) = told.json["rules"]
    assert (0, "duebell.toml", True, []) == (
        told.code,
        *(told.json[key] for key in ("file", "ok", "faults")),
    )
    assert ("+1•••••0100", {"min_amount": "1.50"}, 1) == (rule["to"], rule["when"], rule["line"])
    assert "2125550100" not in told.out
    assert {"line", "message"} == set(told.json["notes"][0])


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        (a_rule("x = 1"), 6, "rule[0].x"),
        (a_rule().replace('"client"', "client"), 3, "rule[0].to"),
        (b"\xff", None, ""),
    ],
)
def test_a_program_reads_the_faults(
    run: Run, text: str | bytes, line: int | None, key: str
) -> None:
    """The faults are in the document, and the exit code is that of a wrong configuration."""
    Path("duebell.toml").write_bytes(text if isinstance(text, bytes) else text.encode())

    told = run("rules", "check", "--json")

    (fault,) = told.json["faults"]
    assert (3, "", False) == (told.code, told.err, told.json["ok"])
    assert (line, key) == (fault["line"], fault["key"])
    assert fault["message"].startswith("duebell.toml")


def test_a_file_that_is_gone_is_told(run: Run, ledger: Session) -> None:
    """While a worker goes on with what stood in the file, the shipped rule is not in force."""
    connection, now = ledger.connection(), datetime.now(UTC)
    loaded_at = now - timedelta(hours=2)
    record(connection, "w1", "0123", (), loaded_at)
    beat(connection, Worker("w1", "host", 1), now)
    ledger.commit()

    gone, named = run("rules", "check"), run("rules", "check", str(DEFAULT_RULEBOOK))

    note = next(line for line in gone.out.splitlines() if "does not exist" in line)
    assert f"the rulebook of {loaded_at:%Y-%m-%d %H:%M} UTC: put the file back." in note
    assert "does not exist" not in named.out


def test_a_note_about_a_template_has_its_place_alone(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a template's file and line are told, the rule's line is not told before them."""
    monkeypatch.setenv("DUEBELL_TEMPLATES", "templates")
    text = Path("templates/sms/own.txt.j2")
    text.parent.mkdir(parents=True)
    text.write_text("{client.name}")
    Path("duebell.toml").write_text(a_rule(template="own"))

    told = run("rules", "check")

    assert 1 == len([line for line in told.out.splitlines() if line.startswith("Note: template ")])


def test_a_program_reads_that_a_file_is_not_there(run: Run) -> None:
    """A path that leads nowhere is a fault like others, in the document that programs read."""
    told = run("rules", "check", "nwe.toml", "--json")

    (fault,) = told.json["faults"]
    assert (3, "", False) == (told.code, told.err, told.json["ok"])
    assert "nwe.toml: there is no such file; check the path." == fault["message"]


@pytest.mark.parametrize("is_living", [True, False])
def test_without_a_file_the_shipped_rule_may_be_the_one_in_force(
    run: Run, ledger: Session, is_living: bool
) -> None:
    """Nothing is amiss where the worker has the shipped rule, or where none lives."""
    connection, now = ledger.connection(), datetime.now(UTC)
    record(connection, "w1", load_rulebook(None).digest if is_living else "0123", (), now)
    if is_living:
        beat(connection, Worker("w1", "host", 1), now)
    ledger.commit()

    assert "does not exist" not in run("rules", "check").out


def test_nothing_is_made_by_looking(run: Run, tmp_path: Path) -> None:
    """No ledger and no data directory is needed or left behind."""
    told = run("rules", "check")

    assert 0 == told.code
    assert [] == list(tmp_path.iterdir())
