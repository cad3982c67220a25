"""The demonstration: the sandbox's firm creates an invoice, and the terminal shows what follows."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import Connection, select

from duebell.cli.consoles import open_console
from duebell.domain.delivery import FINAL, NotificationStatus
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.engine import open_engine
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.report_rows import REPORTS
from duebell.people.masking import mask
from duebell.sandbox.client import SandboxControl
from duebell.settings import load_settings
from duebell.settings_files import SANDBOX_DIRECTORY

SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.05


async def show_demo(sandbox_url: str, ledger_url: str, console: Console) -> None:
    """Let the firm create an invoice and tell what becomes of it, step by step."""
    with SandboxControl(sandbox_url) as sandbox:
        console.print("\nThe firm creates an invoice in FreshBooks:")
        (record,) = await asyncio.to_thread(sandbox.fire, "invoice.create")
    began = time.monotonic()
    engine = open_engine(ledger_url, writer=False)
    try:
        await _follow(engine, str(record["id"]), console, began)
    finally:
        engine.dispose()
    _tell_more(console, record["number"])


def _tell_more(console: Console, number: str) -> None:
    command = f"{_where()}{_command()} --sandbox"
    lines = (
        "\nBeside it, in this directory: let it happen again, see what was sent, and why:",
        f"  {command} sandbox fire invoice.create",
        f"  {command} notifications list",
        f"  {command} why {number}",
        "Ctrl-C ends everything.",
    )
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)


def _where() -> str:
    """What another terminal has to be told, where the data directory is not the usual one."""
    home = Path(os.environ["DUEBELL_HOME"])
    usual = Path(".duebell", SANDBOX_DIRECTORY)
    return "" if home.absolute() == usual.absolute() else f"DUEBELL_HOME={os.path.relpath(home)} "


def _command() -> str:
    """How this person calls ``duebell``: the word itself only works where it is on the PATH."""
    installed = Path(sys.executable).parent / "duebell"
    found = shutil.which("duebell")
    return "duebell" if found and Path(found).samefile(installed) else os.path.relpath(installed)


async def _follow(engine: Any, object_id: str, console: Console, began: float) -> None:
    shown: set[str] = set()
    while time.monotonic() - began < SECONDS:
        with engine.begin() as connection:
            lines, is_final = _story(connection, object_id)
        for line in lines:
            if line not in shown:
                shown.add(line)
                console.print(
                    f"  {time.monotonic() - began:5.2f} s  {line}", highlight=False, soft_wrap=True
                )
        if is_final:
            return
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    console.print("  It takes longer than usual; `duebell notifications list` tells more.")


def _story(connection: Connection, object_id: str) -> tuple[list[str], bool]:
    signals = connection.execute(
        select(SIGNALS.c.event).where(SIGNALS.c.object_id == object_id)
    ).scalars()
    lines = [f"received    webhook {event} for {object_id}, signed and kept" for event in signals]
    row = (
        connection.execute(select(NOTIFICATIONS).where(NOTIFICATIONS.c.object_id == object_id))
        .mappings()
        .first()
    )
    if row is None:
        return lines, False
    lines.append(
        f"planned     {row['invoice_number']} to {row['contact_name']} "
        f"({mask(row['channel'], row['recipient'])}) by the rule {row['rule']}"
    )
    bodies = connection.execute(
        select(ATTEMPTS.c.body, ATTEMPTS.c.provider_id).where(
            ATTEMPTS.c.notification_id == row["id"]
        )
    ).all()
    lines += [f"sending     “{body}”" for body, _ in bodies]
    lines += [f"accepted    by Twilio as {sid}" for _, sid in bodies if sid]
    reports = connection.execute(
        select(REPORTS.c.raw_status)
        .where(REPORTS.c.notification_id == row["id"])
        .order_by(REPORTS.c.id)
    ).scalars()
    lines += [f"reported    {word}" for word in reports]
    is_final = NotificationStatus(row["status"]) in FINAL
    return [*lines, *([f"final       {row['status']}"] if is_final else [])], is_final


def main() -> None:
    """Show it, with what ``duebell up --sandbox`` put into the environment."""
    settings = load_settings()
    sandbox_url = os.environ["DUEBELL_SANDBOX_URL"]
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(show_demo(sandbox_url, settings.ledger_url, open_console()))


if __name__ == "__main__":
    main()
