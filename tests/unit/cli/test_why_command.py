"""``duebell why``: what people and programs read of a story."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from duebell.ledger.book_tables import WatermarkRow
from duebell.ledger.people_tables import PauseRow, SuppressionRow
from duebell.ledger.tables import AttemptRow, AuditRow, DecisionRow, DeliveryReportRow, SignalRow
from tests.unit.cli.rows import NOON, PHONE, TEXT, a_notification, an_occurrence, store
from tests.unit.cli.running import Run

SID = "SM" + "a" * 32


def a_signal(number: int, **changes: object) -> SignalRow:
    """A webhook about an invoice, dealt with."""
    values: dict[str, Any] = {
        "id": number,
        "account_id": "6BApk",
        "event": "invoice.update",
        "object_id": "42",
        "source": "webhook",
        "status": "done",
        "received_at": NOON + timedelta(minutes=number),
    }
    return SignalRow(**{**values, **changes})


def a_decision(number: int, **changes: object) -> DecisionRow:
    """What the webhook of this number came to: nothing."""
    values: dict[str, Any] = {
        "at": NOON + timedelta(minutes=number),
        "account_id": "6BApk",
        "event": "invoice.update",
        "object_id": "42",
        "client_id": "20001",
        "invoice_number": "INV-00012",
        "signal_id": number,
        "verdict": "skipped",
        "reason": "the invoice is paid",
        "rulebook": "0123456789abcdef",
        "facts": {"status": "paid", "outstanding": "0.00", "currency": "USD"},
    }
    return DecisionRow(**{**values, **changes})


def told(session: Session) -> None:
    """One invoice of which the client was told, and much besides."""
    rule = "invoice.create → client → sms → invoice_created"
    later = NOON + timedelta(minutes=10)
    store(
        session,
        an_occurrence(),
        a_notification(
            event="invoice.create", object_id="42", invoice_number="INV-00012", rule=rule
        ),
        a_signal(1, event="invoice.create"),
        a_decision(1, verdict="planned", reason=f"rule {rule}", rule=rule, audience="client"),
        AttemptRow(
            notification_id="n1",
            number=1,
            worker_id="w1",
            recipient=PHONE,
            body=TEXT,
            started_at=NOON + timedelta(minutes=1),
            outcome="accepted",
            provider_id=SID,
        ),
        # It overtook our own write, so it names the provider's id alone.
        DeliveryReportRow(
            provider_id=SID, raw_status="delivered", received_at=NOON + timedelta(minutes=2)
        ),
        PauseRow(
            id=1,
            account_id="",
            kind="invoice",
            object_id="INV-00012",
            until="2099-01-31",
            created_at=later,
            created_by="cli:ann",
        ),
        SuppressionRow(
            id=1,
            channel="sms",
            address=PHONE,
            source="stop",
            reason="the person answered STOP",
            since=later,
            created_by="recipient",
        ),
    )
    session.get_one(DecisionRow, 1).notification_id = "n1"
    for entity, action, to in (
        ("pause", "paused", "2099-01-31"),
        ("suppression", "suppressed", "in force"),
    ):
        actor = "cli:ann" if entity == "pause" else "recipient"
        store(
            session,
            AuditRow(
                at=later,
                actor=actor,
                action=action,
                entity=entity,
                entity_id="1",
                to_status=to,
                reason="stop" if entity == "suppression" else None,
            ),
        )


@pytest.mark.parametrize(
    "subject",
    [("--invoice", "INV-00012"), ("--client", "20001"), ("--notification", "n1")],
)
def test_the_whole_story_is_told_in_order(
    run: Run, ledger: Session, subject: tuple[str, str]
) -> None:
    """By number, client or notification: heard, decided, sent, delivered, paused, opted out."""
    told(ledger)

    happenings = run("why", *subject, "--json").json["happenings"]

    expected = ["heard", "decided", "attempt", "report", "pause", "opt_out"]
    assert expected == [one["kind"] for one in happenings]
    assert sorted(one["at"] for one in happenings) == [one["at"] for one in happenings]


def test_the_lines_are_plain_words(run: Run, ledger: Session) -> None:
    """Each line says what happened, and the last one where it stands."""
    told(ledger)

    out = run("why", "--invoice", "INV-00012").out

    for words in (
        "2026-11-14 12:01  heard by webhook that invoice INV-00012 was made",
        "message 1: to be told to client: rule invoice.create → client → sms → invoice_created",
        "[paid, 0.00 USD outstanding; rulebook 0123456789abcdef]",
        f"message 1: attempt 1 to +1•••••0101; Twilio took it as {SID}",
        "message 1: Twilio says delivered",
        "cli:ann paused invoice INV-00012 until 2099-01-31",
        "no texts to +1•••••0101 any more: the person answered STOP (recipient)",
    ):
        assert words in out
    last = out.splitlines()[-1]
    assert last.startswith("Now: The message is delivered; the invoice INV-00012 is paused until")
    assert PHONE not in out
    assert TEXT not in out


def test_repetitions_are_folded_for_people_alone(run: Run, ledger: Session) -> None:
    """Many equal no-ops are one line in the terminal, and each an object for programs."""
    store(ledger, *map(a_signal, range(1, 5)), *map(a_decision, range(1, 5)))

    out = run("why", "--invoice", "INV-00012").out
    data = run("why", "--invoice", "INV-00012", "--json").json

    assert 1 == out.count("heard by webhook")
    assert "; 3 more times until 2026-11-14 12:04" in out
    assert 8 == len(data["happenings"])
    assert "Now: Nobody was told; last looked at 2026-11-14 12:04 UTC" in out


def test_rows_without_a_number_belong_to_it(run: Run, ledger: Session) -> None:
    """What was decided when the invoice was gone, or by an older version, is found by its id."""
    gone = a_decision(2, invoice_number=None, client_id=None, reason="FreshBooks: it is gone")
    bill = a_decision(3, invoice_number=None, event="bill.update")
    store(ledger, a_decision(1), gone, bill)

    data = run("why", "--invoice", "INV-00012", "--json").json

    reasons = [one["details"]["reason"] for one in data["happenings"]]
    assert ["the invoice is paid", "FreshBooks: it is gone"] == reasons


def test_what_waits_is_said(run: Run, ledger: Session) -> None:
    """A signal about the invoice that nobody has worked on yet is part of its story."""
    store(ledger, a_signal(1), a_decision(1), a_signal(2, status="waiting"))

    out = run("why", "--invoice", "INV-00012").out

    assert 2 == out.count("heard by webhook")
    assert "1 signal waits to be worked on" in out


def test_since_leaves_out_what_was_before(run: Run, ledger: Session) -> None:
    """Only what happened since then is told."""
    store(ledger, a_signal(1), a_decision(1), a_signal(5), a_decision(5, reason="it is disputed"))

    data = run("why", "--client", "20001", "--since", "2026-11-14T12:03", "--json").json

    assert ["heard", "decided"] == [one["kind"] for one in data["happenings"]]
    assert "it is disputed" == data["happenings"][1]["details"]["reason"]


def test_what_an_operator_did_is_told(run: Run, ledger: Session) -> None:
    """A message that somebody gave up is told with who it was."""
    told(ledger)
    store(
        ledger,
        AuditRow(
            at=NOON + timedelta(minutes=20),
            actor="cli:ann",
            action="status",
            entity="notification",
            entity_id="n1",
            from_status="outcome_unknown",
            to_status="abandoned",
            reason="told by phone",
        ),
    )

    out = run("why", "--notification", "n1").out

    assert "12:20  message 1 is given up: told by phone (cli:ann)" in out


def test_nothing_known_says_what_to_check(run: Run, ledger: Session) -> None:
    """A number of which nothing is known is answered with what may be the matter."""
    mark = WatermarkRow(account_id="6BApk", kind="invoice", since=NOON, read_through=NOON)
    store(ledger, mark)

    unknown = run("why", "--invoice", "INV-99")
    data = run("why", "--invoice", "INV-99", "--json")

    assert (0, "") == (unknown.code, unknown.err)
    assert unknown.out.startswith("Nothing is known of invoice INV-99.")
    assert "since 2026-11-14 12:00 UTC" in unknown.out
    assert ([], None) == (data.json["happenings"], data.json["now"])


def test_an_unknown_notification_fails(run: Run, ledger: Session) -> None:
    """An id that is not there is told on stderr, with exit code 1."""
    unknown = run("why", "--notification", "nope")

    assert (1, "There is no notification nope.\n") == (unknown.code, unknown.err)


@pytest.mark.parametrize("options", [[], ["--client", "1", "--invoice", "2"]])
def test_one_subject_is_needed(run: Run, ledger: Session, options: list[str]) -> None:
    """Without a subject, or with two, nothing is looked for."""
    assert 2 == run("why", *options).code


def test_a_name_cannot_break_the_terminal(run: Run, ledger: Session) -> None:
    """Control characters in a number or a reason do not reach the terminal."""
    store(ledger, a_decision(1, reason="bad \x1b[31m\nline"))

    out = run("why", "--invoice", "INV-00012").out

    assert "\x1b" not in out
    assert 4 == len(out.splitlines())
