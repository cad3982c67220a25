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
    "rule", [replace(RULE, channel=Channel.EMAIL), replace(RULE, fallback=Channel.EMAIL)]
)
def test_emails_are_nothing_unknown(rule: Rule) -> None:
    """What a rule says by email is compared as a text is, so there is nothing more to say of it."""
    by_text, by_email = (
        list(Gaps().sentences(Rulebook((RULE,)), Rulebook((one,)), MARCH)) for one in (RULE, rule)
    )

    assert by_text == by_email
