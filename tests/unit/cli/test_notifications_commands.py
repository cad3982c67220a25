"""``duebell notifications``: what people and programs read of the ledger."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlmodel import Session

from duebell.domain.delivery import NotificationStatus
from duebell.ledger.queries import LISTED
from duebell.ledger.tables import AuditRow, DecisionRow
from tests.unit.cli.rows import (
    NOON,
    PHONE,
    TEXT,
    a_business,
    a_notification,
    store,
    stored,
    with_history,
)
from tests.unit.cli.running import Run

# -- listing


def test_an_empty_ledger_says_so(run: Run, ledger: Session) -> None:
    """Without notifications people read a sentence and programs an empty array."""
    told = run("notifications", "list")
    data = run("notifications", "list", "--json")

    assert (0, "") == (told.code, told.err)
    assert told.out.startswith("No notifications yet. ")
    assert (0, []) == (data.code, data.json)


def test_the_list_has_the_promised_fields(run: Run, ledger: Session) -> None:
    """``--json`` gives all promised fields, and the recipient masked."""
    stored(ledger, a_notification())

    (listed,) = run("notifications", "list", "--json").json

    assert list(LISTED) == list(listed)
    assert ("n1", "delivered", False, 1) == tuple(
        listed[name] for name in ("id", "status", "failed", "attempts")
    )
    assert "+1•••••0101" == listed["recipient"]
    assert "2026-11-14T12:01:00+00:00" == listed["created_at"]


def test_the_table_is_for_people(run: Run, ledger: Session) -> None:
    """The table shows id, status and reason in full, without colours where no terminal is."""
    reason = "The carrier of the recipient does not take messages for this number at the moment."
    stored(ledger, a_notification(status="undelivered", reason=reason, error_code="30003"))

    told = run("notifications", "list")

    assert 0 == told.code
    for word in ("n1", "undelivered", "INV-00001", "at the moment (30003)"):
        assert word in told.out
    assert "\x1b" not in told.out
    assert PHONE not in told.out


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ([], ["n4", "n3", "n2", "n1"]),
        (["--status", "delivered"], ["n4", "n1"]),
        (["--status", "failed"], ["n3", "n2"]),
        (["--client", "20002"], ["n2"]),
        (["--invoice", "INV-00003"], ["n3"]),
        (["--since", "2026-11-14T12:03"], ["n4", "n3"]),
        (["--since", "2026-11-14T13:03+01:00"], ["n4", "n3"]),
        (["--since", "2026-11-15"], []),
        (["--limit", "2"], ["n4", "n3"]),
        (["--status", "failed", "--client", "20002"], ["n2"]),
    ],
)
def test_the_list_is_narrowed(
    run: Run, ledger: Session, options: list[str], ids: list[str]
) -> None:
    """Each option leaves out what does not match; the newest stand first."""
    stored(
        ledger,
        a_notification(1),
        a_notification(2, status="undelivered", failed=True, client_id="20002"),
        a_notification(3, status="outcome_unknown", failed=True, invoice_number="INV-00003"),
        a_notification(4),
    )

    listed = run("notifications", "list", "--json", *options).json

    assert ids == [one["id"] for one in listed]


def test_the_list_fits_a_narrow_screen(
    run: Run, ledger: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 80 columns nothing is cut and no line is longer; the reason stands below its row."""
    monkeypatch.setenv("COLUMNS", "80")
    reason = "The carrier of the recipient does not take messages for this number at the moment."
    row = a_notification(status="outcome_unknown", reason=reason, event="bill_vendor.update")
    row.id = f"ntf_{'a' * 24}"
    stored(ledger, row)

    told = run("notifications", "list").out

    lines = [line.split() for line in told.splitlines()]
    assert 80 >= max(map(len, told.splitlines()))
    (begin,) = (place for place, words in enumerate(lines) if words[0] == row.id)
    assert [row.id, "2026-11-14", "12:01", "UTC", "outcome_unknown"] == lines[begin]
    shown = ["bill_vendor.update", "INV-00001", "Acme", "[bold]", "+1•••••0101"]
    assert shown == lines[begin + 1]
    assert reason.split() == [word for line in lines[begin + 2 :] for word in line]


def test_times_are_those_of_the_business(run: Run, ledger: Session) -> None:
    """People read times on the clock of the account, and type days on it; programs read UTC."""
    held = a_notification(2, status="planned", hold="quiet hours", not_before=NOON)
    store(ledger, a_business())
    stored(ledger, a_notification(), held)

    table = run("notifications", "list").out
    shown = run("notifications", "show", "n2").out
    typed = run("notifications", "list", "--since", "2026-11-14T07:02", "--json").json

    assert "2026-11-14 07:01 EST" in table
    assert "quiet hours, until 2026-11-14 07:00 EST" in table
    assert "2026-11-14 07:02:00 EST" in shown
    assert [("n2", "2026-11-14T12:02:00+00:00")] == [
        (one["id"], one["created_at"]) for one in typed
    ]


def test_what_waits_says_when_it_is_tried_again(run: Run, ledger: Session) -> None:
    """What could not be sent just now shows when it is tried again; what is due shows no time."""
    later = datetime(2099, 11, 14, 17, 30, tzinfo=UTC)
    waits = {"status": "planned", "reason": "Twilio was unavailable for the moment."}
    store(ledger, a_business())
    stored(
        ledger,
        a_notification(1, not_before=later, **waits),
        a_notification(2, not_before=NOON, **waits),
        a_notification(3, not_before=later, status="planned", attempts=0),
    )

    table = run("notifications", "list").out
    fields = [one["not_before"] for one in run("notifications", "list", "--json").json]

    assert "for the moment; again at 2099-11-14 12:30 EST" in table
    assert (1, 1) == (table.count("again at"), table.count("leaves at 2099-11-14 12:30 EST"))
    assert [later.isoformat(), NOON.isoformat(), later.isoformat()] == fields


def test_the_list_is_narrowed_by_names(run: Run, ledger: Session) -> None:
    """A client may be called by its name, and an invoice by a number in any letters."""
    acme = a_notification(1, contact_key="client:20001", contact_name="Acme Ltd")
    decision = DecisionRow(
        at=NOON,
        account_id="6BApk",
        event="invoice.create",
        object_id="1001",
        invoice_number="INV-00001",
        verdict="planned",
        reason="rule",
    )
    stored(ledger, acme, a_notification(2, client_id="20002", invoice_number="INV-00002"))
    store(ledger, decision)

    found = [
        run("notifications", "list", "--json", *options).json
        for options in (("--client", "acme"), ("--invoice", "inv-1"), ("--invoice", "1001"))
    ]

    assert [["n1"]] * 3 == [[one["id"] for one in listed] for listed in found]


def test_a_cut_list_says_so(run: Run, ledger: Session) -> None:
    """Where there are more than shown, the last line says how to see them."""
    stored(ledger, a_notification(1), a_notification(2))

    cut = run("notifications", "list", "--limit", "1").out
    whole = run("notifications", "list", "--limit", "2").out

    assert "--limit shows more" in cut
    assert "--limit shows more" not in whole


def test_no_match_is_not_no_notifications(run: Run, ledger: Session) -> None:
    """A filter that leaves nothing is told apart from an empty ledger."""
    stored(ledger, a_notification())

    told = run("notifications", "list", "--client", "20009")

    assert (0, True) == (told.code, told.out.startswith("No notifications match."))


def test_a_client_whom_nobody_knows_is_said_to_be(run: Run, ledger: Session) -> None:
    """A name that fits nobody is a mistake, and the names that come near are told."""
    stored(ledger, a_notification(1, contact_key="client:20001", contact_name="Acme Ltd"))

    told = run("notifications", "list", "--client", "Acne")

    assert (1, True) == (told.code, "No client called `Acne` is known here." in told.err)
    assert "Did you mean `Acme Ltd`?" in told.err


def test_a_failure_is_shown_with_the_next_step(run: Run, ledger: Session) -> None:
    """What failed says how to go on, and what did not fail says nothing of it."""
    stored(ledger, a_notification(1), a_notification(2, status="undelivered", failed=True))

    well, failed = (run("notifications", "show", id_).out for id_ in ("n1", "n2"))

    assert "`duebell notifications retry n2` sends it again" in failed
    assert "notifications retry" not in well


@pytest.mark.parametrize("status", list(NotificationStatus))
def test_every_status_can_be_asked_for(
    run: Run, ledger: Session, status: NotificationStatus
) -> None:
    """The option knows all statuses."""
    stored(ledger, a_notification(status=status.value))

    assert 1 == len(run("notifications", "list", "--json", "--status", status.value).json)


# -- showing


def test_show_tells_the_whole_history(run: Run, ledger: Session) -> None:
    """One notification comes with its attempts, reports, audit records and decisions alone."""
    with_history(ledger)

    shown = run("notifications", "show", "n1", "--json").json

    history = shown["history"]
    assert ["attempts", "reports", "audit", "decisions"] == list(history)
    assert ["sent", "undelivered"] == [one["raw_status"] for one in history["reports"]]
    assert ["planned"] == [one["action"] for one in history["audit"]]
    assert [{"amount": "12.00"}] == [one["facts"] for one in history["decisions"]]
    assert ["accepted"] == [one["outcome"] for one in history["attempts"]]


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_show_keeps_texts_and_numbers_back(run: Run, ledger: Session, options: list[str]) -> None:
    """The text is shown only with ``--body``, the number never."""
    with_history(ledger)

    plain = run("notifications", "show", "n1", *options).out
    with_body = run("notifications", "show", "n1", "--body", *options).out

    assert TEXT not in plain
    assert TEXT in with_body
    assert PHONE not in plain + with_body


def test_show_takes_no_name_for_markup(run: Run, ledger: Session) -> None:
    """Brackets in a client's name are shown as they are."""
    with_history(ledger)

    assert "Acme [bold]" in run("notifications", "show", "n1").out


def test_show_speaks_plainly(run: Run, ledger: Session) -> None:
    """Columns and people have names that need no knowledge of the ledger's tables."""
    with_history(ledger)
    sent, dropped = (
        AuditRow(at=NOON, actor=actor, action="status", entity="notification", entity_id="n1")
        for actor in ("vm-1-36543c", "cli:ann")
    )
    sent.from_status, sent.to_status = "sending", "accepted"
    store(ledger, sent, dropped)

    out = run("notifications", "show", "n1").out

    for words in ("the worker vm-1-36543c  sending → accepted", "ann, by a command", "Duebell  "):
        assert words in out
    for raw in ("raw status", "asks", "applied", "cli:", "from status", "object id"):
        assert raw not in out


def test_the_list_says_who_was_told(run: Run, ledger: Session) -> None:
    """The name stands in the table and in JSON, which keeps the client's id too."""
    stored(ledger, a_notification(event="bill.create"))

    head, _, row = run("notifications", "list").out.splitlines()
    (listed,) = run("notifications", "list", "--json").json

    assert ["id", "created", "status", "event", "number", "told", "recipient"] == head.split()
    assert "Acme [bold]" in row
    assert ("20001", "Acme [bold]") == (listed["client_id"], listed["contact_name"])


@pytest.mark.parametrize("word", ["ntf_1111", "1111aaaa", "ntf_1111aaaa", "SM" + "a" * 32])
def test_show_finds_it_by_what_there_is(run: Run, ledger: Session, word: str) -> None:
    """The first letters of an id will do, with or without what all ids begin with, or the
    provider's id, where it is one message's.
    """
    stored(
        ledger,
        a_notification(1, id="ntf_1111aaaa"),
        a_notification(2, id="ntf_2222aaaa", provider_id="SM" + "b" * 32),
    )

    assert "ntf_1111aaaa" == run("notifications", "show", word, "--json").json["id"]


def test_an_unknown_id_fails(run: Run, ledger: Session) -> None:
    """An id that is not there is told on stderr, with exit code 1."""
    told = run("notifications", "show", "nope")

    assert (1, "") == (told.code, told.out)
    assert told.err.startswith("There is no notification nope; `duebell notifications list` has")


def test_what_waits_says_for_what(run: Run, ledger: Session) -> None:
    """A held message has its reason in the list: what holds it, and until when."""
    stored(ledger, a_notification(1, status="planned", hold="quiet hours", not_before=NOON))

    told = run("notifications", "list", "--json")

    assert "quiet hours, until 2026-11-14 12:00 UTC" == told.json[0]["reason"]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("--client", "20009"), "--client"),
        (("--status", "failed", "--client", "20009"), "--status or --client"),
        (
            ("--status", "failed", "--client", "9", "--since", "2026-01-01"),
            "--status, --client or --since",
        ),
    ],
)
def test_what_leaves_everything_out_is_named(
    run: Run, ledger: Session, options: tuple[str, ...], names: str
) -> None:
    """Where nothing matches, only the options that were given are said to be in the way."""
    told = run("notifications", "list", *options)

    assert f"No notifications match. Leave out {names} for more.\n" == told.out
