"""Where a story stands: one sentence, with what nobody was told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from duebell.domain.planning import NOTHING_TOLD
from duebell.explaining.legend import Legend
from duebell.explaining.standing import standing
from duebell.explaining.story import tell
from duebell.ledger.story import Found

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)
RULE = "invoice.create → client → sms → invoice_created"


def a_message(number: int, **changes: object) -> dict[str, Any]:
    """A text about the invoice of this number, which arrived."""
    values: dict[str, Any] = {
        "id": f"n{number}",
        "signal_id": number,
        "occurrence_id": number,
        "event": "invoice.create",
        "object_id": f"100{number}",
        "client_id": "20001",
        "contact_key": "client:20001",
        "contact_name": "Acme",
        "audience": "client",
        "rule": RULE,
        "channel": "sms",
        "recipient": "+12125550101",
        "diverted_to": None,
        "status": "delivered",
        "reason": None,
        "failed": False,
        "hold": None,
        "not_before": None,
        "brake_id": None,
        "created_at": NOON + timedelta(minutes=number),
    }
    return {**values, **changes}


def a_decision(number: int, minute: int = 0, **changes: object) -> dict[str, Any]:
    """The decision about the invoice of this number, from which its message came."""
    values: dict[str, Any] = {
        "id": number + minute,
        "at": NOON + timedelta(minutes=number + minute),
        "signal_id": number,
        "account_id": "6BApk",
        "event": "invoice.create",
        "object_id": f"100{number}",
        "client_id": "20001",
        "invoice_number": f"INV-{number}",
        "notification_id": f"n{number}",
        "occurrence": "once",
        "rule": RULE,
        "audience": "client",
        "verdict": "planned",
        "reason": f"rule {RULE}",
        "rulebook": "abc",
        "facts": {"status": "sent", "outstanding": "10.00", "is_active": True},
    }
    return {**values, **changes}


def nothing(number: int, minute: int, reason: str, **changes: object) -> dict[str, Any]:
    """A later look of which nothing came."""
    values = {"verdict": "skipped", "notification_id": None, "rule": None, "audience": None}
    return a_decision(number, minute, reason=reason, **{**values, **changes})


def found_of(decisions: list[Any], messages: list[Any], **others: Any) -> Found:
    """The rows of a story."""
    kinds = ("signals", "attempts", "reports", "pauses", "suppressions", "brakes", "audit")
    rows = {kind: others.get(kind, []) for kind in kinds}
    return Found(decisions=decisions, notifications=messages, **rows)


def now_of(decisions: list[Any], messages: list[Any], **others: Any) -> str:
    """The sentence."""
    found = found_of(decisions, messages, **others)
    return standing(found, NOON + timedelta(hours=1), Legend(found))


@pytest.mark.parametrize(
    "reason", ["the invoice is paused until 2026-12-06", "the person answered STOP"]
)
def test_what_nobody_was_told_is_said(reason: str) -> None:
    """Beside what arrived stands the invoice of which nobody heard, and why."""
    silent = nothing(2, 0, reason, verdict="suppressed")

    now = now_of([a_decision(1), silent], [a_message(1)])

    assert f"Message 1 to Acme is delivered; nobody was told of invoice INV-2 ({reason})." == now


def test_nothing_more_is_told_of_what_is_deleted() -> None:
    """An invoice that was told and then deleted is over, which a look that told nobody shows."""
    gone = nothing(1, 5, NOTHING_TOLD, facts={"status": "sent", "is_active": False})

    now = now_of([a_decision(1), gone], [a_message(1)])

    reason = "the invoice is deleted or archived"
    assert f"Message 1 to Acme is delivered; nothing more is told of invoice INV-1 ({reason})." == (
        now
    )


@pytest.mark.parametrize(
    "later",
    [
        nothing(1, 5, NOTHING_TOLD),
        nothing(1, 5, "the invoice is paid", facts={"status": "paid"}),
        nothing(1, 5, "told before", verdict="repeated"),
    ],
)
def test_what_is_no_news_is_not_said(later: dict[str, Any]) -> None:
    """Changes without news, and that a told invoice is paid, add nothing to the sentence."""
    assert "Message 1 to Acme is delivered." == now_of([a_decision(1), later], [a_message(1)])


def test_many_silences_are_counted() -> None:
    """Of many invoices the last three are named."""
    silent = [nothing(number, 0, "the client is paused") for number in range(2, 7)]

    now = now_of([a_decision(1), *silent], [a_message(1)])

    assert 3 == now.count("nobody was told of invoice")
    assert "INV-6 (the client is paused); nor of 2 more records." in now


def test_a_message_that_waits_is_told_once() -> None:
    """The signal that is put off with its message is the same thing, and not told besides."""
    held = a_message(1, status="planned", hold="quiet hours", not_before=NOON)
    signal = {"id": 1, "status": "waiting", "source": "webhook"}

    now = now_of([a_decision(1, verdict="held")], [held], signals=[signal])

    assert "Message 1 to Acme is to be sent from 2026-11-14 12:00 UTC on (quiet hours)." == now


def test_several_wait_for_a_person_in_one_sentence() -> None:
    """What a brake holds reads well in the plural, too."""
    held = [
        a_message(number, status="planned", hold="brake", brake_id=1, signal_id=number)
        for number in (1, 2)
    ]

    now = now_of([a_decision(1), a_decision(2)], held)

    command = "`duebell brake release 1`"
    assert f"2 messages are to be sent once a person says so ({command})." == now


def test_a_paused_client_is_called_by_name() -> None:
    """Where the name is known, it stands beside the id; of an invoice its number."""
    pauses = [
        {"kind": kind, "object_id": id_, "until": "2099-01-31", "lifted_at": None}
        for kind, id_ in (("client", "20001"), ("invoice", "1001"))
    ]

    now = now_of([a_decision(1)], [a_message(1)], pauses=pauses)

    assert "the client Acme (20001) is paused until 2099-01-31" in now
    assert "the invoice INV-1 is paused until 2099-01-31" in now


def test_messages_have_numbers_in_the_order_of_their_decisions() -> None:
    """Message 1 is the one that was decided about first, whatever the ids of messages are."""
    messages = [a_message(2, created_at=NOON), a_message(1, created_at=NOON)]

    legend = Legend(found_of([a_decision(1), a_decision(2)], messages))

    assert {"n1": "message 1", "n2": "message 2"} == legend.messages


def test_a_brake_is_told_after_what_it_holds() -> None:
    """One that engaged because of other messages stands below the decision that it held."""
    held = a_message(1, status="planned", hold="brake", brake_id=1)
    brake = {"id": 1, "engaged_at": NOON - timedelta(hours=1), "ended_at": None, "reason": "many"}
    found = found_of([a_decision(1, verdict="held")], [held], brakes=[brake])

    decided, braked = tell(found, NOON).told

    assert ("decided", "brake") == (decided.kind.word, braked.kind.word)
    engaged = "brake 1 (engaged 2026-11-14 11:00 UTC): many"
    assert f"{engaged}; it holds message 1 to Acme" == braked.text


def test_an_answer_from_before_the_story_is_left_out() -> None:
    """An opt-out of before the invoice existed does not open its story; programs read it."""
    suppression = {"id": 1, "channel": "sms", "address": "+12125550101", "reason": "STOP"}
    suppression |= {"lifted_at": NOON}
    record = {"id": 1, "at": NOON - timedelta(days=3), "entity": "suppression", "entity_id": "1"}
    record |= {"action": "suppressed", "reason": "stop", "actor": "recipient"}
    found = found_of([a_decision(1)], [a_message(1)], suppressions=[suppression], audit=[record])

    story = tell(found, NOON)

    assert ["decided"] == [one.kind.word for one in story.told]
    assert ["opt_out", "decided"] == [one.kind.word for one in story.happenings]


def a_record(number: int, entity: str, action: str, **changes: object) -> dict[str, Any]:
    """An audit record of this many minutes after noon."""
    values: dict[str, Any] = {"id": number, "at": NOON + timedelta(minutes=number)}
    values |= {"entity": entity, "action": action, "actor": "duebell", "reason": None}
    values |= {"entity_id": "n1" if entity == "notification" else "sms"}
    return {**values, "from_status": "planned", "to_status": "planned", **changes}


def test_a_message_that_waited_for_its_channel_says_so() -> None:
    """Why nothing could be sent, that the message waited, who tried, and the end are told once."""
    key = "Twilio does not accept the key."
    audit = [
        a_record(2, "notification", "status", reason=f"no sms can be sent now: {key}"),
        a_record(-9, "channel", "stopped", reason="an earlier one"),
        a_record(-8, "channel", "resumed"),
        a_record(1, "channel", "stopped", reason=f"{key[:-1]} (20003)"),
        a_record(3, "channel", "announced", reason="stop 2"),
        a_record(4, "channel", "tried", actor="cli:ann"),
        a_record(5, "channel", "resumed"),
        a_record(8, "channel", "stopped", reason="a later one"),
    ]
    again = [a_decision(1, minute) for minute in (2, 4)]

    story = tell(found_of([a_decision(1), *again], [a_message(1)], audit=audit), NOON)

    first, *others = [one.text for one in story.told]
    assert first.startswith("message 1 to Acme: to be sent, rule A [FreshBooks: sent")
    assert [
        "no texts can be sent any more: Twilio does not accept the key (20003)",
        "message 1 to Acme waits: no sms can be sent now: Twilio does not accept the key",
        "one text is let through to see whether it works (cli:ann)",
        "texts can be sent again",
    ] == others
    assert 3 == [one.kind.word for one in story.happenings].count("decided")


def test_a_decision_that_says_something_new_is_told() -> None:
    """A message that was held in between, or whose invoice has changed, is planned once more."""
    held = a_decision(1, 1, verdict="held", reason="quiet hours")
    changed = a_decision(1, 3, facts={"status": "viewed"})
    decisions = [a_decision(1), held, a_decision(1, 2), changed]

    story = tell(found_of(decisions, [a_message(1)]), NOON)

    assert 4 == len(story.told)


def test_no_sentence_ends_twice() -> None:
    """A provider's reason brings its own full stop, and the line goes on or ends all the same."""
    reason = "The number is unknown or no longer in use."
    row = {"id": 1, "channel": "sms", "address": "+12125550101", "reason": reason}
    row |= {"lifted_at": None}
    failed = a_message(1, status="undelivered", reason=reason)
    silent = nothing(2, 0, reason)

    now = now_of([a_decision(1), silent], [failed], suppressions=[row])

    assert [] == [slip for slip in ("..", ".;", ".)", ". (") if slip in now]
    assert now.endswith("no longer in use.")
