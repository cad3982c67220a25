"""``duebell backfill``: runs the flow in this process, so that the Prefect UI shows it as well."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from deployments import inspection, reaching
from deployments.backfill_screen import Screen
from deployments.inspection import Known
from deployments.starting import EXIT_FAILED, PRIVATE
from duebell.backfills.progress import REFUSED, Outcome
from duebell.cli.failures import report
from duebell.cli.hints import as_typed
from duebell.cli.pipes import until_unread
from duebell.cli.reading import require_ledger
from duebell.cli.wrong_use import write_wrong_use
from duebell.domain.failures import DuebellError
from duebell.redaction import Redactor
from duebell.settings import Settings, load_settings

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient

DEPLOYMENT = "backfill/on-demand"
_COMMAND = "duebell backfill"
_STOPPING = "Stopping; Ctrl-C again stops at once."


async def act(options: argparse.Namespace, screen: Screen) -> None:
    """Run the backfill as a run of its deployment.

    Raises:
        DuebellError: if it cannot be begun.
    """
    known = Known(load_settings())
    settings = known.need_settings()
    require_ledger(settings.ledger_url)
    from prefect.context import AsyncClientContext

    from deployments.executing import create_run, execute
    from flows.backfill import backfill
    from tasks.backfilling import watched_by
    from tasks.runtime import opened

    await reaching.prefect(known)  # the credentials are in its blocks
    _stop_on_interrupt(screen)
    async with (
        AsyncClientContext() as context,
        opened(settings, Redactor().remember, is_guest=True) as runtime,
    ):
        deployment = await _deployment(context.client, settings)
        parameters = _parameters(options)
        run = await create_run(
            context.client, deployment, _name(parameters), runtime.worker.id, parameters
        )
        screen.run_id = "" if options.dry_run else options.resume or str(run.id)
        with watched_by(screen):
            await execute(backfill, run)


async def _deployment(client: PrefectClient, settings: Settings) -> UUID:
    """The deployment's id; registered where no worker has done so yet."""
    from prefect.exceptions import ObjectNotFound

    from deployments.registering import register

    try:
        return (await client.read_deployment_by_name(DEPLOYMENT)).id
    except ObjectNotFound:
        return (await register(client, settings))[DEPLOYMENT]


def _parameters(options: argparse.Namespace) -> dict[str, Any]:
    given = {
        "since": options.since,
        "until": options.until,
        "events": options.event or None,
        "client": options.client,
        "dry_run": options.dry_run,
        "resume": options.resume,
    }
    return {name: value for name, value in given.items() if value}


def _name(parameters: dict[str, Any]) -> str:
    """What the run is about, for the list of runs."""
    if resumed := parameters.get("resume"):
        return f"backfill {resumed} goes on"
    dry = "dry run of " if parameters.get("dry_run") else ""
    return f"{dry}backfill {parameters.get('since')} to {parameters.get('until')}"


def _stop_on_interrupt(screen: Screen) -> None:
    """The first Ctrl-C stops at the next page, a second one at once."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        screen.stop()
        loop.remove_signal_handler(signal.SIGINT)
        sys.stderr.write(f"{_STOPPING}\n")

    loop.add_signal_handler(signal.SIGINT, stop)


def conclude(screen: Screen) -> int:
    """Say what became of it; gives the exit code."""
    outcome = screen.outcome or Outcome(screen.run_id, "stopped", "it broke off")
    if outcome.status == REFUSED:
        return write_wrong_use(_COMMAND, outcome.reason)
    screen.write_outcome(outcome)
    if outcome.is_done:
        return 0
    code = EXIT_FAILED
    if outcome.error is not None:
        code = report(outcome.error)
    for reason in (outcome.reason if outcome.error is None else "", *outcome.faults):
        if reason:
            report(DuebellError(reason))
    if outcome.how_to_go_on:
        sys.stderr.write(f"{as_typed(outcome.how_to_go_on)}\n")
    return code


def main(arguments: Sequence[str] | None = None) -> int:
    """Backfill; 0 when it is done, 1 when something is left, 2 for wrong use, 3 to be mended."""
    options = _read(arguments)
    logging.disable(logging.CRITICAL)  # what is written tells it all
    os.umask(PRIVATE)
    screen = Screen(options.as_json, options.dry_run)
    try:
        with tempfile.TemporaryDirectory(prefix="duebell-backfill-") as nowhere, screen:
            inspection.adopt_prefect(Path(nowhere))
            asyncio.run(act(options, screen))
    except DuebellError as failure:
        return report(failure)
    except KeyboardInterrupt:
        sys.stderr.write("\n")
    return conclude(screen)


def _read(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=_COMMAND)
    for name in ("--since", "--until", "--client", "--resume"):
        parser.add_argument(name)
    parser.add_argument("--event", action="append", default=[])
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--json", action="store_true", dest="as_json")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(until_unread(main))
