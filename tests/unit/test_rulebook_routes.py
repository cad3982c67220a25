"""How a rule's message travels: channel, fallback, template, urgency and length."""

from __future__ import annotations

import pytest

from duebell.domain.events import EVENT_TYPES, URGENT_EVENTS
from duebell.domain.rules import Channel
from tests.unit.rulebook_texts import LISTS, a_rule, book_of, faults_of, rule_of

NUMBER, EMAIL = "+12125550100", "dana@firm.example"
TEMPLATES = {
    Channel.SMS: frozenset({"invoice_created", "note"}),
    Channel.EMAIL: frozenset({"invoice_created"}),
}


def test_a_rule_has_all_of_its_fields() -> None:
    """What the file says of the way is what the rule says, and where it stands."""
    rule = rule_of("\n" + a_rule("urgent = true\nmax_segments = 2", fallback="email"))

    assert (Channel.SMS, Channel.EMAIL) == rule.channels
    assert (True, 2, 2) == (rule.urgent, rule.max_segments, rule.line)


def test_what_a_rule_leaves_out() -> None:
    """Without further fields a rule has one channel, waits for quiet hours, and has no cap."""
    rule = rule_of(a_rule())

    assert (None, False, None) == (rule.fallback, rule.urgent, rule.max_segments)


@pytest.mark.parametrize("event", EVENT_TYPES)
def test_what_cannot_wait_is_urgent_unless_the_rule_says_so(event: str) -> None:
    """Duebell's own troubles are told at any hour, and a rule may say otherwise of each event."""
    usual = rule_of(a_rule(on=event, to=NUMBER))
    other = rule_of(a_rule(f"urgent = {str(not usual.urgent).lower()}", on=event, to=NUMBER))

    assert (event in URGENT_EVENTS) is usual.urgent
    assert other.urgent is not usual.urgent


@pytest.mark.parametrize(
    ("fields", "more", "fault"),
    [
        (
            {"channel": "emial"},
            "",
            "4: `channel`: there is no channel `emial`; did you mean `email`?",
        ),
        (
            {"channel": "fax"},
            "",
            "4: `channel`: there is no channel `fax`; there are `sms`, `email`",
        ),
        ({"fallback": "sms"}, "", "6: `fallback`: it is the same as `channel`; take it out"),
        ({}, "urgent = 1", "6: `urgent` must be `true` or `false`, without quotes"),
        (
            {},
            "max_segments = 0",
            "6: `max_segments` must be a whole number, 1 or more, without quotes",
        ),
        (
            {},
            "max_segments = 2.0",
            "6: `max_segments` must be a whole number, 1 or more, without quotes",
        ),
        (
            {"channel": "email"},
            "max_segments = 2",
            "6: `max_segments`: only texts have segments; take it out",
        ),
        ({"to": EMAIL}, "", "4: `channel`: an email address is told by `email` alone; write that"),
        (
            {"to": NUMBER, "channel": "email"},
            "",
            "4: `channel`: a number is told by `sms` alone; write that",
        ),
        (
            {"to": NUMBER, "fallback": "email"},
            "",
            "6: `fallback`: an address has one channel alone; take it out",
        ),
    ],
)
def test_a_way_that_there_is_not(fields: dict[str, str], more: str, fault: str) -> None:
    """Each wrong word about the way is one fault, on its line and with the mend."""
    assert [fault] == faults_of(a_rule(more, **fields))


def test_an_email_address_is_told_by_email() -> None:
    """An address of a person outside of all lists is an audience of emails."""
    rule = rule_of(a_rule(to=EMAIL, channel="email"))

    assert (EMAIL, (Channel.EMAIL,)) == (rule.to, rule.channels)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        (
            {"channel": "email"},
            "4: `channel`: this installation sends no emails; set THIS, or use `sms`",
        ),
        (
            {"fallback": "email"},
            "6: `fallback`: this installation sends no emails; set THIS, or take it out",
        ),
    ],
)
def test_a_channel_on_which_nothing_can_be_sent(fields: dict[str, str], fault: str) -> None:
    """A rule that nobody could carry out is refused with the mend, and read for a preview."""
    text = a_rule(**fields)

    assert [fault] == faults_of(text, unsendable={Channel.EMAIL: "set THIS"})
    assert 1 == len(book_of(text).rules)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        (
            {"template": "invoice_creatd"},
            "there is no template `invoice_creatd` for texts; did you mean `invoice_created`?",
        ),
        (
            {"template": "zzz"},
            "there is no template `zzz` for texts; there are `invoice_created`, `note`",
        ),
        (
            {"template": "note", "channel": "email"},
            "there is no template `note` for emails; there are `invoice_created`",
        ),
        (
            {"template": "zzz", "channel": "fax"},
            "there is no template `zzz` for any channel; there are `invoice_created`, `note`",
        ),
        (
            {"template": "note", "fallback": "email"},
            "there is no template `note` for emails; there are `invoice_created`",
        ),
    ],
)
def test_words_are_there_for_each_channel(fields: dict[str, str], fault: str) -> None:
    """A template is needed for the channel, and for the fallback as well."""
    faults = faults_of(a_rule(**fields), TEMPLATES)

    assert f"5: `template`: {fault}" == faults[-1]


def test_rules_may_differ_in_their_conditions() -> None:
    """The same fact for the same audience is no repetition where other records are meant."""
    few, many = 'when = { max_amount = "99.99" }', 'when = { min_amount = "100" }'

    assert 2 == len(book_of(a_rule(few) + a_rule(many)).rules)
    assert ["7: this [[rule]] repeats the one on line 1; take one of them out"] == faults_of(
        a_rule(few) + a_rule(few.replace("99.99", "99.990"), template="other")
    )


def test_a_rule_that_is_broken_hides_no_repetition() -> None:
    """Between two rules that repeat each other a broken one changes nothing."""
    text = a_rule() + a_rule("x = 1", to="list:approvers") + a_rule()

    unknown, repeated = faults_of(LISTS + text)

    assert "unknown key `x` in [[rule]]" in unknown
    assert "15: this [[rule]] repeats the one on line 3; take one of them out" == repeated
