"""``duebell rules try``: what makes no sense is refused before anything is started."""

from __future__ import annotations

import pytest

from tests.unit.cli.running import Run

SINCE = ("--since", "2026-11-01")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("new.toml",), "Missing option '--since'"),
        (SINCE, "Missing argument 'NEW.toml'"),
        (("new.toml", "--since", "yesterday"), "use a day like 2026-11-14"),
        (("new.toml", *SINCE, "--until", "2026-10-01"), "is after --until"),
        (("new.toml", *SINCE, "--price-per-segment", "cheap"), "use a price like 0.0083"),
        (("new.toml", *SINCE, "--price-per-segment", "-1"), "use a price like 0.0083"),
        (("new.toml", *SINCE, "--price-per-segment", "inf"), "use a price like 0.0083"),
        (("new.toml", *SINCE, "--currency", "dollars"), "use a currency code like USD"),
    ],
)
def test_wrong_use_is_told(run: Run, arguments: tuple[str, ...], reason: str) -> None:
    """A period, a price or a currency that is none ends with exit code 2."""
    ended = run("rules", "try", *arguments)

    assert (2, "") == (ended.code, ended.out)
    words = ended.err.translate({ord(sign): " " for sign in "│╭╮╰╯─"})
    assert reason in " ".join(words.split())
