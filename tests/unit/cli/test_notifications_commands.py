"""``duebell notifications``: what people and programs read of the ledger."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from duebell.domain.delivery import NotificationStatus
from duebell.ledger.queries import LISTED
from tests.unit.cli.rows import NOON, PHONE, TEXT, a_notification, stored, with_history
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
    for word in ("n1", "undelivered", "INV-00001", "30003", "at the moment."):
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

    told = run("notifications", "list", "--client", "nobody")

    assert (0, True) == (told.code, told.out.startswith("No notifications match."))


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


def test_an_unknown_id_fails(run: Run, ledger: Session) -> None:
    """An id that is not there is told on stderr, with exit code 1."""
    told = run("notifications", "show", "nope")

    assert (1, "", "There is no notification nope.\n") == (told.code, told.out, told.err)


def test_what_waits_says_for_what(run: Run, ledger: Session) -> None:
    """A held message has its reason in the list: what holds it, and until when."""
    stored(ledger, a_notification(1, status="planned", hold="quiet hours", not_before=NOON))

    told = run("notifications", "list", "--json")

    assert "quiet hours, until 2026-11-14 12:00 UTC" == told.json[0]["reason"]
