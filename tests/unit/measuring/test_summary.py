"""The summary of a day says of every message what became of it, and hides who is behind it."""

from __future__ import annotations

from datetime import date

import pytest

from duebell.domain.delivery import NotificationStatus
from duebell.measuring.runs import Fate, answers_in_words, in_words
from duebell.measuring.runs import in_a_line as in_a_run
from duebell.measuring.summary import (
    COLUMNS,
    AccountDay,
    Hand,
    RuleDay,
    Summary,
    Tally,
    Try,
    added_up,
    as_json,
    in_a_line,
    markdown,
    table,
    words_of,
    words_of_try,
)

DAY = date(2026, 11, 13)
RULES = (
    RuleDay("invoice.create → client → sms", sent=3, delivered=2, failed=1),
    RuleDay("payment.create → client → email", sent=1, delivered=1, held=4),
)
FIRM = AccountDay("Harbor Lane | Accounting", DAY, RULES)
HAND = Hand("INV-1: sms to +1•••••0101: <b>out of reach</b>", "duebell notifications show n1")
SUMMARY = Summary((FIRM,), (HAND,))


def a_tally(status: str, *, held: bool = False, rule: str = "a", count: int = 1) -> Tally:
    """Messages in a state."""
    return Tally(rule, status, False, held, count)


def a_try(status: str, outcome: str, *, taken: bool, last: bool) -> Try:
    """A call; what the provider has is from the last."""
    return Try(status, outcome, taken, last, last)


@pytest.mark.parametrize("status", list(NotificationStatus))
@pytest.mark.parametrize("held", [False, True])
def test_every_message_counts_somewhere(status: NotificationStatus, held: bool) -> None:
    """Whatever state a message is in, it stands in a column of the summary."""
    words = words_of(a_tally(status, held=held))

    assert words
    assert set(words) <= set(COLUMNS)


@pytest.mark.parametrize(
    ("status", "held", "words"),
    [
        ("delivered", False, ("sent", "delivered")),
        ("undelivered", False, ("sent", "failed")),
        ("unconfirmed", False, ("sent",)),
        ("rejected", False, ("failed",)),
        ("outcome_unknown", False, ("unknown",)),
        ("suppressed", False, ("suppressed",)),
        ("abandoned", False, ("suppressed",)),
        ("planned", True, ("held",)),
        ("planned", False, ("waiting",)),
        ("sending", False, ("waiting",)),
    ],
)
def test_a_state_has_its_columns(status: str, held: bool, words: tuple[str, ...]) -> None:
    """Sent is what a provider took; what it then could not deliver counts as failed as well."""
    assert words == words_of(a_tally(status, held=held))


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (a_try("delivered", "accepted", taken=True, last=True), ("sent", "delivered")),
        (a_try("undelivered", "accepted", taken=True, last=True), ("sent", "failed")),
        (a_try("accepted", "unknown", taken=True, last=True), ("sent",)),
        (a_try("sending", "", taken=False, last=True), ("waiting",)),
        (a_try("outcome_unknown", "unknown", taken=False, last=True), ("unknown",)),
        (a_try("rejected", "rejected", taken=False, last=True), ("failed",)),
        # It failed, was to be sent again, and was not wanted any more; or somebody left it at that.
        (a_try("suppressed", "accepted", taken=True, last=True), ("sent", "failed")),
        (a_try("rejected", "accepted", taken=True, last=True), ("sent", "failed")),
        (a_try("abandoned", "accepted", taken=True, last=True), ("sent", "failed")),
        (a_try("abandoned", "unknown", taken=False, last=True), ("unknown",)),
        # It was sent again on another day, and what came of that belongs there.
        (a_try("delivered", "accepted", taken=True, last=False), ("sent", "failed")),
        (a_try("delivered", "rejected", taken=False, last=False), ("failed",)),
        # Its second try is under way, or in doubt.
        (Try("sending", "accepted", True, False, True), ("sent", "failed")),
        (Try("outcome_unknown", "accepted", True, False, True), ("sent", "failed")),
        # It was taken for lost and tried again, and arrived by the first try after all.
        (Try("delivered", "unknown", True, False, True), ("sent", "delivered")),
    ],
)
def test_a_try_counts_by_what_came_of_it(one: Try, words: tuple[str, ...]) -> None:
    """What became of a message later takes nothing back of the day on which it was tried."""
    assert words == words_of_try(one)


def test_a_rule_is_added_up() -> None:
    """All states of a rule make one row, and rules stand in the order of their names."""
    counted = [("b", ("sent", "delivered"), 2), ("b", ("sent", "failed"), 1), ("a", ("held",), 1)]

    found = added_up(counted)

    assert (RuleDay("a", held=1), RuleDay("b", sent=3, delivered=2, failed=1)) == found


def test_the_summary_is_markdown_with_a_total() -> None:
    """The artifact names the firm and the day, each rule and the sum, and what to type."""
    lines = markdown(SUMMARY).splitlines()

    assert "## Harbor Lane \\| Accounting: Friday, 13 November 2026" == lines[0]
    assert "| rule | sent | delivered | failed | held |" in lines
    assert "| invoice.create → client → sms | 3 | 2 | 1 | 0 |" in lines
    assert "| all | 4 | 3 | 1 | 4 |" in lines
    assert any(line.endswith("→ `duebell notifications show n1`") for line in lines)


def test_what_others_wrote_is_no_markup() -> None:
    """A name or reason from outside makes no column, tag or link of its own."""
    hostile = Hand("[click](http://x.example) | <script>\n# Heading")

    (line,) = [line for line in markdown(Summary((), (hostile,))).splitlines() if "click" in line]

    assert "- \\[click](http://x.example) \\| &lt;script> # Heading" == line


def test_nothing_is_said_plainly() -> None:
    """A quiet day says that no message belongs to it and that nothing needs a hand."""
    quiet = Summary((AccountDay("Firm", DAY, ()),), ())

    text = markdown(quiet)

    assert "No message belongs to this day." in text
    assert "### What needs a hand now\n\nNothing." in text
    assert "no message; nothing needs a hand" == in_a_line(quiet)


def test_a_line_tells_the_whole_day() -> None:
    """The run's state sums all firms up."""
    other = AccountDay("Other", DAY, (RuleDay("c", sent=1, failed=1),))

    line = in_a_line(Summary((FIRM, other), (HAND, HAND)))

    assert "5 sent, 3 delivered, 2 failed, 4 held; 2 things need a hand" == line


def test_several_firms_stand_apart() -> None:
    """With several firms each row of the table names its firm; with one it does not."""
    both = Summary((FIRM, AccountDay("Other", DAY, (RuleDay("c"),))), ())

    assert ["Harbor Lane | Accounting"] * 2 + ["Other"] == [row["firm"] for row in table(both)]
    assert "firm" not in table(SUMMARY)[0]


def test_programs_get_all_of_it() -> None:
    """The JSON has accounts with their rules, and what needs a hand with its command."""
    found = as_json(SUMMARY)

    assert {"accounts", "needs_a_hand"} == set(found)
    assert [{"what": HAND.what, "command": HAND.command}] == found["needs_a_hand"]


@pytest.mark.parametrize(
    ("statuses", "signals", "line"),
    [
        (["accepted", "delivered", "rejected"], {"planned": 3}, "2 sent, 1 failed"),
        (["rejected"], {"planned": 1, "skipped": 2}, "1 failed; signals: 2 skipped"),
        (["planned"], {"put off": 1}, "1 waiting"),
        ([], {"skipped": 1, "put off": 1}, "1 put off, 1 skipped"),
    ],
)
def test_the_state_of_a_run_tells_what_became_of_messages(
    statuses: list[str], signals: dict[str, int], line: str
) -> None:
    """A refused message is failed and not planned; signals without one keep their own words."""
    fates = [Fate(a_tally(status), "") for status in statuses]

    assert line == in_a_run(fates, signals)


def test_a_run_says_how_many_and_why_not() -> None:
    """A run's few words count what was sent and delivered, and name the reasons for the rest."""
    fates = [
        Fate(a_tally("delivered"), ""),
        Fate(a_tally("accepted"), ""),
        Fate(a_tally("undelivered"), "the phone is off"),
        Fate(a_tally("undelivered"), "the phone is off"),
        Fate(a_tally("planned", held=True), "quiet hours"),
    ]

    lines = in_words(fates).splitlines()

    assert "**4 sent**, **1 delivered**, **2 failed**, **1 held**." == lines[0]
    assert ["- 2 failed: the phone is off", "- 1 held: quiet hours"] == lines[1:]


def test_a_run_does_not_list_every_reason() -> None:
    """Of many reasons the rare ones are summed up."""
    fates = [Fate(a_tally("rejected"), f"reason {number}") for number in range(8)]

    lines = in_words(fates).splitlines()

    assert "- 3 more, for other reasons" == lines[-1]
    assert 7 == len(lines)


def test_answers_are_a_table() -> None:
    """What became of messages that were asked about stands by status."""
    found = answers_in_words({"delivered": 2, "accepted": 1})

    assert ["| accepted | 1 |", "| delivered | 2 |"] == found.splitlines()[2:]
