"""The settings of the ladder: its hours of the day, and missed rungs."""

from __future__ import annotations

from datetime import time

import pytest

from duebell.domain.failures import ConfigurationError
from duebell.domain.ladder import LadderHours, MissedRungs
from duebell.settings import load_settings, read_settings


def test_rungs_are_told_in_working_hours_and_the_latest_only() -> None:
    """Unless set, the ladder waits for nine, stops at eight and forgets what it missed."""
    settings = load_settings(_env_file=None)

    assert LadderHours(time(9), time(20)) == settings.ladder_window
    assert MissedRungs.LATEST is settings.missed_rungs


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("00:00-23:59", LadderHours(time(0), time(23, 59))),
        (" 08:30 - 17:45 ", LadderHours(time(8, 30), time(17, 45))),
        ("09:00:30-20:00", LadderHours(time(9, 0, 30), time(20))),
    ],
)
def test_hours_are_two_times_of_day(text: str, hours: LadderHours) -> None:
    """The hours are written as people write them."""
    assert hours == load_settings(_env_file=None, ladder_hours=text).ladder_window


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9",
        "9-20",
        "09:00",
        "20:00-09:00",
        "09:00-09:00",
        "09:00-25:00",
        "09:00Z-20:00Z",
        "09:00Z-20:00",
        "-",
        "a-b",
    ],
)
def test_hours_that_are_none_are_refused_at_the_start(text: str) -> None:
    """A wrong setting is told when settings are read, and not when the first rung is due."""
    with pytest.raises(ConfigurationError) as refused:
        load_settings(_env_file=None, ladder_hours=text)

    expected = "DUEBELL_LADDER_HOURS: must be two times of one day, like 09:00-20:00."
    assert (expected,) == refused.value.faults


@pytest.mark.parametrize("word", MissedRungs)
def test_missed_rungs_are_one_of_three_words(word: MissedRungs) -> None:
    """What becomes of missed rungs is set by its word."""
    assert word is load_settings(_env_file=None, missed_rungs=word.value).missed_rungs


def test_another_word_for_missed_rungs_is_refused() -> None:
    """A misspelt policy is never taken for the default."""
    with pytest.raises(ConfigurationError) as refused:
        load_settings(_env_file=None, missed_rungs="last")

    (fault,) = refused.value.faults
    assert fault.startswith("DUEBELL_MISSED_RUNGS: must be `latest`, `all` or `none`, not `last`;")


def test_the_environment_sets_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of the settings are those of the environment, and wrong ones are told together."""
    monkeypatch.setenv("DUEBELL_LADDER_HOURS", "9 to 5")
    monkeypatch.setenv("DUEBELL_MISSED_RUNGS", "some")

    settings, faults = read_settings()

    assert ["DUEBELL_LADDER_HOURS", "DUEBELL_MISSED_RUNGS"] == [
        fault.partition(":")[0] for fault in faults
    ]
    assert LadderHours(time(9), time(20)) == settings.ladder_window
