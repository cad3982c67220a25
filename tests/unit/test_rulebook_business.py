"""What holds for every rule: ``[business]``, ``[brakes]`` and ``[safe_mode]``."""

from __future__ import annotations

from datetime import time

import pytest

from duebell.domain.rules import (
    BUSINESS_COUNTRY,
    Brakes,
    Budget,
    BusinessTerms,
    Channel,
    QuietHours,
    Reminders,
    SafeMode,
)
from tests.unit.rulebook_texts import book_of, faults_in_table, faults_of

BUSINESS = """
[business]
time_zone = "America/Toronto"
currency = "CAD"
country = "Canada"
quiet_hours = { from = "20:00", to = "09:00", days = ["sat", "sun"], channels = ["sms", "email"] }
holidays = "CA-ON"
budget = { day = 3, week = 8 }
freshbooks_reminders = "hold"
"""


def test_everything_is_read() -> None:
    """What the file says of the business is what the rulebook says."""
    assert (
        BusinessTerms(
            "America/Toronto",
            "CAD",
            "Canada",
            QuietHours(time(20), time(9), frozenset({5, 6}), frozenset(Channel)),
            "CA-ON",
            Budget(3, 8),
            Reminders.HOLD,
        )
        == book_of(BUSINESS).business
    )


@pytest.mark.parametrize("text", ["", "[business]\n", "[brakes]\n"])
def test_everything_may_be_left_out(text: str) -> None:
    """FreshBooks' own word and the settings count where the rulebook says nothing."""
    book = book_of(text)

    assert (BusinessTerms(), Brakes(), SafeMode()) == (book.business, book.brakes, book.safe_mode)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("holidays = true", BUSINESS_COUNTRY),
        ('country = "Canada"\nholidays = true', "CA"),
        ("holidays = false", ""),
        ('holidays = "DE"', "DE"),
    ],
)
def test_whose_holidays_are_quiet(lines: str, expected: str) -> None:
    """Holidays are those of a place, or of wherever the business is."""
    assert expected == book_of(f"[business]\n{lines}\n").business.holidays


def test_a_budget_may_have_one_window() -> None:
    """A day's cap says nothing of a week."""
    assert Budget(2, None) == book_of("[business]\nbudget = { day = 2 }\n").business.budget


_WHOLE = "must be a whole number, 1 or more, without quotes"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("timezone = 'UTC'", "unknown key `timezone` in [business]; did you mean `time_zone`?"),
        (
            "time_zone = 'America/Torronto'",
            (
                "`time_zone` in [business]: there is no time zone `America/Torronto`;"
                " did you mean `America/Toronto`?"
            ),
        ),
        (
            "time_zone = 'Toronto'",
            (
                "`time_zone` in [business]: there is no time zone `Toronto`;"
                " did you mean `America/Toronto`?"
            ),
        ),
        (
            "time_zone = 'America'",
            (
                "`time_zone` in [business]: there is no time zone `America`;"
                " write one like `America/Toronto`"
            ),
        ),
        (
            "time_zone = '../UTC'",
            (
                "`time_zone` in [business]: there is no time zone `../UTC`;"
                " write one like `America/Toronto`"
            ),
        ),
        (
            "currency = 'dollars'",
            (
                "`currency` in [business]: there is no currency `dollars`;"
                " write a code of three letters, such as `CAD`"
            ),
        ),
        (
            "country = 'Canadia'",
            "`country` in [business]: there is no country `Canadia`; did you mean `CA` (Canada)?",
        ),
        (
            "holidays = 'CA-XX'",
            (
                "`holidays` in [business]: the holidays of `CA-XX` are not known;"
                " write a country or a country and its part, such as `CA` or `CA-ON`"
            ),
        ),
        (
            "holidays = ['CA']",
            '`holidays` in [business]: it is one and no list; write `holidays = "CA"`',
        ),
        ("budget = { day = 0 }", f"`day` in `budget` {_WHOLE}"),
        ("budget = { week = -1 }", f"`week` in `budget` {_WHOLE}"),
        (
            "budget = { day = 9, week = 8 }",
            "`day` in `budget`: 9 is more than the 8 of a week; make it less",
        ),
        (
            "budget = {}",
            (
                "`budget` states nothing; write one like `budget = { day = 3, week = 8 }`,"
                " or take it out"
            ),
        ),
        (
            "budget = 3",
            (
                "`budget` in [business] must be a table;"
                " write it like `budget = { day = 3, week = 8 }`"
            ),
        ),
        (
            "freshbooks_reminders = 'hol'",
            "`freshbooks_reminders` in [business]: there is no choice `hol`; did you mean `hold`?",
        ),
        (
            "freshbooks_reminders = 'both'",
            (
                "`freshbooks_reminders` in [business]: there is no choice `both`;"
                " there are `ignore`, `warn`, `hold`"
            ),
        ),
    ],
)
def test_what_is_wrong_with_a_business(line: str, fault: str) -> None:
    """Each fault is told with its key and the mend."""
    assert [fault] == faults_in_table(line)


@pytest.mark.parametrize("name", ["business", "brakes", "safe_mode"])
def test_a_table_that_is_none(name: str) -> None:
    """What stands in the place of a table is told with the brackets it needs."""
    assert f"1: `{name}` must be a table; start it with `[{name}]`" in faults_of(f"{name} = 1\n")
