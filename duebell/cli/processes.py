"""The commands that become a process: the webhook process, the worker, or all of it."""

from __future__ import annotations

import os
import sys
from typing import Annotated, NoReturn

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(up)
    app.command()(web)
    app.command()(worker)


def up(
    sandbox: Annotated[
        bool,
        typer.Option("--sandbox", help="Use the sandbox instead of FreshBooks and Twilio."),
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Also let something happen in the sandbox's books.")
    ] = False,
) -> None:
    """Start everything: Prefect's server (unless PREFECT_API_URL is set), web and worker."""
    options = [("--sandbox", sandbox), ("--demo", demo)]
    _become("deployments.up", [name for name, is_set in options if is_set])


def web() -> None:
    """Start the webhook process, which hears FreshBooks and Twilio."""
    _become("deployments.webhook", [])


def worker() -> None:
    """Start the worker, which runs the flows."""
    _become("deployments.worker", [])


def _become(module: str, arguments: list[str]) -> NoReturn:
    # Not a child: signals and the exit code of the process are those of this command.
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606
