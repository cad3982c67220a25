"""``duebell webhooks``: our subscriptions at FreshBooks."""

from __future__ import annotations

from typing import Annotated

import typer

from duebell.cli.failures import FAILED, WRONG_USE
from duebell.cli.processes import become

app = typer.Typer(help="Our webhooks at FreshBooks.", no_args_is_help=True)

_MODULE = "deployments.webhooks"

JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON.")]


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the webhooks that FreshBooks has, whose they are, and those that it lacks."""
    become(_MODULE, ["list", *_json(as_json)])


@app.command()
def sync(as_json: JsonOption = False) -> None:
    """Make what is missing, verify it, and delete our own webhooks that nothing needs any more."""
    become(_MODULE, ["sync", *_json(as_json)])


@app.command()
def remove(
    stale: Annotated[
        bool, typer.Option("--stale", help="Only those of ours that nothing needs any more.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete our webhooks at FreshBooks; those of other applications stay."""
    if not yes:
        _ask(stale)
    become(_MODULE, ["remove", *(["--stale"] if stale else []), *_json(as_json)])


def _ask(stale: bool) -> None:
    """Ask at a terminal; elsewhere nobody could answer."""
    import sys

    if not sys.stdin.isatty():
        typer.echo("Nobody is here to be asked: add --yes to delete the webhooks.", err=True)
        raise typer.Exit(WRONG_USE)
    which = "the stale ones among our webhooks" if stale else "all of our webhooks"
    if not typer.confirm(f"Delete {which} at FreshBooks?", err=True):
        raise typer.Exit(FAILED)


def _json(as_json: bool) -> list[str]:
    return ["--json"] if as_json else []
