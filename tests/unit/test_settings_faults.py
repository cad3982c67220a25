"""What is wrong with a setting is said in words for whoever wrote it."""

from __future__ import annotations

import pytest

from duebell.domain.failures import ConfigurationError
from duebell.settings import load_settings


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("port", "99999", "must be at most 65535, not `99999`; left out, it is 8484."),
        ("port", "eight", "must be a whole number, not `eight`; left out, it is 8484."),
        ("max_sends_per_run", "1.5", "must be a whole number, not `1.5`; left out, it is 500."),
        ("max_sends_per_hour", "0", "must be at least 1, not `0`; left out, it is 2000."),
        ("poll_seconds", "0", "must be more than 0, not `0`; left out, it is 300."),
        ("sms_per_second", "fast", "must be a number, not `fast`; left out, it is 10."),
        (
            "unknown_policy",
            "ask",
            "must be `resend` or `park`, not `ask`; left out, it is resend.",
        ),
        (
            "missed_rungs",
            "last",
            "must be `latest`, `all` or `none`, not `last`; left out, it is latest.",
        ),
        (
            "public_url",
            "firm.example",
            "must be an absolute URL that starts with http:// or https://.",
        ),
        (
            "safe_phone",
            "0100",
            "must be a number with + and its country code, like +12125550100.",
        ),
    ],
)
def test_a_wrong_setting_says_the_mend(name: str, value: str, sentence: str) -> None:
    """Each says what the value must be; none has a library's words."""
    with pytest.raises(ConfigurationError) as refusal:
        load_settings(_env_file=None, **{name: value})

    assert (f"DUEBELL_{name.upper()}: {sentence}",) == refusal.value.faults
