"""``duebell summary``: a day of each firm on its own clock, and what needs a hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlmodel import Session

from duebell.ledger.people_tables import BrakeRow
from duebell.ledger.sending_tables import ChannelStopRow
from tests.unit.cli.rows import NOON, PHONE, a_business, a_notification, an_attempt, store, stored
from tests.unit.cli.running import Run

DAY = "2026-11-14"
RULE = "payment.create → client → sms → payment_received"


def a_day(session: Session) -> None:
    """Six messages of a day, each with another fate, and one of the day before."""
    fates: list[dict[str, Any]] = [
        {"status": "delivered", "cleared_at": NOON},
        {"status": "undelivered", "failed": True, "reason": "out of reach", "cleared_at": NOON},
        {"status": "outcome_unknown", "failed": True, "reason": "no answer", "cleared_at": NOON},
        {"status": "suppressed", "reason": "opted out"},
        {"status": "planned", "hold": "brake"},
        # Planned the evening before; it was to leave this morning.
        {"status": "accepted", "created_at": NOON - timedelta(days=1), "cleared_at": NOON},
        {"status": "delivered", "cleared_at": NOON - timedelta(days=1)},
    ]
    store(session, a_business())
    stored(session, *(a_notification(number, **fate) for number, fate in enumerate(fates, 1)))


def rules(run: Run, day: str = DAY) -> list[dict[str, Any]]:
    """The rules of the only firm's day."""
    (account,) = run("summary", "--day", day, "--json").json["accounts"]
    assert day == account["day"]
    found: list[dict[str, Any]] = account["rules"]
    return found


def test_a_day_is_told_by_rule(run: Run, ledger: Session) -> None:
    """Each message counts on the day on which it was cleared to leave, by what it is now."""
    a_day(ledger)

    found = rules(run)

    counts = {"sent": 3, "delivered": 1, "failed": 1, "unknown": 1, "suppressed": 1, "held": 1}
    assert [{"rule": RULE, **counts, "waiting": 0}] == found


def test_a_failure_stays_in_its_day(run: Run, ledger: Session) -> None:
    """What failed, was to be sent again the day after and was paid by then counts on both days."""
    next_day = NOON + timedelta(days=1)
    store(ledger, a_business())
    stored(
        ledger,
        a_notification(1, status="suppressed", reason="the invoice is paid", cleared_at=next_day),
        a_notification(2, status="delivered", attempts=2, cleared_at=next_day),
    )
    store(
        ledger,
        an_attempt(1),
        an_attempt(2, provider_id="SM1"),
        an_attempt(2, number=2, started_at=next_day, provider_id="SM" + "a" * 32),
    )

    (first,), (second,) = rules(run), rules(run, "2026-11-15")

    columns = ("sent", "delivered", "failed", "suppressed")
    assert (2, 0, 2, 0) == tuple(first[name] for name in columns)
    assert (1, 1, 0, 1) == tuple(second[name] for name in columns)


def test_what_ended_unsent_on_its_day_was_sent_before(run: Run, ledger: Session) -> None:
    """All on one day: it was sent, failed, and was not sent again because it was paid."""
    later = NOON + timedelta(hours=2)
    store(ledger, a_business())
    paid = {"status": "suppressed", "reason": "the invoice is paid", "cleared_at": later}
    refused = {"status": "rejected", "failed": True, "cleared_at": later}
    stored(ledger, a_notification(1, **paid), a_notification(2, **refused))
    # A call of which nothing came is no sending.
    nothing = an_attempt(2, number=2, started_at=later, outcome="not_sent", provider_id=None)
    store(ledger, an_attempt(1), an_attempt(2), nothing)

    (found,) = rules(run)

    assert {"sent": 2, "failed": 2, "suppressed": 1} == {
        name: count for name, count in found.items() if name != "rule" and count
    }


def test_a_day_ends_by_the_firms_clock(run: Run, ledger: Session) -> None:
    """What leaves at eleven in the evening in New York belongs to that day, not to UTC's next."""
    store(ledger, a_business())
    late = NOON + timedelta(hours=16)
    stored(ledger, a_notification(created_at=late, cleared_at=late))

    assert 1 == rules(run)[0]["sent"]
    assert [] == rules(run, "2026-11-15")


def test_what_needs_a_hand_is_told_with_its_command(run: Run, ledger: Session) -> None:
    """Failures, doubts, brakes and stopped channels stand there, each with what to type."""
    a_day(ledger)
    brake = BrakeRow(
        id=1, account_id="6BApk", cap="run", reason="too many", status="engaged", engaged_at=NOON
    )
    stop = ChannelStopRow(
        channel="sms", code="20003", reason="the key is refused", since=NOON, next_try_at=NOON
    )
    store(ledger, brake, stop)

    found = run("summary", "--json").json["needs_a_hand"]

    by_command = {one["command"]: one["what"] for one in found}
    stopped = [one["what"] for one in found if "the key is refused" in one["what"]]
    assert [True] == ["duebell channels resume sms" in what for what in stopped]
    assert "too many" in by_command["duebell brake list"]
    assert by_command["duebell notifications show n2"].endswith("+1•••••0101: out of reach")
    assert by_command["duebell notifications show n3"].startswith("Nobody knows whether")
    assert any("duebell connect freshbooks" in one["what"] for one in found)


def test_nobody_is_named(run: Run, ledger: Session) -> None:
    """Neither the screen nor the JSON shows a name, a number or an address."""
    a_day(ledger)

    shown = run("summary", "--day", DAY).out + run("summary", "--day", DAY, "--json").out

    assert PHONE not in shown
    assert "Acme" not in shown


def test_a_reason_that_names_a_number_is_cleaned(run: Run, ledger: Session) -> None:
    """A provider may name the number that it refuses, and a rule whom it tells: neither shows."""
    store(ledger, a_business())
    reason = f"the 'To' number {PHONE} is not a valid phone number"
    rule = f"payment.create → {PHONE} → sms → payment_received"
    refused: dict[str, Any] = {"status": "rejected", "failed": True, "cleared_at": NOON}
    stored(ledger, a_notification(reason=reason, rule=rule, **refused))

    shown = run("summary", "--day", DAY).out

    assert "is not a valid phone number" in shown
    assert PHONE not in shown


def test_many_failures_are_not_all_listed(run: Run, ledger: Session) -> None:
    """The newest twenty are listed, and the command that lists the rest."""
    store(ledger, a_business())
    stored(ledger, *(a_notification(n, status="rejected", failed=True) for n in range(1, 24)))

    found = run("summary", "--json").json["needs_a_hand"]

    listed = [one for one in found if one["command"].startswith("duebell notifications show")]
    assert 20 == len(listed)
    assert "duebell notifications show n23" == listed[0]["command"]
    more = {
        "what": "3 more messages failed.",
        "command": "duebell notifications list --status failed",
    }
    assert more == found[-1]


def test_a_quiet_day_says_so(run: Run, ledger: Session) -> None:
    """Where nothing belongs to the day, that is said for the firm."""
    store(ledger, a_business())

    shown = run("summary", "--day", DAY).out

    assert "Harbor Lane Accounting, Saturday 2026-11-14:" in shown
    assert "No message belongs to this day." in shown


def test_what_belongs_to_no_firm_is_told_as_well(run: Run, ledger: Session) -> None:
    """What Duebell tells of itself stands apart from the firms."""
    store(ledger, a_business())
    stored(ledger, a_notification(account_id="", cleared_at=NOON))

    accounts = run("summary", "--day", DAY, "--json").json["accounts"]

    sent = {one["name"]: [rule["sent"] for rule in one["rules"]] for one in accounts}
    assert {"Harbor Lane Accounting": [], "Duebell itself": [1]} == sent


def test_a_day_that_is_none_is_wrong_use(run: Run, ledger: Session) -> None:
    """A slip in the day is told, with what a day looks like."""
    outcome = run("summary", "--day", "yesterdy")

    assert 2 == outcome.code
    assert "2026-11-14" in outcome.err
