"""What a comparison does not know is said in sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from duebell.domain.rules import Channel, Rule, Rulebook
from duebell.replaying.gaps import Gaps
from duebell.replaying.period import Period
from tests.unit.replaying.scenes import RULE

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("rule", "is_said"),
    [
        (RULE, False),
        (replace(RULE, channel=Channel.EMAIL), True),
        (replace(RULE, fallback=Channel.EMAIL), True),
    ],
)
def test_emails_are_not_sent_yet(rule: Rule, is_said: bool) -> None:
    """Where the new rulebook has a rule for emails, it is said that nobody would get them."""
    notes = list(Gaps().sentences(Rulebook((RULE,)), Rulebook((rule,)), MARCH))

    assert is_said == any("this version sends none yet" in note for note in notes)
