"""``duebell notifications retry`` and ``abandon``, and ``duebell channels``, at a terminal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from duebell.ledger.sending_tables import ChannelStopRow
from duebell.ledger.tables import AttemptRow, AuditRow, NotificationRow, SignalRow
from tests.unit.cli.rows import NOON, PHONE, a_notification, store, stored
from tests.unit.cli.running import Run

REASON = "The number is not in service."


def a_failure(number: int = 1, **changes: object) -> NotificationRow:
    """A text that could not be delivered, whose signal is worked off."""
    values: dict[str, Any] = {
        "status": "undelivered",
        "failed": True,
        "failed_at": NOON + timedelta(hours=number),
        "reason": REASON,
        "error_code": "30005",
        "signal_id": number,
        "contact_key": "client:20001",
        "contact_name": "Acme",
    }
    return a_notification(number, **{**values, **changes})


def with_failures(session: Session, *failures: NotificationRow) -> None:
    """Write failures with their signals."""
    for row in failures:
        signal = SignalRow(
            id=row.signal_id,
            account_id="6BApk",
            event="payment.create",
            object_id=str(row.signal_id),
            source="webhook",
            status="done",
            received_at=NOON,
            done_at=NOON,
        )
        store(session, signal)
    stored(session, *failures)


def an_attempt(outcome: str) -> AttemptRow:
    """The one attempt of the first failure."""
    return AttemptRow(
        notification_id="n1",
        number=1,
        worker_id="w1",
        recipient=PHONE,
        body="",
        started_at=NOON,
        outcome=outcome,
    )


def status_of(session: Session, id_: str = "n1") -> str:
    """The status of a notification as it is now."""
    session.expire_all()
    return session.exec(select(NotificationRow.status).where(NotificationRow.id == id_)).one()


def test_failures_are_listed_with_all_one_needs(
    run: Run, ledger: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of what failed has what decides what becomes of it, and fits a small screen."""
    monkeypatch.setenv("COLUMNS", "80")
    with_failures(ledger, a_failure())

    told = run("notifications", "list", "--status", "failed").out

    for words in ("INV-00001", "Acme", "+1•••••0101", "payment_received", REASON, "30005"):
        assert words in told
    assert "2026-11-14 13:00 UTC" in told
    assert "`duebell notifications retry ID`" in told
    assert 80 >= max(map(len, told.splitlines()))


def test_a_failure_is_planned_again(run: Run, ledger: Session) -> None:
    """Without a worker nobody is waited for: it is planned, and that is said."""
    with_failures(ledger, a_failure())

    told = run("notifications", "retry", "n1")

    assert 0 == told.code, told.err
    assert (
        "n1 (INV-00001, +1•••••0101): waits: no worker is running; `duebell up` starts one\n"
        == told.out
    )
    assert "planned" == status_of(ledger)
    (record,) = ledger.exec(select(AuditRow)).all()
    assert record.actor.startswith("cli")


def test_a_refusal_fails(run: Run, ledger: Session) -> None:
    """What was delivered is not sent again: the reason is told, and the command fails."""
    stored(ledger, a_notification())

    told = run("notifications", "retry", "n1", "--json")

    (only,) = told.json
    assert (1, "refused", "delivered") == (told.code, only["answer"], only["status"])
    assert "refused: it was delivered" == only["outcome"]


def test_all_that_failed_is_sent_again(run: Run, ledger: Session) -> None:
    """All of it, since a day and of a status if asked; doubts are left out and said to be."""
    with_failures(
        ledger,
        a_failure(1),
        a_failure(2, error_code="30008"),
        a_failure(3, status="rejected", error_code="21211"),
        a_failure(4, failed_at=NOON - timedelta(days=3)),
    )

    told = run("notifications", "retry", "--all-failed", "--since", "2026-11-14", "--json")
    rest = run("notifications", "retry", "--all-failed", "--status", "rejected", "--json")

    answers = {one["id"]: one["answer"] for one in told.json}
    assert {"n1": "planned again", "n2": "refused", "n3": "planned again"} == answers
    assert "add --even-if-doubtful" in told.json[1]["outcome"]
    assert (0, []) == (rest.code, rest.json)
    assert 1 == told.code


def test_what_needs_other_words_is_left_out(run: Run, ledger: Session) -> None:
    """The same words would be filtered as spam again: they are left out, and go by their id, with
    a warning.
    """
    with_failures(ledger, a_failure(1, error_code="30007"))

    left = run("notifications", "retry", "--all-failed")
    named = run("notifications", "retry", "n1", "--json")

    assert (1, True) == (left.code, "refused: the same words would fail again" in left.out)
    assert "planned again" == named.json[0]["answer"]
    assert "; its words were why it failed (30007): " in named.json[0]["outcome"]


def test_only_words_are_warned_of(run: Run, ledger: Session) -> None:
    """What failed for another reason is sent again without a remark."""
    with_failures(ledger, a_failure())

    told = run("notifications", "retry", "n1", "--no-wait").out

    assert "words" not in told


def test_that_none_matches_is_not_that_nothing_failed(run: Run, ledger: Session) -> None:
    """Where the options leave every failure out, that is said, and else that nothing has failed."""
    nothing = run("notifications", "retry", "--all-failed", "--since", "2026-11-14")
    with_failures(ledger, a_failure())

    told = run("notifications", "retry", "--all-failed", "--status", "rejected")

    assert (0, True) == (nothing.code, nothing.out.startswith("Nothing has failed"))
    assert "No failed message matches. Leave out --since or --status for more.\n" == told.out


def test_a_doubt_with_sendgrid_says_whose_it_is(run: Run, ledger: Session) -> None:
    """It cannot be asked: until when its report is waited for is told, and who decides then."""
    row = a_failure(status="outcome_unknown", failed=False, failed_at=None)
    row.provider, row.channel, row.asks, row.next_ask_at = "sendgrid", "email", 1, NOON
    with_failures(ledger, row)

    told = run("notifications", "retry", "n1").out

    # At the third look it is left to a person, four minutes of grace after the second.
    assert (
        "refused: SendGrid cannot be asked; Duebell waits for its report until "
        "2026-11-14 12:04 UTC, then it is yours to decide"
    ) in told


def test_doubts_are_asked_about_first(run: Run, ledger: Session) -> None:
    """A code that proves nothing has the provider asked, by a worker, which is said."""
    with_failures(ledger, a_failure(error_code="30008"))
    store(ledger, an_attempt("accepted"))

    told = run("notifications", "retry", "n1")

    assert "waits: no worker is running to ask its provider first; `duebell up`" in told.out
    assert "undelivered" == status_of(ledger)


@pytest.mark.parametrize(
    "arguments",
    [(), ("n1", "--all-failed"), ("n1", "--since", "2026-11-14"), ("n1", "--status", "rejected")],
)
def test_wrong_use_is_refused(run: Run, ledger: Session, arguments: tuple[str, ...]) -> None:
    """Ids and --all-failed exclude each other, and what narrows goes with --all-failed."""
    with_failures(ledger, a_failure())

    told = run("notifications", "retry", *arguments)

    assert (2, "undelivered") == (told.code, status_of(ledger))


def test_a_failure_is_left_at_that(run: Run, ledger: Session) -> None:
    """An abandoned message leaves the list of what failed, with the reason on record."""
    with_failures(ledger, a_failure())

    told = run("notifications", "abandon", "n1", "--reason", "phoned them")
    again = run("notifications", "abandon", "n1")
    listed = run("notifications", "list", "--status", "failed", "--json").json

    abandoned = "n1 (INV-00001, +1•••••0101): abandoned: it is not sent again\n"
    assert (0, abandoned) == (told.code, told.out)
    assert (1, []) == (again.code, listed)
    assert "phoned them" == run("notifications", "show", "n1", "--json").json["reason"]


def test_a_doubt_that_was_abandoned_can_be_asked_about(run: Run, ledger: Session) -> None:
    """Who changes their mind about an abandoned doubt has its provider asked first."""
    with_failures(ledger, a_failure(status="abandoned", failed=False, failed_at=None))
    store(ledger, an_attempt("unknown"))

    run("notifications", "retry", "n1")

    assert "outcome_unknown" == status_of(ledger)


# -- channels


def a_stop() -> ChannelStopRow:
    """Texts cannot be sent."""
    return ChannelStopRow(
        channel="sms",
        code="20003",
        reason="Twilio refuses the API key.",
        is_late=False,
        since=NOON,
        tries=2,
        next_try_at=NOON + timedelta(minutes=5),
    )


def test_stopped_channels_are_listed(run: Run, ledger: Session) -> None:
    """People read since when, why and what to do; programs the same as data."""
    nothing = run("channels", "list")
    store(ledger, a_stop())

    told, (listed,) = run("channels", "list"), run("channels", "list", "--json").json

    assert "No channel is stopped.\n" == nothing.out
    for words in ("sms", "20003", "Twilio refuses the API key.", "2026-11-14 12:05 UTC"):
        assert words in told.out
    assert ("sms", "20003", 2) == (listed["channel"], listed["code"], listed["tries"])


def test_a_channel_is_resumed(run: Run, ledger: Session) -> None:
    """One message is let through at once; what is not stopped cannot be resumed."""
    store(ledger, a_stop())

    told, wrong = run("channels", "resume", "sms"), run("channels", "resume", "email")

    (listed,) = run("channels", "list", "--json").json
    assert (0, 1) == (told.code, wrong.code)
    assert 0 == listed["tries"]
    assert "email is not stopped" in wrong.err
