"""``duebell connect``: the connections that need a person's consent."""

from __future__ import annotations

from typing import Annotated

import typer

from duebell.cli.processes import become

app = typer.Typer(help="Connect to the systems that ask a person first.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep ``freshbooks`` a command of its own; Typer merges a single one into its group."""


@app.command()
def freshbooks(
    account: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Work with this account; may be given several times."),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only show the address, and open no browser.")
    ] = False,
    paste: Annotated[
        bool,
        typer.Option("--paste", help="Do not listen for the browser; take the pasted address."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write a JSON object when it is done.")
    ] = False,
) -> None:
    """Connect to FreshBooks: a person agrees in the browser, and Duebell keeps the connection."""
    options = [("--no-browser", no_browser), ("--paste", paste), ("--json", as_json)]
    named = [part for one in account or () for part in ("--account", one)]
    become("deployments.connect", [*named, *(name for name, is_set in options if is_set)])
