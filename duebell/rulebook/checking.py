"""The whole check of a rulebook: its file, and every template that a rule of it names, rendered.

``duebell rules check``, ``duebell check`` and ``duebell up`` ask the same here. No network, no
ledger, no Prefect.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import Channel, Rulebook
from duebell.rulebook.faults import Fault
from duebell.rulebook.fitting import proofread
from duebell.rulebook.loading import gather, read_text, rulebook_file
from duebell.rulebook.notes import Note, notes_on
from duebell.rulebook.rules import ALL_IS_SENT, Unsendable
from duebell.wording.rendering import Renderer

_NOTHING = Rulebook(())


@dataclass(frozen=True, slots=True)
class CheckedRulebook:
    """A rulebook with all that is wrong with it; with any fault it is not to be used."""

    file: Path
    rulebook: Rulebook = _NOTHING
    faults: tuple[Fault, ...] = ()
    notes: tuple[Note, ...] = ()

    def whole(self) -> Rulebook:
        """The rulebook.

        Raises:
            ConfigurationError: with every fault, if there is one.
        """
        if self.faults:
            raise ConfigurationError([fault.text for fault in self.faults])
        return self.rulebook


def check_rulebook(
    path: Path | None,
    renderer: Renderer,
    unsendable: Unsendable = ALL_IS_SENT,
    *,
    beside: Path | None = None,
) -> CheckedRulebook:
    """Look for everything that is wrong with a file, or with the shipped one if there is none.

    ``unsendable`` are the channels on which this installation sends nothing: rules that need them
    are faults. ``beside`` is the rulebook in force, whose templates are used whatever this file
    names.
    """
    file = rulebook_file(path)
    try:
        text = read_text(file)
    except ConfigurationError as error:
        return CheckedRulebook(file, faults=tuple(Fault(one) for one in error.faults))
    templates = {channel: renderer.template_names(channel) for channel in Channel}
    rulebook, faults = gather(text, str(file), templates, unsendable)
    of_templates, notes = proofread(rulebook, renderer, text, str(file))
    # Rules that are faulty are not there, and what only they use would seem to be used by nobody.
    if not faults.in_order:
        sendable = [one for one in Channel if one not in unsendable]
        notes = (*notes_on(rulebook, sendable), *notes, *_on_unused(rulebook, renderer, beside))
    return CheckedRulebook(file, rulebook, (*faults.in_order, *of_templates), notes)


def _on_unused(rulebook: Rulebook, renderer: Renderer, beside: Path | None) -> tuple[Note, ...]:
    books = [rulebook]
    with suppress(ConfigurationError):
        if beside is not None:
            text = read_text(rulebook_file(beside))
            books.append(gather(text, str(beside), None, ALL_IS_SENT)[0])
    used = {(rule.template, channel) for one in books for rule, channel in one.used_templates()}
    return tuple(Note(sentence) for sentence in renderer.unused(used))
