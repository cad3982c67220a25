"""``duebell backfill``: what makes no sense is refused before anything is started."""

from __future__ import annotations

import pytest

from tests.unit.cli.running import Run


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "give the period with --since and --until"),
        (("--since", "2026-01-01"), "give the period with --since and --until"),
        (("--since", "yesterday", "--until", "2026-01-01"), "use a day like 2026-11-14"),
        (("--since", "2026-02-01", "--until", "2026-01-01"), "is after --until"),
        (("--resume", "b1", "--since", "2026-01-01"), "give it alone"),
        (("--resume", "b1", "--dry-run"), "give it alone"),
    ],
)
def test_wrong_use_is_told(run: Run, arguments: tuple[str, ...], reason: str) -> None:
    """A period that is none, and a resume that asks for something else, end with exit code 2."""
    ended = run("backfill", *arguments)

    assert (2, "") == (ended.code, ended.out)
    words = ended.err.translate({ord(sign): " " for sign in "│╭╮╰╯─"})
    assert reason in " ".join(words.split())
