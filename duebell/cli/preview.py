"""``duebell preview``: what would be told to whom, and to whom not and why; nothing is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duebell.cli.failures import FAILED
from duebell.cli.processes import become
from duebell.cli.sandboxed import require_started

if TYPE_CHECKING:
    from duebell.previewing.asking import Asked
    from duebell.previewing.preview import Preview


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(preview)


def preview(
    context: typer.Context,
    event: Annotated[
        str, typer.Argument(metavar="EVENT", help="The event type, as `on` in a rule.")
    ],
    object_id: Annotated[
        str | None,
        typer.Argument(
            metavar="RECORD",
            help="A record by id, number, name or whose it is; made up without it.",
        ),
    ] = None,
    account: Annotated[
        str, typer.Option(metavar="ID", help="The FreshBooks account, where there are several.")
    ] = "",
    audience: Annotated[
        str,
        typer.Option("--audience", "--to", metavar="TO", help="Only this audience of the rules."),
    ] = "",
    rule: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only the N-th rule of the rulebook.")
    ] = None,
    language: Annotated[
        str, typer.Option(metavar="CODE", help="In this language, whatever people read.")
    ] = "",
    template: Annotated[
        str, typer.Option(metavar="NAME", help="Try this template instead of the rules.")
    ] = "",
    sample: Annotated[
        int, typer.Option(metavar="N", min=1, help="The N-th made-up case of the event.")
    ] = 1,
    rulebook: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="This rulebook instead of the one in force."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the page of an email to this file.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open emails in the browser.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON object.")] = False,
) -> None:
    """Show what would be told to whom, in which words, and to whom not and why. Sends nothing."""
    from duebell.previewing.asking import Asked

    asked = Asked(
        event=event,
        object_id=object_id or "",
        account_id=account,
        audience=audience,
        rule=rule,
        language=language,
        template=template,
        sample=sample,
    )
    if asked.object_id:
        _check(asked)
        require_started(context)
        _become_reader(asked, rulebook, html, open_=open_, as_json=as_json)
    from duebell.cli.preview_screen import write

    shown = _sampled(asked, rulebook)
    write(shown, html, open_=open_, as_json=as_json)
    if shown.is_broken:
        raise typer.Exit(FAILED)


def _check(asked: Asked) -> None:
    """Refuse nonsense before anything is opened for it."""
    from duebell.previewing.asking import PreviewRefused, check_event, check_record

    try:
        check_event(asked.event)
        check_record(asked)
    except PreviewRefused as refusal:
        raise typer.BadParameter(str(refusal)) from None


def _sampled(asked: Asked, rulebook: Path | None) -> Preview:
    from duebell.previewing.asking import PreviewRefused
    from duebell.previewing.choosing import open_choice
    from duebell.previewing.samples import preview_sample
    from duebell.previewing.wording import Outlet
    from duebell.settings import load_settings

    try:
        settings = load_settings()
        choice = open_choice(asked, settings, rulebook)
        outlet = Outlet(choice.renderer, choice.safe_mode, asked.language, settings.public_url)
        return preview_sample(choice.chosen, outlet, datetime.now(UTC))
    except PreviewRefused as refusal:
        raise typer.BadParameter(str(refusal)) from None


def _become_reader(
    asked: Asked, rulebook: Path | None, html: Path | None, *, open_: bool, as_json: bool
) -> None:
    """Read the real record: that needs the credentials, which are in Prefect's blocks."""
    texts = {
        "--account": asked.account_id,
        "--audience": asked.audience,
        "--rule": asked.rule,
        "--language": asked.language,
        "--template": asked.template,
        "--rulebook": rulebook,
        "--html": html,
    }
    arguments = [f"{name}={value}" for name, value in texts.items() if value]
    arguments += ["--open"] if open_ else []
    arguments += ["--json"] if as_json else []
    become("deployments.preview", [*arguments, "--", asked.event, asked.object_id])
