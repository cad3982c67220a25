"""Reading the rulebook that is to be tried: whole and right, or every fault of it."""

from __future__ import annotations

from pathlib import Path

from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import Rulebook
from duebell.rulebook.checking import check_rulebook
from duebell.wording.rendering import Renderer


def read_candidate(file: Path, renderer: Renderer) -> Rulebook:
    """The rulebook in a file, whatever channels can be sent on by now.

    Raises:
        ConfigurationError: with one sentence for every fault of the file, or of its templates.
    """
    if not file.is_file():
        # Elsewhere a missing file means the shipped rules; nobody who names one means these.
        raise ConfigurationError([f"{file}: there is no such file; check the path."])
    return check_rulebook(file, renderer).whole()
