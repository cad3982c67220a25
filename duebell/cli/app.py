"""All commands under one name."""

from __future__ import annotations

import typer

import duebell
from duebell.cli import backfill, connect, database, notifications, processes, sandbox, webhooks

app = typer.Typer(
    name="duebell",
    help="Tells the right people, once, what happens in a firm's FreshBooks books.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
processes.register(app)
backfill.register(app)
app.add_typer(connect.app, name="connect")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(notifications.app, name="notifications")
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(database.app, name="db")


@app.command()
def version() -> None:
    """Say which version this is."""
    typer.echo(duebell.__version__)
