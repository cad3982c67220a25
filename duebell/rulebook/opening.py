"""Opening the rulebook of an installation: its file, with the templates that there are."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from duebell.domain.rules import Channel, Rulebook
from duebell.rulebook.loading import SENDABLE, load_rulebook
from duebell.wording.rendering import Renderer


def open_rulebook(
    path: Path, renderer: Renderer, channels: Collection[Channel] = SENDABLE
) -> Rulebook:
    """The rules of this installation, in whose templates its renderer can speak.

    Raises:
        ConfigurationError: with one sentence for every fault of the file.
    """
    templates = {channel: renderer.template_names(channel) for channel in Channel}
    return load_rulebook(path, templates, channels)
