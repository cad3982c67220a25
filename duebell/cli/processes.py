"""The commands that become a process of the shell, which may know Prefect."""

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
    app.command()(check)


def up(
    context: typer.Context,
    sandbox: Annotated[
        bool,
        typer.Option("--sandbox", help="Use the sandbox instead of FreshBooks and Twilio."),
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Also let something happen in the sandbox's books.")
    ] = False,
) -> None:
    """Start everything: Prefect's server (unless PREFECT_API_URL is set), web and worker."""
    sandbox = sandbox or context.find_root().params["sandbox"]
    if demo and not sandbox:
        raise typer.BadParameter("--demo needs --sandbox: it must not touch the real books")
    options = [("--sandbox", sandbox), ("--demo", demo)]
    become("deployments.up", [name for name, is_set in options if is_set])


def web() -> None:
    """Start the webhook process, which hears FreshBooks and Twilio."""
    become("deployments.webhook", [])


def worker() -> None:
    """Start the worker, which runs the flows."""
    become("deployments.worker", [])


def check(
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON object.")] = False,
) -> None:
    """Look at everything that the work needs, and say what has to be mended."""
    become("deployments.check", ["--json"] if as_json else [])


def become(module: str, arguments: list[str]) -> NoReturn:
    """Turn this process into a module's."""
    # Not a child: signals and the exit code of the process are those of this command.
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606
