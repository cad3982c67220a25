"""All commands under one name."""

from __future__ import annotations

import os
from typing import Annotated

import typer

import duebell
from duebell.cli import (
    audit,
    backfill,
    brakes,
    channels,
    connect,
    database,
    erase,
    notifications,
    pausing,
    preview,
    processes,
    rules,
    sandbox,
    sandboxed,
    summary,
    suppressions,
    trying,
    webhooks,
    why,
)

app = typer.Typer(
    name="duebell",
    help="Tells the right people, once, what happens in a firm's FreshBooks books.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Rich would write bold letters all the same.
    rich_markup_mode=None if os.environ.get("NO_COLOR") else "rich",
    context_settings={"help_option_names": ["--help", "-h"]},
)
processes.register(app)
backfill.register(app)
preview.register(app)
why.register(app)
summary.register(app)
pausing.register(app)
erase.register(app)
app.add_typer(connect.app, name="connect")
trying.register(rules.app)
app.add_typer(rules.app, name="rules")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(notifications.app, name="notifications")
app.add_typer(suppressions.app, name="suppressions")
app.add_typer(brakes.app, name="brake")
app.add_typer(channels.app, name="channels")
app.add_typer(audit.app, name="audit")
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(database.app, name="db")


def _say_version(is_asked: bool) -> None:
    if is_asked:
        version()
        raise typer.Exit


@app.callback()
def _choose(
    context: typer.Context,
    sandbox: Annotated[
        bool,
        typer.Option("--sandbox", help="Use what `duebell up --sandbox` runs, and nothing real."),
    ] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Say which version this is."
        ),
    ] = False,
) -> None:
    """What comes before a command."""
    if sandbox and context.invoked_subcommand != "up":
        sandboxed.enter(context.invoked_subcommand)


@app.command()
def version() -> None:
    """Say which version this is."""
    typer.echo(duebell.__version__)
