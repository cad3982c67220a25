"""Brakes and safe mode in the rulebook, and every fault that they may have."""

from __future__ import annotations

import pytest

from duebell.domain.rules import Brakes, Escalation, SafeMode
from tests.unit.rulebook_texts import book_of, faults_in_table, faults_of

_WHOLE = "must be a whole number, 1 or more, without quotes"


@pytest.mark.parametrize(("share", "expected"), [("1", 1.0), ("0.25", 0.25), ('"0.5"', 0.5)])
def test_brakes_are_read(share: str, expected: float) -> None:
    """Caps are whole numbers, and a share is a part of all clients."""
    text = f"[brakes]\nper_run = 50\nper_hour = 200\nshare_of_clients = {share}\n"

    assert Brakes(50, 200, expected) == book_of(text).brakes


_SHARE = "must be more than 0 and at most 1, such as `0.5` for a half"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("per_hur = 5", "unknown key `per_hur` in [brakes]; did you mean `per_hour`?"),
        ("per_run = 0", f"`per_run` in [brakes] {_WHOLE}"),
        ('per_hour = "5"', f"`per_hour` in [brakes] {_WHOLE}"),
        ("share_of_clients = 0", f"`share_of_clients` in [brakes] {_SHARE}"),
        ("share_of_clients = 1.01", f"`share_of_clients` in [brakes] {_SHARE}"),
        ("share_of_clients = -0.5", f"`share_of_clients` in [brakes] {_SHARE}"),
    ],
)
def test_what_is_wrong_with_brakes(line: str, fault: str) -> None:
    """A cap of nothing and a share of more than all are no brakes."""
    assert [fault] == faults_in_table(line, "brakes")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", Escalation(4.0, 5)),
        ("after_hours = 0.5", Escalation(0.5, 5)),
        ("failures = 1", Escalation(4.0, 1)),
        ("after_hours = 24\nfailures = 20", Escalation(24.0, 20)),
    ],
)
def test_escalation_is_read(lines: str, expected: Escalation) -> None:
    """Hours may be parts of one; what is not said is as usual."""
    assert expected == book_of(f"[escalation]\n{lines}\n").escalation


_HOURS = "must be more than 0 and at most 720 hours, such as `4` or `0.5`"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("after_hour = 5", "unknown key `after_hour` in [escalation]; did you mean `after_hours`?"),
        ("after_hours = 0", f"`after_hours` in [escalation] {_HOURS}"),
        ("after_hours = 1000", f"`after_hours` in [escalation] {_HOURS}"),
        ("failures = 0", f"`failures` in [escalation] {_WHOLE}"),
    ],
)
def test_what_is_wrong_with_escalation(line: str, fault: str) -> None:
    """No time at all and no failure at all are no escalation."""
    assert [fault] == faults_in_table(line, "escalation")


def test_safe_mode_is_read() -> None:
    """Everything goes to a number, an address, or both."""
    text = '[safe_mode]\nsms = "+12125550100"\nemail = "test@firm.example"\n'

    assert SafeMode("+12125550100", "test@firm.example") == book_of(text).safe_mode


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("phone = '+12125550100'", "unknown key `phone` in [safe_mode]; did you mean `sms`?"),
        (
            "sms = '2125550100'",
            (
                "`sms` in [safe_mode]: the number has no country code, and no country is known"
                " for it; write it like `+12125550100`"
            ),
        ),
        (
            "email = 'test@firm'",
            (
                "`email` in [safe_mode]: the address has an incomplete domain;"
                " write it like `dana@firm.example`"
            ),
        ),
    ],
)
def test_what_is_wrong_with_safe_mode(line: str, fault: str) -> None:
    """A test that would reach nobody is told before it seems to succeed."""
    assert [fault] == faults_in_table(line, "safe_mode")


def test_a_safe_mode_of_nobody() -> None:
    """Who writes the table means to be safe, and without an address nothing is."""
    (fault,) = faults_of("\n[safe_mode]\n")

    assert fault.startswith("2: [safe_mode] names nobody, so nothing is safe;")
