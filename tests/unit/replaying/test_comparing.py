"""Two outcomes of one fact are held against each other message by message."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from duebell.domain.circumstances import Contact
from duebell.domain.rules import Channel
from duebell.replaying.comparing import Change, Difference, differences
from duebell.replaying.messages import Message, Outcome, Silence, Words
from tests.unit.replaying.scenes import ACME, AT, DANA, FACT, RULE, a_message, told

LEE = Contact("list:approvers:Lee", "Lee", "+12125550104")
EMAIL_RULE = replace(RULE, channel=Channel.EMAIL)
ACME_BY_EMAIL = replace(ACME, address="ap@acme.example")
BY_EMAIL = a_message(ACME_BY_EMAIL, EMAIL_RULE, words=Words("Invoice INV-1", subject="New"))


def compared(before: Outcome, after: Outcome) -> list[Difference]:
    """The differences of a fact."""
    return list(differences(FACT, before, after, "INV-1", "Acme"))


@pytest.mark.parametrize(
    ("after", "changes"),
    [
        (a_message(), []),
        (a_message(words=Words("Hello", segments=1)), [(Change.WORDS,)]),
        (a_message(rule=replace(RULE, template="other")), [(Change.WORDS,)]),
        (a_message(rule=replace(RULE, urgent=True)), []),
        (a_message(leaves_at=AT + timedelta(hours=1)), [(Change.TIME,)]),
        (a_message(replace(ACME, address="+12125550103")), [(Change.ADDRESS,)]),
        (BY_EMAIL, [(Change.CHANNEL,)]),
        (a_message(replace(ACME, key="list:all:Acme")), []),
        (a_message(DANA), [(Change.LESS,), (Change.MORE,)]),
        (
            replace(BY_EMAIL, leaves_at=AT + timedelta(hours=1)),
            [(Change.CHANNEL, Change.TIME)],
        ),
        (
            a_message(leaves_at=AT + timedelta(hours=1), words=Words("Hello", segments=1)),
            [(Change.TIME, Change.WORDS)],
        ),
    ],
)
def test_what_changes_for_a_person(after: Message, changes: list[tuple[Change, ...]]) -> None:
    """A person is known by key or address, and is told what changes in which respect."""
    found = compared(told(a_message()), told(after))

    assert changes == [one.changes for one in found]


def test_who_has_two_messages_keeps_the_one_that_stays() -> None:
    """Of a text and an email the text stays where it is, so the email is the one that is gone."""
    (one,) = compared(told(BY_EMAIL, a_message()), told(a_message()))

    assert ((Change.LESS,), BY_EMAIL) == (one.changes, one.before)


@pytest.mark.parametrize(
    ("silences", "reason"),
    [
        ([Silence("somebody else's", audience="vendor"), Silence("its own", RULE)], "its own"),
        ([Silence("too long", EMAIL_RULE, "client", ACME.key)], "too long"),
        ([Silence("no mobile", replace(RULE, template="other"), "client")], "no mobile"),
        ([Silence("silenced", replace(RULE, template="other"))], "silenced"),
        (
            [Silence("theirs", replace(RULE, to="vendor"), "vendor")],
            "no rule tells client of invoice.create",
        ),
        ([], "no rule tells client of invoice.create"),
    ],
)
def test_why_a_message_is_missing(silences: list[Silence], reason: str) -> None:
    """The reason is the nearest one: the person's, the rule's, the audience's, or that none is."""
    (one,) = compared(told(a_message()), Outcome(silences=tuple(silences)))

    assert ((Change.LESS,), reason) == (one.changes, one.reason)


def test_who_is_not_on_the_list_hears_nothing() -> None:
    """A rule tells the list already, so the reason is that this person is not on it."""
    to_list = replace(RULE, to="list:approvers")
    lee = a_message(LEE, to_list)
    without_lee = Outcome((a_message(DANA, to_list),), (), {"list:approvers": {DANA.key}})

    (one,) = compared(without_lee, told(a_message(DANA, to_list), lee))

    assert ((Change.MORE,), "Lee is not on list:approvers") == (one.changes, one.reason)


def test_somebody_elses_fault_is_not_this_persons() -> None:
    """That a member has no number is not why somebody who is not on the list hears nothing."""
    to_list = replace(RULE, to="list:approvers")
    other = Silence("Dana (person 1 in list:approvers) has no number", to_list, "list:approvers")

    (one,) = compared(Outcome(silences=(other,)), told(a_message(LEE, to_list)))

    assert "Lee is not on list:approvers" == one.reason


def test_a_list_that_no_rule_tells_is_no_question_of_members() -> None:
    """Where the other rulebook tells the list nothing of this, that is the reason."""
    lee = a_message(LEE, replace(RULE, to="list:approvers"))

    (one,) = compared(Outcome(lists={"list:approvers": {DANA.key}}), told(lee))

    assert "no rule tells list:approvers of invoice.create" == one.reason


def test_a_rung_is_named_in_the_reason() -> None:
    """Where no rule tells a rung, the reason says which one."""
    occurrence = replace(FACT.occurrence, event_type="invoice.overdue", occurrence="+5@2026-02-25")
    rung = replace(FACT, occurrence=occurrence)

    (one,) = differences(rung, told(a_message()), Outcome())

    assert "no rule tells client of invoice.overdue at +5 days" == one.reason
