"""Opening what a preview is made from: the rulebook, whatever it can send, and the templates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from duebell.domain.rules import Channel, Rulebook, SafeMode
from duebell.previewing.asking import (
    Asked,
    Chosen,
    PreviewRefused,
    check_event,
    check_language,
    check_sample,
    choose,
)
from duebell.rulebook.loading import load_rulebook
from duebell.settings import Settings
from duebell.wording.rendering import Renderer, open_renderer


@dataclass(frozen=True, slots=True)
class Choice:
    """The rules that a preview is about, and the templates in which they speak."""

    chosen: Chosen
    rulebook: Rulebook
    renderer: Renderer
    safe_mode: SafeMode


def open_choice(asked: Asked, settings: Settings, rulebook: Path | None = None) -> Choice:
    """Read the rulebook in force, or another one, and choose the rules that are asked for.

    Raises:
        ConfigurationError: if the rulebook has faults; that nobody is set to carry emails is none.
        PreviewRefused: if the question names something that is not there.
    """
    check_event(asked.event)
    if not asked.object_id:
        check_sample(asked)
    if rulebook is not None and not rulebook.is_file():
        raise PreviewRefused(f"there is no file {rulebook}")
    renderer = open_renderer(settings.templates)
    if asked.language:
        check_language(asked.language, renderer.languages)
    templates = {channel: renderer.template_names(channel) for channel in Channel}
    book = load_rulebook(rulebook or settings.config, templates)
    safe_mode = settings.safe_mode or book.safe_mode
    return Choice(choose(asked, book, templates), book, renderer, safe_mode)
