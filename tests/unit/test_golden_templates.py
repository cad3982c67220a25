"""Every shipped template in every language says what its golden file says."""

from __future__ import annotations

import pytest

from tests.golden import GOLDEN, Shipped, every_template, golden_files
from tests.unit.shipped_texts import EVENTS

REMAKE = "if the change is meant, `python -m tests.golden` and read the diff"


@pytest.mark.parametrize("one", every_template(), ids=str)
def test_the_words_are_those_of_the_golden_file(one: Shipped) -> None:
    """No word, no segment and no style of a shipped message changes without somebody seeing it."""
    for path, words in golden_files(one).items():
        known = path.read_text(encoding="utf-8") if path.exists() else ""

        assert known == words, f"{path.relative_to(GOLDEN)} differs; {REMAKE}"


def test_no_golden_file_is_left_over() -> None:
    """A template or language that is gone takes its golden file with it."""
    wanted = {path for one in every_template() for path in golden_files(one)}

    left = sorted(path.name for path in set(GOLDEN.rglob("*.*")) - wanted)

    assert [] == left, REMAKE


def test_every_template_is_there_as_text_and_as_email() -> None:
    """A rule may fall back from one channel to the other with every shipped template."""
    languages = {(one.channel, one.name, one.language) for one in every_template()}
    channels = {channel for channel, _, _ in languages}

    assert {(name, language) for name in EVENTS for language in ("en", "fr", "de", "es")} == {
        (name, language) for _, name, language in languages
    }
    assert len(languages) == len(channels) * len(EVENTS) * 4
