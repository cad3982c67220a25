"""What is right in a rulebook and maybe not meant."""

from __future__ import annotations

import pytest

from duebell.rulebook.notes import notes_on
from tests.unit.rulebook_texts import LISTS, a_rule, book_of

QUIET = '[business]\nquiet_hours = { from = "20:00", to = "09:00" }\n'
HOLD = f'{QUIET}freshbooks_reminders = "hold"\n'
ON_LOSS = a_rule(on="connection.lost", to="+12125550100", template="connection_lost")

NIGHT = (0, "no quiet hours are set, so clients and vendors may be told at night")
LOSS = (0, "no rule is on connection.lost, so nobody would be texted if it were lost")
REMINDED = (
    0,
    (
        "clients whom FreshBooks itself reminds are told twice;"
        ' `freshbooks_reminders = "hold"` in [business] leaves them to FreshBooks'
    ),
)


def notes_in(text: str) -> list[tuple[int, str]]:
    """The notes on a rulebook, with their lines."""
    return [(note.line, note.text) for note in notes_on(book_of(text))]


def notes_besides(text: str) -> list[tuple[int, str]]:
    """The notes on a rulebook that is well in all other respects."""
    return notes_in(HOLD + text + ON_LOSS)


def test_a_rulebook_without_a_note() -> None:
    """A firm that has thought of everything hears nothing."""
    rules = a_rule() + a_rule(on="bill.create", to="list:approvers", template="bill_approval")

    assert [] == notes_besides(LISTS + rules)


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("", [(0, "there is no rule, so nothing is told to anybody")]),
        (a_rule(), [NIGHT, LOSS]),
        (a_rule(to="+12125550100"), [LOSS]),
        (a_rule("urgent = true"), [LOSS]),
        (QUIET + a_rule(), [LOSS]),
        (a_rule() + ON_LOSS, [NIGHT]),
        (QUIET + a_rule(on="invoice.due") + ON_LOSS, [REMINDED]),
        (QUIET + a_rule(on="invoice.overdue", to="client.contacts") + ON_LOSS, [REMINDED]),
        (QUIET + a_rule(on="invoice.overdue", to="+12125550100") + ON_LOSS, []),
        (HOLD + a_rule(on="invoice.overdue") + ON_LOSS, []),
    ],
)
def test_what_is_missing(text: str, notes: list[tuple[int, str]]) -> None:
    """Quiet hours, somebody to tell of a loss, and FreshBooks' own reminders."""
    assert notes == notes_in(text)


def test_safe_mode_is_noticed() -> None:
    """Who has forgotten that nothing goes out is told where the rules are looked at."""
    notes = notes_besides('[safe_mode]\nsms = "+12125550100"\n')

    assert [(0, "safe mode is on: everything goes to the addresses in [safe_mode]")] == notes


def test_a_list_that_nobody_names() -> None:
    """A list is named by a rule or by an override, or it is not needed."""
    note = (0, "the list `approvers` is named by nobody")

    assert [note] == notes_besides(LISTS + a_rule())
    assert [] == notes_besides(f'{LISTS}[client.1]\nalso = "list:approvers"\n' + a_rule())


PEOPLE = """[lists]
staff = [
    { name = "Dana", sms = "+12125550101" },
    { email = "lee@firm.example" },
]
"""


@pytest.mark.parametrize(
    ("channel", "fallback", "unreached", "other"),
    [
        ("sms", None, ["person 2"], "email"),
        ("email", None, ["Dana"], "sms"),
        ("sms", "email", [], ""),
    ],
)
def test_people_whom_a_channel_cannot_reach(
    channel: str, fallback: str | None, unreached: list[str], other: str
) -> None:
    """Others on the list are reached, so it is no fault; it is told with both mends."""
    fields = {"fallback": fallback} if fallback else {}

    notes = notes_besides(PEOPLE + a_rule(to="list:staff", channel=channel, **fields))

    assert [
        (
            9,
            (
                f"{who} in the list `staff` has nothing for `{channel}`; add `{channel}` to them,"
                f' or write `fallback = "{other}"` in the rule'
            ),
        )
        for who in unreached
    ] == notes


def test_an_address_that_no_rule_tells() -> None:
    """An override adds an email address, and all rules are for texts."""
    notes = notes_besides('[client.1]\nalso = "dana@firm.example"\n' + a_rule())

    assert [(0, "no rule is on `email`, so d•••••@firm.example is never told")] == notes


def test_a_ladder_on_two_channels() -> None:
    """One reminder by text and the same by email is more than most clients want."""
    text, email = (a_rule(on="invoice.overdue", channel=one) for one in ("sms", "email"))
    later = a_rule("days = [20]", on="invoice.overdue", channel="email")

    reason = "the client is told of the rung {} of invoice.overdue by sms and by email (see line 4)"
    assert [(10, reason.format(day)) for day in (5, 10)] == notes_besides(text + email)
    assert [] == notes_besides(text + later)


SILENCED = '[client.1]\nsilence = true\ntags = "vip"\n[client."A/2"]\nsilence = "invoice.create"\n'


@pytest.mark.parametrize(
    ("when", "more", "reason"),
    [
        ('client = "1"', "", "everybody in `when` is silenced for invoice.create"),
        ('client = ["1", "2"]', "", None),
        ('client = ["1", "3"]', "", None),
        ('client = "1"', '[client."B/1"]\ntags = "vip"\n', None),
        ('tag = "vip"', "", "everybody with the tag `vip` is silenced for invoice.create"),
        ('tag = "vip"', '[client.4]\ntags = "vip"\n', None),
        ('tag = "slow"', "", "nobody has the tag `slow`"),
    ],
)
def test_a_rule_that_never_fires(when: str, more: str, reason: str | None) -> None:
    """All for whom a rule is are silenced, or nobody is meant by its tag."""
    notes = notes_besides(a_rule(f"when = {{ {when} }}") + SILENCED + more)

    expected = [] if reason is None else [(4, f"{reason}, so this rule never fires")]
    assert expected == notes


def test_a_misspelt_tag() -> None:
    """A tag near to one that somebody has is told with it."""
    notes = notes_besides(a_rule('when = { tag = "viip" }') + '[client.4]\ntags = "vip"\n')

    assert [
        (4, "nobody has the tag `viip`, so this rule never fires; did you mean `vip`?")
    ] == notes


def test_tags_of_vendors_are_no_tags_of_clients() -> None:
    """A rule about bills looks at the tags of vendors alone."""
    vendors = '[vendor.4]\ntags = "vip"\n'
    when = 'when = { tag = "vip" }'
    bill = a_rule(when, on="bill.create", to="vendor")

    assert [] == notes_besides(bill + vendors)
    assert 1 == len(notes_besides(a_rule(when) + vendors))


@pytest.mark.parametrize(
    ("zone", "city"),
    [("EST", "America/New_York"), ("Etc/GMT+5", "America/Toronto"), ("America/Toronto", "")],
)
def test_a_clock_that_stands_still_is_noted(zone: str, city: str) -> None:
    """A zone that is only a distance from Greenwich is an hour wrong for half of the year."""
    notes = notes_on(book_of(f'[business]\ntime_zone = "{zone}"\n{a_rule()}'))

    found = [note.text for note in notes if "summer time" in note.text]
    assert ([] if not city else [f"that of a city does, such as `{city}`"]) == [
        text.partition("; ")[2] for text in found
    ]
