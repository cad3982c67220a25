"""Quiet hours in the rulebook, and every fault that they may have."""

from __future__ import annotations

from datetime import time

import pytest

from duebell.domain.rules import Channel, QuietHours
from tests.unit.rulebook_texts import book_of, faults_in_table


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{ from = "20:00", to = "09:00" }', QuietHours(time(20), time(9))),
        ('{ from = "20:30" }', QuietHours(time(20, 30))),
        ('{ to = "09:00" }', QuietHours(end=time(9))),
        ('{ days = "sun" }', QuietHours(days=frozenset({6}))),
        (
            '{ days = ["mon"], channels = "email" }',
            QuietHours(days=frozenset({0}), channels=frozenset({Channel.EMAIL})),
        ),
    ],
)
def test_quiet_hours_may_be_partial(value: str, expected: QuietHours) -> None:
    """Hours without days, days without hours, and hours that begin or end at midnight."""
    assert expected == book_of(f"[business]\nquiet_hours = {value}\n").business.quiet


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (
            "{ frm = '20:00', to = '09:00' }",
            "unknown key `frm` in `quiet_hours`; did you mean `from`?",
        ),
        (
            "{ from = '8pm', to = '09:00' }",
            ("`from` in `quiet_hours`: `8pm` is no time of day; write it like `09:00` or `20:30`"),
        ),
        (
            "{ from = '9:00', to = '12:00' }",
            ("`from` in `quiet_hours`: `9:00` is no time of day; write it like `09:00` or `20:30`"),
        ),
        (
            "{ from = '20:00', to = '24:00' }",
            "`to` in `quiet_hours`: the day ends at `00:00`; write that",
        ),
        (
            "{ from = 20:00:00, to = '09:00' }",
            '`from` in `quiet_hours` must be text; write it like `from = "20:00"`',
        ),
        (
            "{ from = '09:00', to = '09:00' }",
            (
                "`from` in `quiet_hours`: no time lies between `from` and `to`;"
                " a day begins and ends at `00:00`"
            ),
        ),
        (
            "{ to = '00:00' }",
            (
                "`to` in `quiet_hours`: no time lies between `from` and `to`;"
                " a day begins and ends at `00:00`"
            ),
        ),
        (
            "{ days = ['saturday'] }",
            "`days` in `quiet_hours`: there is no day `saturday`; did you mean `sat`?",
        ),
        (
            "{ days = ['weekend'] }",
            (
                "`days` in `quiet_hours`: there is no day `weekend`;"
                " there are `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`"
            ),
        ),
        (
            "{ days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] }",
            (
                "`days` in `quiet_hours`: no minute of the week is left to tell anybody;"
                " leave a day out"
            ),
        ),
        (
            "{ days = ['sun'], channels = ['sms', 'mail'] }",
            "`channels` in `quiet_hours`: there is no channel `mail`; did you mean `email`?",
        ),
        (
            "{ channels = ['sms'] }",
            (
                "`quiet_hours` name no hours and no days; write them like `quiet_hours ="
                ' { from = "20:00", to = "09:00", days = ["sat", "sun"] }`, or take it out'
            ),
        ),
    ],
)
def test_what_is_wrong_with_quiet_hours(value: str, fault: str) -> None:
    """Hours and days that are none, or that would silence everything, are told with the mend."""
    assert [fault] == faults_in_table(f"quiet_hours = {value}")
