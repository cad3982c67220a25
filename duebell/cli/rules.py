"""``duebell rules``: the rulebook."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from duebell.domain.rules import Rule, Rulebook
    from duebell.rulebook.checking import CheckedRulebook
    from duebell.settings import Settings

app = typer.Typer(help="The rulebook: what is told to whom.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep ``check`` a command of its own; Typer merges a single one into its group."""


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="The file to check; without it the one in force.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Say everything that is wrong with a rulebook and the templates that it names."""
    from duebell.cli.failures import MISCONFIGURED
    from duebell.cli.output import write_json

    checked = _with_warning(_checked(file), file)
    if as_json:
        write_json(_as_json(checked))
        if checked.faults:
            raise typer.Exit(MISCONFIGURED)
        return
    _write_summary(checked, checked.whole())


def _checked(file: Path | None) -> CheckedRulebook:
    from duebell.rulebook.checking import CheckedRulebook, check_rulebook
    from duebell.rulebook.faults import Fault
    from duebell.settings import load_settings
    from duebell.wording.rendering import open_renderer

    if file is not None and not file.exists():
        fault = Fault(f"{file}: there is no such file; check the path.")
        return CheckedRulebook(file, faults=(fault,))
    settings = load_settings()
    renderer = open_renderer(settings.templates)
    checked = check_rulebook(file or settings.config, renderer, beside=settings.config)
    return _with_word_on_emails(checked, settings)


def _with_word_on_emails(checked: CheckedRulebook, settings: Settings) -> CheckedRulebook:
    """With a note where emails cannot be sent, as far as the settings tell.

    Prefect's blocks, which are not read here, may have what they lack: so it is no fault.
    """
    from dataclasses import replace

    from duebell.connection.emailing import block_of, lines_with_emails, unsendable_of
    from duebell.domain.rules import Channel
    from duebell.rulebook.notes import Note

    lines, mend = lines_with_emails(checked.rulebook), unsendable_of(settings).get(Channel.EMAIL)
    if not lines or mend is None:
        return checked
    which = "this rule sends" if len(lines) == 1 else f"this rule and {len(lines) - 1} more send"
    unless = f"unless it stands in Prefect's block {block_of(settings)}"
    note = Note(f"{which} emails; {mend}, {unless}", lines[0])
    return replace(checked, notes=tuple(sorted((*checked.notes, note), key=lambda one: one.line)))


def _with_warning(checked: CheckedRulebook, file: Path | None) -> CheckedRulebook:
    """With a note where the file is gone and a worker goes on with what stood in it."""
    from dataclasses import replace

    from duebell.cli.in_force import loaded_instead
    from duebell.rulebook.loading import DEFAULT_RULEBOOK
    from duebell.rulebook.notes import Note
    from duebell.settings import load_settings

    if file is not None or checked.file != DEFAULT_RULEBOOK:
        return checked
    loaded_at = loaded_instead(checked.rulebook.digest)
    if not loaded_at:
        return checked
    missing = f"{load_settings().config} does not exist, so the shipped rule would apply at a start"
    note = Note(
        f"{missing}; the worker goes on with the rulebook of {loaded_at}: put the file back"
    )
    return replace(checked, notes=(note, *checked.notes))


def _write_summary(checked: CheckedRulebook, rulebook: Rulebook) -> None:
    from duebell.cli.output import write_pairs
    from duebell.rulebook.loading import DEFAULT_RULEBOOK

    is_shipped = checked.file == DEFAULT_RULEBOOK
    shown = "The shipped rulebook (there is no file)" if is_shipped else str(checked.file)
    sys.stdout.write(f"{shown} is valid.\n")
    lists = (f"{name} ({len(members)})" for name, members in rulebook.lists.items())
    write_pairs(
        {
            "rules": str(len(rulebook.rules)),
            "events": ", ".join(dict.fromkeys(rule.on for rule in rulebook.rules)),
            "templates": ", ".join(dict.fromkeys(rule.template for rule in rulebook.rules)),
            "lists": ", ".join(lists),
            "overrides": _overrides(rulebook),
        }
    )
    for note in checked.notes:
        where = f"line {note.line}: " if note.line and not note.is_placed else ""
        end = "" if note.text.endswith("?") else "."
        sys.stdout.write(f"Note: {where}{note.text}{end}\n")


def _overrides(rulebook: Rulebook) -> str:
    counts = {"clients": len(rulebook.clients), "vendors": len(rulebook.vendors)}
    return ", ".join(f"{word} ({count})" for word, count in counts.items() if count)


def _as_json(checked: CheckedRulebook) -> dict[str, Any]:
    return {
        "file": str(checked.file),
        "ok": not checked.faults,
        "faults": [
            {"line": fault.line, "key": fault.key, "message": fault.text}
            for fault in checked.faults
        ],
        "notes": [{"line": note.line or None, "message": note.text} for note in checked.notes],
        "rules": [_rule_as_json(rule) for rule in checked.rulebook.rules],
    }


def _rule_as_json(rule: Rule) -> dict[str, Any]:
    from duebell.rulebook.conditions import stated

    return {
        "line": rule.line,
        "name": rule.name,
        "on": rule.on,
        "days": list(rule.days),
        "to": rule.audience,
        "channel": rule.channel,
        "fallback": rule.fallback,
        "template": rule.template,
        "when": stated(rule.when),
        "urgent": rule.urgent,
        "max_segments": rule.max_segments,
    }
