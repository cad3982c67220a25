"""``duebell why``: what people and programs read of a story."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from duebell.ledger import audit
from duebell.ledger.audit import AuditRecord
from duebell.ledger.audit_gone import removal
from duebell.ledger.book_tables import BusinessRow, WatermarkRow
from duebell.ledger.people_tables import PauseRow, RulebookStateRow, SuppressionRow
from duebell.ledger.tables import AttemptRow, AuditRow, DecisionRow, DeliveryReportRow, SignalRow
from tests.unit.cli.rows import NOON, PHONE, TEXT, a_notification, an_occurrence, store, stored
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
        a_decision(
            1,
            verdict="planned",
            reason=f"rule {rule}",
            rule=rule,
            audience="client",
            notification_id="n1",
        ),
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
        "2026-11-14 12:01 UTC  heard by webhook that invoice INV-00012 was made",
        "message 1 to Acme [bold]: to be sent, rule 1 [FreshBooks: paid, 0.00 USD outstanding]",
        f"message 1 to Acme [bold]: attempt 1 to +1•••••0101; Twilio took it as {SID}",
        "message 1 to Acme [bold]: Twilio says delivered",
        "rule 1: invoice.create → client → sms → invoice_created",
        "Decided by a rulebook that is not in force any more.",
        "cli:ann paused invoice INV-00012 until 2099-01-31",
        "no texts to +1•••••0101 any more: the person answered STOP (recipient)",
    ):
        assert words in out
    last = out.splitlines()[-1]
    assert last.startswith("Now: Message 1 to Acme [bold] is delivered; the invoice INV-00012 is")
    assert PHONE not in out
    assert TEXT not in out


def test_repetitions_are_folded_for_people_alone(run: Run, ledger: Session) -> None:
    """Many equal no-ops are one line in the terminal, and each an object for programs."""
    store(ledger, *map(a_signal, range(1, 5)), *map(a_decision, range(1, 5)))

    out = run("why", "--invoice", "INV-00012").out
    data = run("why", "--invoice", "INV-00012", "--json").json

    assert 1 == out.count("heard by webhook")
    assert "; 3 more times until 2026-11-14 12:04 UTC" in out
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
    assert "1 change reported by FreshBooks is not worked off yet" in out


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

    assert "12:20 UTC  message 1 to Acme [bold] is given up: told by phone (cli:ann)" in out


def test_nothing_known_says_what_to_check(run: Run, ledger: Session) -> None:
    """A number of which nothing is known is answered with what may be the matter."""
    mark = WatermarkRow(account_id="6BApk", kind="invoice", since=NOON, read_through=NOON)
    store(ledger, mark)

    unknown = run("why", "--invoice", "INV-99")

    assert (1, "") == (unknown.code, unknown.out)
    assert unknown.err.startswith("No invoice called “INV-99” is known here.")
    assert "since 2026-11-14 12:00 UTC" in unknown.err


def test_a_name_nobody_heard_by_leads_to_freshbooks(run: Run, ledger: Session) -> None:
    """Who was never told anything has no name here; what knows the name is said instead."""
    unknown = run("why", "old quill")
    client = run("why", "--client", "quill")
    vendor = run("why", "--vendor", "zed")

    assert "No record or message called “old quill” is known here" in unknown.err
    assert "`duebell preview invoice.create 'old quill'`" in unknown.err
    assert "`duebell preview invoice.create quill`" in client.err
    assert (True, False) == ("id that FreshBooks has" in vendor.err, "preview" in vendor.err)
    assert "Is a rule about it" not in unknown.err + client.err + vendor.err


def test_the_rulebook_in_force_is_told_with_its_time(
    run: Run, ledger: Session, tmp_path: Path
) -> None:
    """Nobody has to know a digest: it is in force, and since when."""
    text = '[[rule]]\non = "invoice.create"\nto = "client"\nchannel = "sms"\n'
    text += 'template = "invoice_created"\n'
    (tmp_path / "duebell.toml").write_text(text)
    digest = sha256(text.encode()).hexdigest()[:16]
    state = RulebookStateRow(worker_id="w1", digest=digest, loaded_at=NOON, faults=[])
    store(ledger, a_decision(1), state, a_decision(2, rulebook=digest, reason="it is disputed"))

    out = run("why", "INV-00012").out

    last = "the last one is in force (loaded 2026-11-14 12:00 UTC)."
    assert f"Decided by 2 versions of the rulebook; {last}" in out
    assert digest not in out


def test_a_paused_client_has_the_name_of_other_stories(run: Run, ledger: Session) -> None:
    """Of an invoice of which nobody heard, the client is called as messages about others do."""
    reason = "the client is paused until 2099-01-31"
    other = {"object_id": "43", "invoice_number": "INV-00013", "reason": reason}
    pause = PauseRow(
        id=1,
        account_id="",
        kind="client",
        object_id="20001",
        until="2099-01-31",
        created_at=NOON,
        created_by="cli:ann",
    )
    record = AuditRow(
        at=NOON,
        actor="cli:ann",
        action="paused",
        entity="pause",
        entity_id="1",
        to_status="2099-01-31",
    )
    message = a_notification(contact_key="client:20001", contact_name="Elm Street Café")
    store(ledger, an_occurrence(), message, pause, record, a_decision(2, **other))

    out = run("why", "INV-00013").out

    assert "cli:ann paused client Elm Street Café (20001) until 2099-01-31" in out
    assert 1 == out.splitlines()[-1].count("paused")


def test_an_unknown_notification_fails(run: Run, ledger: Session) -> None:
    """An id that is not there is told on stderr, with exit code 1."""
    unknown = run("why", "--notification", "nope")

    assert 1 == unknown.code
    assert unknown.err.startswith("No notification called “nope” is known here.")


@pytest.mark.parametrize(
    "options", [[], ["--client", "1", "--invoice", "2"], ["x", "--vendor", "y"], [" "]]
)
def test_one_subject_is_needed(run: Run, ledger: Session, options: list[str]) -> None:
    """Without a subject, or with two, nothing is looked for."""
    assert 2 == run("why", *options).code


def test_a_name_cannot_break_the_terminal(run: Run, ledger: Session) -> None:
    """Control characters in a number or a reason do not reach the terminal."""
    store(ledger, a_decision(1, reason="bad \x1b[31m\nline"))

    out = run("why", "--invoice", "INV-00012").out

    assert "\x1b" not in out
    assert "nothing: bad [31m line" in out


def named(session: Session) -> None:
    """Two invoices of one client, one of another, and a vendor who was told of a bill."""
    rule = "bill.create → vendor → email → bill_approval"
    vendor = {"contact_key": "vendor:77", "contact_name": "Ridgeway", "client_id": None}
    store(
        session,
        *(an_occurrence(number) for number in (1, 2)),
        a_notification(contact_key="client:20001", contact_name="Elm Street Café"),
        a_notification(2, event="bill.create", object_id="9", rule=rule, **vendor),
        a_decision(1),
        a_decision(2, object_id="43", invoice_number="INV-00013"),
        a_decision(3, object_id="44", invoice_number="ABC-13", client_id="20002"),
        a_decision(
            4,
            object_id="9",
            event="bill.create",
            invoice_number="B-12",
            client_id=None,
            notification_id="n2",
        ),
        a_decision(5, object_id="77", event="bill_vendor.update", client_id=None),
    )


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (["inv-00012"], {"invoice": "INV-00012"}),
        (["--invoice", "12"], {"invoice": "INV-00012"}),
        (["inv-12"], {"invoice": "INV-00012"}),
        (["42"], {"invoice": "INV-00012"}),
        (["elm"], {"client": "20001"}),
        (["--client", "ELM STREET CAFÉ"], {"client": "20001"}),
        (["20001"], {"client": "20001"}),
        (["ridge"], {"record": {"kind": "bill_vendor", "id": "77"}}),
        (["--vendor", "77"], {"record": {"kind": "bill_vendor", "id": "77"}}),
        (["b-12"], {"record": {"kind": "bill", "id": "9"}}),
        (["n2"], {"notification": "n2"}),
        (["SM" + "a" * 32, "--since", "2026-11-14"], {}),
    ],
)
def test_things_are_found_by_what_people_call_them(
    run: Run, ledger: Session, word: list[str], expected: dict[str, object]
) -> None:
    """A number without its zeros, an id, a name or a part of one: each leads to the one thing."""
    named(ledger)

    told = run("why", *word, "--json")

    if not expected:  # both messages of the ledger have this id of the provider
        assert (1, True) == (told.code, "Several may be meant by" in told.err)
        return
    keys = ("client", "invoice", "notification", "record")
    assert expected == {key: told.json[key] for key in keys if told.json[key]}


def test_several_are_listed(run: Run, ledger: Session) -> None:
    """A number that two invoices have is answered with both and their ids."""
    named(ledger)

    told = run("why", "--invoice", "13")

    assert (1, "") == (told.code, told.out)
    lines = [line.strip() for line in told.err.splitlines()]
    assert ["invoice ABC-13 (44)", "invoice INV-00013 (43)."] == lines[1:]


def test_what_was_meant_is_asked(run: Run, ledger: Session) -> None:
    """A slip in a number is answered with the number that is near."""
    named(ledger)

    told = run("why", "INV-0012x")

    assert (1, True) == (told.code, "did you mean `INV-00012`?" in told.err)


def test_a_vendor_has_a_story(run: Run, ledger: Session) -> None:
    """What the vendor was told of a bill, and its own changes, are one story."""
    named(ledger)

    out = run("why", "--vendor", "ridgeway").out

    assert out.startswith("Vendor 77:")
    assert "message 1 to Ridgeway: nothing, the invoice is paid" in out


def test_times_are_those_of_the_business(run: Run, ledger: Session) -> None:
    """People read the firm's own clock with its name; programs read UTC."""
    business = BusinessRow(
        account_id="6BApk", business_id="1", name="F", time_zone="America/Toronto", country="CA"
    )
    store(ledger, business, a_decision(1, reason="it waits until 2026-11-14 22:00 UTC"))

    out = run("why", "INV-00012").out
    first = run("why", "INV-00012", "--json").json["happenings"][0]

    assert "2026-11-14 07:01 EST  nothing: it waits until 2026-11-14 17:00 EST" in out
    assert "last looked at 2026-11-14 07:01 EST" in out
    assert ("2026-11-14T12:01:00+00:00", True) == (first["at"], "22:00 UTC" in first["text"])


def test_since_a_day_to_come_is_wrong_use(run: Run, ledger: Session) -> None:
    """Nothing can have happened since tomorrow, so that is said, and nothing is looked for."""
    told = run("why", "INV-1", "--since", "2999-01-01")

    assert (2, True) == (told.code, "2999-01-01 00:00 UTC is still to come" in told.err)


def test_people_of_lists_have_names(run: Run, ledger: Session, tmp_path: Path) -> None:
    """Where the rulebook has not changed since, who could not be reached is named by it."""
    text = """
[lists]
approvers = [{ name = "Lee", email = "lee@firm.example" }]

[[rule]]
on = "invoice.create"
to = "list:approvers"
channel = "sms"
template = "invoice_created"
"""
    (tmp_path / "duebell.toml").write_text(text)
    reason, digest = "person 1 in list:approvers has no number", sha256(text.encode()).hexdigest()
    store(ledger, a_decision(1, reason=reason, rulebook=digest[:16]), a_decision(2, reason=reason))

    out = run("why", "INV-00012").out

    assert "nothing: Lee (person 1 in list:approvers) has no number" in out
    assert "nothing: person 1 in list:approvers has no number" in out
    assert "the rulebook has changed" in out


def test_the_ladder_is_told_rung_by_rung(run: Run, ledger: Session, tmp_path: Path) -> None:
    """Each rung of the rules in force stands below the story, for programs as well."""
    rule = '[[rule]]\non = "invoice.overdue"\ndays = [5]\nto = "client"\nchannel = "sms"\n'
    (tmp_path / "duebell.toml").write_text(f'{rule}template = "overdue_notice"\n')
    facts = {"status": "paid", "due_on": "2026-11-10", "issued_on": "2026-11-01"}
    store(ledger, a_decision(1, facts=facts))

    out = run("why", "INV-00012").out
    (ladder,) = run("why", "INV-00012", "--json").json["ladders"]
    (rung,) = ladder["rungs"]

    assert "Ladder of INV-00012, due 2026-11-10:" in out
    assert "  day +5, 2026-11-15, client by sms (rule 1): not told: the invoice was paid" in out
    assert ("2026-11-10", 5, "not told") == (ladder["due_on"], rung["days"], rung["verdict"])


def test_a_broken_rulebook_does_not_hide_the_story(
    run: Run, ledger: Session, tmp_path: Path
) -> None:
    """Without a rulebook no rungs are told, and why they are not is said."""
    (tmp_path / "duebell.toml").write_text("[[rule]]\n")
    store(ledger, a_decision(1))

    told = run("why", "INV-00012")

    assert (0, True) == (
        told.code,
        "The rulebook has faults: see `duebell rules check`" in told.out,
    )


def test_lines_fit_the_screen(run: Run, ledger: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a screen of 80 columns no line is longer, and nothing is coloured."""
    told(ledger)
    monkeypatch.setenv("COLUMNS", "80")

    out = run("why", "INV-00012").out

    assert [] == [line for line in out.splitlines() if len(line) > 80]
    assert "\x1b" not in out


def test_what_failed_says_what_to_do(run: Run, ledger: Session) -> None:
    """The story of a failed message ends with its reason and the command that sends it again."""
    stored(
        ledger,
        a_notification(
            status="undelivered", failed=True, reason="The number is not in service.", attempts=2
        ),
    )

    out = run("why", "--notification", "n1").out

    assert "not delivered (The number is not in service)" in " ".join(out.split())
    assert "`duebell notifications retry n1` sends it again" in " ".join(out.split())


def test_an_operators_word_is_told(run: Run, ledger: Session) -> None:
    """Who had it sent again, or had its provider asked first, stands in the story."""
    stored(ledger, a_notification(status="undelivered", failed=True))
    asked = AuditRow(
        at=NOON,
        actor="prefect:dana",
        action="status",
        entity="notification",
        entity_id="n1",
        from_status="undelivered",
        to_status="undelivered",
        reason="an operator wants it sent again",
    )
    store(ledger, asked)

    out = run("why", "--notification", "n1").out

    assert "is asked about once more: an operator wants it sent again (prefect:dana)" in out


def an_old_message(session: Session, removed: datetime) -> None:
    """A message about an invoice; all that was decided before then was removed by retention."""
    invoice: dict[str, Any] = {"invoice_number": "INV-00012", "invoice_id": "42", "object_id": "42"}
    stored(session, a_notification(event="invoice.create", **invoice))
    detail = removal("decision", [1], removed)
    record = AuditRecord("duebell", "removed", "retention", "decision", detail=detail)
    audit.append(session.connection(), [record], removed)
    session.commit()


@pytest.mark.parametrize("word", ["INV-00012", "inv-12", "12", "42"])
def test_a_message_outlives_what_was_decided_about_it(run: Run, ledger: Session, word: str) -> None:
    """An invoice is found by its messages, and the story says up to when the rest is gone."""
    an_old_message(ledger, NOON + timedelta(days=1))

    told, machine = run("why", "--invoice", word), run("why", word, "--json").json

    out = " ".join(told.out.split())
    assert (0, "2026-11-15T12:00:00+00:00") == (told.code, machine["removed_before"])
    assert "changed before 2026-11-15 12:00 UTC is not on record any more: retention has" in out


def test_what_is_not_known_may_have_been_removed(run: Run, ledger: Session) -> None:
    """Where retention has removed decisions, an invoice that nobody was told of is not denied."""
    an_old_message(ledger, NOON)

    told = run("why", "--invoice", "99887")

    assert 1 == told.code
    assert "removed what was decided before 2026-11-14 12:00 UTC." in " ".join(told.err.split())


@pytest.mark.parametrize(("removed", "options"), [(0, []), (1, ["--since", "2026-11-16"])])
def test_a_whole_story_says_nothing_of_retention(
    run: Run, ledger: Session, removed: int, options: list[str]
) -> None:
    """Of a story that began later, or is wanted from later on, nothing was removed."""
    an_old_message(ledger, NOON + timedelta(days=removed))

    told = run("why", "INV-00012", *options)

    assert (0, False) == (told.code, "retention" in told.out)
