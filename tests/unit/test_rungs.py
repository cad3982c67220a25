"""Each rung of an invoice's ladder has its reason, or the words that nobody knows it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from duebell.domain.ladder import MissedRungs
from duebell.domain.local_times import LocalTimes
from duebell.domain.planning import NOTHING_TOLD
from duebell.domain.rules import Channel, Rule, Rulebook
from duebell.explaining.legend import Legend
from duebell.explaining.rungs import Ladder, ladders
from duebell.explaining.silent_rungs import LadderTerms
from duebell.ledger.story import Found

CLIENT = Rule("invoice.overdue", "client", Channel.SMS, "overdue_notice", days=(5, 10))
BOOK = Rulebook((CLIENT,), digest="abc")
TIMES = LocalTimes({"6BApk": ZoneInfo("America/Chicago")})
DUE = "2026-11-01"


def at(day: int, hour: int = 18) -> datetime:
    """A moment in November; 18:00 UTC is noon in the business' zone."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def a_look(number: int, day: int, **changes: object) -> dict[str, Any]:
    """A look at the invoice, to which nothing came."""
    values: dict[str, Any] = {
        "id": number,
        "at": at(day),
        "account_id": "6BApk",
        "event": "invoice.overdue",
        "object_id": "42",
        "client_id": "20001",
        "invoice_number": "INV-7",
        "notification_id": None,
        "occurrence": None,
        "rule": None,
        "audience": None,
        "verdict": "skipped",
        "reason": NOTHING_TOLD,
        "rulebook": "abc",
        "facts": {"status": "overdue", "outstanding": "10.00", "due_on": DUE, "number": "INV-7"},
    }
    return {**values, **changes}


def seen(**facts: str) -> dict[str, str]:
    """What a look showed."""
    return {"status": "overdue", "outstanding": "10.00", "due_on": DUE, **facts}


def a_message(status: str) -> dict[str, Any]:
    """The message to the client on a rung."""
    return {
        "id": "n1",
        "occurrence_id": 1,
        "contact_name": "Acme",
        "contact_key": "client:20001",
        "client_id": "20001",
        "channel": "sms",
        "recipient": "+12125550101",
        "diverted_to": None,
        "audience": "client",
        "rule": CLIENT.name,
        "status": status,
        "reason": None,
        "hold": None,
        "not_before": None,
    }


def a_suppression(**changes: object) -> dict[str, Any]:
    """The client of the message must not be texted since the 3rd."""
    values: dict[str, Any] = {
        "channel": "sms",
        "address": "+12125550101",
        "reason": "the person answered STOP",
        "since": at(3),
        "lifted_at": None,
    }
    return {**values, **changes}


def a_pause(kind: str, object_id: str, until: str, **changes: object) -> dict[str, Any]:
    """A pause of every account."""
    values = {"account_id": "", "kind": kind, "object_id": object_id, "until": until}
    return {**values, "lifted_at": None, **changes}


def climbed(*looks: dict[str, Any], messages: tuple[dict[str, Any], ...] = (), **terms: Any) -> Any:
    """The verdicts and reasons of the two rungs, on the 30th of November."""
    (ladder,) = ladders_of(list(looks), list(messages), **terms)
    return [(one.verdict, one.reason) for one in ladder.rungs]


def found_of(looks: list[Any], messages: list[Any], **kept_back: list[Any]) -> Found:
    """The rows of a story, and nothing besides them."""
    return Found(
        decisions=looks,
        notifications=messages,
        signals=[],
        attempts=[],
        reports=[],
        pauses=kept_back.get("pauses", []),
        suppressions=kept_back.get("suppressions", []),
        brakes=[],
        audit=[],
        occurrences={1: f"+5@{DUE}"},
    )


def ladders_of(looks: list[Any], messages: list[Any], now: int = 30, **terms: Any) -> list[Ladder]:
    """The ladders of some rows."""
    found = found_of(looks, messages)
    return ladders(found, BOOK, Legend(found, BOOK), LadderTerms(at(now), TIMES, **terms))


def test_a_rung_that_was_told_names_who_heard_it() -> None:
    """The message stands there with the person and what became of it."""
    told = a_look(
        1, 6, occurrence=f"+5@{DUE}", rule=CLIENT.name, audience="client", notification_id="n1"
    )

    rungs = climbed(told, messages=(a_message("delivered"),), now=7)

    assert [
        ("told", "message 1 to Acme (day +5), delivered"),
        ("to come", ""),
    ] == rungs


@pytest.mark.parametrize("status", ["suppressed", "rejected", "abandoned"])
def test_a_message_that_never_left_is_not_told(status: str) -> None:
    """A rung whose message was kept back counts as not told."""
    told = a_look(
        1, 6, occurrence=f"+5@{DUE}", rule=CLIENT.name, audience="client", notification_id="n1"
    )

    (verdict, _), _ = climbed(told, messages=(a_message(status),))

    assert "not told" == verdict


def test_a_condition_that_did_not_hold_is_the_reason() -> None:
    """The row about the rung says why, and when it was looked at."""
    row = a_look(1, 6, occurrence=f"+5@{DUE}", rule=CLIENT.name, reason="the amount is small")

    first, _ = climbed(row)

    assert ("not told", "the amount is small (seen 2026-11-06 18:00 UTC)") == first


def test_rungs_up_to_the_day_of_issue_are_none() -> None:
    """An invoice that was issued after the rung's day says so."""
    first, second = climbed(a_look(1, 8, facts=seen(issued_on="2026-11-08")), now=9)

    assert ("not told", "the invoice was issued on 2026-11-08, not before that day") == first
    assert ("to come", "") == second


def test_what_was_said_of_the_invoice_that_day_counts() -> None:
    """A dispute, a pause or FreshBooks' own reminders stand in no rung's row, and are found."""
    rungs = climbed(
        a_look(1, 6, reason="the invoice is disputed"),
        a_look(2, 7),
        a_look(3, 12, reason="FreshBooks itself reminds this client", rule=CLIENT.name),
    )

    assert [
        ("not told", "the invoice is disputed (seen 2026-11-06 18:00 UTC)"),
        ("not told", "FreshBooks itself reminds this client (seen 2026-11-12 18:00 UTC)"),
    ] == rungs


def test_paid_by_then_is_the_reason() -> None:
    """A payment that was looked at before the day keeps both rungs from being told."""
    payment = a_look(
        2, 4, event="payment.create", object_id="9", facts=seen(status="paid", outstanding="0.00")
    )

    rungs = climbed(a_look(1, 2), payment)

    assert {("not told", "the invoice was paid by then (seen 2026-11-04 18:00 UTC)")} == set(rungs)


def test_rungs_to_come_of_a_paid_invoice_are_not_awaited() -> None:
    """What is paid is told only if it is owed again."""
    rungs = climbed(a_look(1, 2, facts=seen(status="paid")), now=3)

    expected = "the invoice was paid (seen 2026-11-02 18:00 UTC); it is told if that changes"
    assert [("not told", expected)] * 2 == rungs


def test_days_before_the_connection_are_history() -> None:
    """A rung of a day on which nobody watched yet is told to nobody."""
    first, _ = climbed(a_look(1, 8), watched={"6BApk": at(8)}, now=9)

    expected = "that was before Duebell began to watch these books (2026-11-08 18:00 UTC)"
    assert ("not told", expected) == first


def test_of_missed_rungs_the_last_is_told() -> None:
    """After a downtime, the later rung that was told explains the earlier one."""
    later = a_look(1, 12, occurrence=f"+10@{DUE}", rule=CLIENT.name, reason="the amount is small")

    first, _ = climbed(later)
    (unknown, _), _ = climbed(later, missed=MissedRungs.ALL)

    assert "not told" == first[0]
    assert "2026-11-12 18:00 UTC day +10 was reached" in first[1]
    assert "unknown" == unknown


def test_what_nobody_knows_is_said() -> None:
    """Where there is neither row nor reason, no reason is made up."""
    rungs = climbed(a_look(1, 2))

    assert [("unknown", "no decision is on record for this rung")] * 2 == rungs


def test_a_day_of_the_business_is_no_day_of_utc() -> None:
    """Late in the evening in Chicago a rung's day has not come, though it has in UTC."""
    (ladder,) = ladders_of([a_look(1, 2)], [], now=6)
    late = LadderTerms(at(6, hour=3), TIMES)
    found = found_of([a_look(1, 2)], [])

    (before,) = ladders(found, BOOK, Legend(found, BOOK), late)

    assert ("to come", "today; nothing is decided about it yet") == (
        ladder.rungs[0].verdict,
        ladder.rungs[0].reason,
    )
    assert ("to come", "") == (before.rungs[0].verdict, before.rungs[0].reason)


def test_a_moved_due_date_begins_anew() -> None:
    """Rungs are those of the last due date, and that there was another is told."""
    old = a_look(1, 6, occurrence=f"+5@{DUE}", rule=CLIENT.name, reason="too small")
    new = a_look(2, 7, facts=seen(due_on="2026-12-01"))

    (ladder,) = ladders_of([old, new], [])

    assert (True, ["to come", "to come"]) == (
        ladder.is_moved,
        [one.verdict for one in ladder.rungs],
    )


def test_without_a_due_date_there_is_no_ladder() -> None:
    """Of an invoice that is due on no day, and of other records, no rungs are told."""
    bare = a_look(1, 6, facts={"status": "sent"})

    assert [] == ladders_of([bare, a_look(2, 6, event="bill.create")], [])


@pytest.mark.parametrize("due_on", ["9999-12-28", "9999-12-31"])
def test_a_due_date_at_the_end_of_time_is_no_fault(due_on: str) -> None:
    """Rungs on days that do not exist are left out."""
    found = ladders_of([a_look(1, 6, facts=seen(due_on=due_on), reason="odd")], [])

    assert [] == [rung for ladder in found for rung in ladder.rungs]


def expected_of(
    *looks: dict[str, Any], missed: MissedRungs = MissedRungs.LATEST, **rows: Any
) -> list[tuple[str, str]]:
    """The verdicts and reasons of the two rungs before either has come."""
    found = found_of(list(looks), rows.pop("messages", []), **rows)
    (ladder,) = ladders(found, BOOK, Legend(found, BOOK), LadderTerms(at(4), TIMES, missed))
    return [(one.verdict, one.reason) for one in ladder.rungs]


@pytest.mark.parametrize(
    ("look", "reason"),
    [
        ({"facts": {**seen(), "is_active": False}}, "the invoice is deleted or archived"),
        ({"facts": {}, "reason": "FreshBooks does not have this invoice"}, ""),
        ({"facts": seen(status="disputed")}, "the invoice is disputed"),
        ({"facts": seen(status="draft")}, "the invoice is a draft"),
    ],
)
def test_what_is_over_promises_no_rungs(look: dict[str, Any], reason: str) -> None:
    """Nobody is promised reminders of an invoice that is deleted, gone, a draft or in dispute."""
    rungs = expected_of(a_look(1, 2), a_look(2, 3, **look))

    reason = reason or look["reason"]
    expected = f"{reason} (seen 2026-11-03 18:00 UTC); it is told if that changes"
    assert [("not told", expected)] * 2 == rungs


def test_a_look_that_showed_nothing_changes_nothing() -> None:
    """A change of which no rule tells was not looked up, and rungs come as before."""
    blind = a_look(2, 3, facts={}, reason="no rule is about invoice.update")

    assert [("to come", "")] * 2 == expected_of(a_look(1, 2), blind)


def a_rung_look(verdict: str, reason: str, **changes: object) -> dict[str, Any]:
    """A look on which somebody of the rule was to be told of an earlier rung."""
    about = {"rule": CLIENT.name, "audience": "client", "occurrence": f"+5@{DUE}"}
    return a_look(1, 2, verdict=verdict, reason=reason, **{**about, **changes})


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [("suppressed", "the person answered STOP"), ("skipped", "client 20001 has no phone number")],
)
def test_who_cannot_be_reached_is_promised_nothing(verdict: str, reason: str) -> None:
    """After an opt-out, or without a number, the rungs to come say why nobody hears of them."""
    _, second = expected_of(a_rung_look(verdict, reason))

    expected = f"{reason} (seen 2026-11-02 18:00 UTC); it is told if that changes"
    assert ("not told", expected) == second


def test_an_opt_out_after_the_last_message_counts() -> None:
    """Somebody who heard the first rung and answered STOP then is not awaited on the second."""
    told = a_rung_look("planned", "rule", notification_id="n1")
    messages, suppressions = [a_message("delivered")], [a_suppression()]

    _, second = expected_of(told, messages=messages, suppressions=suppressions)

    assert ("not told", "the person answered STOP") == (second[0], second[1][:24])


def test_an_opt_out_that_is_lifted_counts_no_more() -> None:
    """After START the rungs are to come again, whether a message or a decision met the STOP."""
    lifted = [a_suppression(lifted_at=at(3))]
    told = a_rung_look("planned", "rule", notification_id="n1")
    kept = a_rung_look("suppressed", "the person answered STOP")

    after_message = expected_of(told, messages=[a_message("delivered")], suppressions=lifted)
    after_decision = expected_of(kept, suppressions=lifted)

    assert [("to come", "")] * 2 == [after_message[1], after_decision[1]]


def test_one_of_several_is_enough() -> None:
    """Where somebody else of the same audience was reached, the rungs are to come."""
    told = a_rung_look("planned", "rule", notification_id="n1")
    kept = a_rung_look("skipped", "there is no phone number")

    second = expected_of(told, kept, messages=[a_message("delivered")])[-1]

    assert ("to come", "") == second


def test_a_pause_puts_a_rung_off_or_keeps_it() -> None:
    """Of rungs in a pause only the last is told afterwards, and that is said of each."""
    pauses = [a_pause("client", "20001", "2026-11-12")]

    late = expected_of(a_look(1, 2), pauses=pauses)
    never = expected_of(a_look(1, 2), pauses=pauses, missed=MissedRungs.NONE)

    paused = "the client is paused until 2026-11-12"
    assert [("not told", paused), ("to come", f"not before 2026-11-12: {paused}")] == late
    assert [("not told", paused)] * 2 == never


@pytest.mark.parametrize(
    "pause",
    [
        a_pause("client", "20001", "2026-11-06"),
        a_pause("client", "20002", "2026-12-06"),
        a_pause("invoice", "INV-7", "2026-12-06", lifted_at=at(3)),
        a_pause("invoice", "INV-7", "2026-12-06", account_id="other"),
    ],
)
def test_a_pause_that_does_not_matter_is_not_told(pause: dict[str, Any]) -> None:
    """One that ends before the rung, is lifted, or is of somebody else keeps nobody silent."""
    assert [("to come", "")] * 2 == expected_of(a_look(1, 2), pauses=[pause])
