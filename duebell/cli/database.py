"""``duebell db``: the ledger's database."""

from __future__ import annotations

import typer

app = typer.Typer(help="The ledger's database.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep ``upgrade`` a command of its own; Typer merges a single one into its group."""


@app.command()
def upgrade() -> None:
    """Make the ledger, or bring it to the newest revision; safe to repeat."""
    import os

    from sqlalchemy.engine import make_url

    from duebell.ledger.engine import upgrade as upgrade_ledger
    from duebell.settings import load_settings

    os.umask(0o077)  # the ledger holds people's numbers
    url = load_settings().ledger_url
    upgrade_ledger(url)
    typer.echo(f"The ledger is up to date: {make_url(url).render_as_string(hide_password=True)}")
