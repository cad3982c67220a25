"""The days of a ladder in the rulebook, and every fault that they may have."""

from __future__ import annotations

from pathlib import Path

import pytest

from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import Rule
from duebell.rulebook.loading import load_rulebook

OVERDUE = """
[[rule]]
on = "invoice.overdue"
days = [5, 10]
to = "client"
channel = "sms"
template = "overdue_notice"
"""
REMINDER = OVERDUE.replace("invoice.overdue", "invoice.due").replace("[5, 10]", "[-3]")


def rules_of(folder: Path, text: str) -> tuple[Rule, ...]:
    """The rules of a rulebook with this text."""
    file = folder / "duebell.toml"
    file.write_text(text, encoding="utf-8")
    return load_rulebook(file).rules


def faults_of(folder: Path, text: str) -> list[str]:
    """The faults of a rulebook with this text, with the file's name alone."""
    with pytest.raises(ConfigurationError) as refused:
        rules_of(folder, text)
    return [fault.replace(f"{folder}/", "") for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        (OVERDUE, (5, 10)),
        (OVERDUE.replace("[5, 10]", "[10, 1, 365]"), (1, 10, 365)),
        (OVERDUE.replace("days = [5, 10]\n", ""), (5, 10)),
        (REMINDER, (-3,)),
        (REMINDER.replace("[-3]", "[0, -365, -3]"), (-365, -3, 0)),
        (REMINDER.replace("days = [-3]\n", ""), (-3,)),
    ],
)
def test_rungs_are_read_in_order(tmp_path: Path, text: str, days: tuple[int, ...]) -> None:
    """The rungs come lowest first, and a ladder that names none has the usual ones."""
    (rule,) = rules_of(tmp_path, text)

    assert days == rule.days


def test_a_rung_is_part_of_a_rules_name(tmp_path: Path) -> None:
    """Two rules for one audience are told apart by their rungs."""
    (rule,) = rules_of(tmp_path, OVERDUE)

    assert "invoice.overdue [5, 10] → client → sms → overdue_notice" == rule.name


_NUMBERS = " must be a list of whole numbers, such as `days = [5, 10]`."
_AFTER = ": those of invoice.overdue are days after the due date, 1 to 365."


@pytest.mark.parametrize(
    ("days", "fault"),
    [
        ("7", _NUMBERS.replace("5, 10", "7")),
        ('"7"', _NUMBERS.replace("5, 10", "7")),
        ('"7, 14"', _NUMBERS.replace("5, 10", "7, 14")),
        ("[]", _NUMBERS),
        ('["7", "14 and 21"]', _NUMBERS.replace("5, 10", "7, 14, 21")),
        ("[5.0]", _NUMBERS),
        ("[true]", _NUMBERS),
        ("[5, 5]", ": the same day is named twice; write `days = [5]`."),
        ("[0]", _AFTER),
        ("[-3]", _AFTER),
        ("[5, 366]", f"{_AFTER[:-1]}; write `days = [5]`."),
        ("[-5, 5, 5]", f": the same day is named twice, and {_AFTER[2:-1]}; write `days = [5]`."),
    ],
)
def test_days_after_the_due_date_that_are_none(tmp_path: Path, days: str, fault: str) -> None:
    """Rungs of the overdue ladder are whole days after the due date, each once."""
    faults = faults_of(tmp_path, OVERDUE.replace("[5, 10]", days))

    assert [f"duebell.toml line 4: `days`{fault}"] == faults


@pytest.mark.parametrize(
    ("days", "fault"),
    [
        ("{}", " must be a list of whole numbers, such as `days = [-3]`."),
        ("[3]", ": those of invoice.due are days before the due date, -365 to 0."),
        ("[-366]", ": those of invoice.due are days before the due date, -365 to 0."),
    ],
)
def test_days_before_the_due_date_that_are_none(tmp_path: Path, days: str, fault: str) -> None:
    """Rungs of the reminders are whole days before the due date, or that day itself."""
    faults = faults_of(tmp_path, REMINDER.replace("[-3]", days))

    assert [f"duebell.toml line 4: `days`{fault}"] == faults


def test_only_ladders_have_days(tmp_path: Path) -> None:
    """Days on an event that happens when it happens are a misunderstanding."""
    faults = faults_of(tmp_path, OVERDUE.replace("invoice.overdue", "payment.create"))

    expected = "`days`: only `invoice.due`, `invoice.overdue` have days; take it out."
    assert [f"duebell.toml line 4: {expected}"] == faults


def test_a_misspelt_key_of_a_ladder_is_told(tmp_path: Path) -> None:
    """A ladder whose days are misspelt does not run on the usual ones."""
    faults = faults_of(tmp_path, OVERDUE.replace("days", "day"))

    assert ["duebell.toml line 4: unknown key `day` in [[rule]]; did you mean `days`?"] == faults


def test_one_audience_may_hear_other_words_on_another_rung(tmp_path: Path) -> None:
    """Two rules with rungs of their own are both right."""
    firm = OVERDUE.replace("[5, 10]", "[20]").replace("overdue_notice", "final_notice")

    rules = rules_of(tmp_path, OVERDUE + firm)

    assert [(5, 10), (20,)] == [rule.days for rule in rules]


def test_the_same_rung_twice(tmp_path: Path) -> None:
    """A rung that two rules tell the same audience is told with where to take it out."""
    again = OVERDUE.replace("[5, 10]", "[10, 20]").replace("overdue_notice", "final_notice")

    faults = faults_of(tmp_path, OVERDUE + again)

    assert [
        (
            "duebell.toml line 11: `days`: the rung 10 is told to `client` by the rule on line 4"
            " already; write `days = [20]` here."
        )
    ] == faults


def test_two_audiences_have_two_ladders(tmp_path: Path) -> None:
    """The same rung for another audience is no repetition."""
    staff = OVERDUE.replace('"client"', '"+12125550100"')

    rules = rules_of(tmp_path, OVERDUE + staff)

    assert ["client", "+12125550100"] == [rule.to for rule in rules]
