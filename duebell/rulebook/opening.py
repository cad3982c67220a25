"""Opening the rulebook of an installation: its file, with the templates that there are."""

from __future__ import annotations

from pathlib import Path

from duebell.domain.rules import Channel, Rulebook
from duebell.rulebook.loading import load_rulebook
from duebell.rulebook.rules import ALL_IS_SENT, Unsendable
from duebell.wording.rendering import Renderer


def open_rulebook(path: Path, renderer: Renderer, unsendable: Unsendable = ALL_IS_SENT) -> Rulebook:
    """The rules of this installation, in whose templates its renderer can speak.

    Raises:
        ConfigurationError: with one sentence for every fault of the file.
    """
    templates = {channel: renderer.template_names(channel) for channel in Channel}
    return load_rulebook(path, templates, unsendable)
