"""``duebell rules try``: replays what was recorded with another rulebook, and sends nothing."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from deployments import inspection, reaching
from deployments.inspection import Known
from deployments.progress_line import ProgressLine
from deployments.starting import EXIT_FAILED, PRIVATE
from deployments.trying_screen import Report, Screen
from duebell.cli.failures import report
from duebell.cli.output import say
from duebell.cli.pipes import until_unread
from duebell.cli.reading import require_ledger
from duebell.cli.wrong_use import write_wrong_use
from duebell.domain.failures import BackfillRefused, DuebellError
from duebell.domain.local_times import LocalTimes
from duebell.domain.rules import Rulebook
from duebell.ledger import businesses
from duebell.redaction import Redactor
from duebell.replaying.accounts import require_account
from duebell.replaying.candidate import read_candidate
from duebell.replaying.period import Period, latest_day, settle
from duebell.replaying.replay import Replay
from duebell.replaying.totals import Price
from duebell.runtime import Runtime
from duebell.settings import Settings, load_settings
from duebell.wording.rendering import open_renderer

_COMMAND = "duebell rules try"
_STOPPING = "Stopping; Ctrl-C again stops at once."
_STOPPED = "Stopped before the end: later facts are not in this."


@dataclass(slots=True)
class Stop:
    """Whether somebody pressed Ctrl-C."""

    is_asked: bool = False

    def ask(self) -> None:
        """The first Ctrl-C stops at the next page, a second one at once."""
        self.is_asked = True
        asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)
        sys.stderr.write(f"{_STOPPING}\n")


async def act(options: argparse.Namespace, settings: Settings, new: Rulebook) -> int:
    """Replay, and write what came of it; gives the exit code.

    Raises:
        DuebellError: if it cannot be done.
    """
    require_ledger(settings.ledger_url)
    from tasks.runtime import opened

    await reaching.prefect(Known(settings))  # the credentials are in its blocks
    stop = Stop()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.ask)
    async with opened(settings, Redactor().remember, is_guest=True) as runtime:
        return await _replay(options, runtime, new, stop)


async def _replay(options: argparse.Namespace, runtime: Runtime, new: Rulebook, stop: Stop) -> int:
    account_id, times = options.account or "", await runtime.ledger.read(businesses.local_times)
    if account_id:
        await require_account(runtime, account_id)
    today = latest_day(times, account_id, runtime.now())
    period = settle(options.since, options.until, account_id, today)
    with Screen(options.as_json, options.limit) as screen:
        with ProgressLine() as line:
            replay = Replay(
                runtime,
                new,
                period,
                take=screen.take,
                tell=line.show,
                is_stopped=lambda: stop.is_asked,
            )
            is_complete = await replay.run()
        if is_complete and not replay.gaps.events and not options.as_json:
            say(await _nothing(replay, period, times))
            return 0
        screen.write(_report(options, replay, period, times, is_complete=is_complete))
    if not is_complete:
        sys.stderr.write(f"{_STOPPED}\n")
    return 0 if is_complete else EXIT_FAILED


def _report(
    options: argparse.Namespace,
    replay: Replay,
    period: Period,
    times: LocalTimes,
    *,
    is_complete: bool,
) -> Report:
    title = {"new": options.file, "since": str(period.since), "until": str(period.until)}
    price = None
    if options.price_per_segment is not None:
        price = Price(options.price_per_segment, options.currency)
    return Report(title, replay.totals, replay.notes, price, is_complete, times)


async def _nothing(replay: Replay, period: Period, times: LocalTimes) -> str:
    where = f" in the account {period.account_id}" if period.account_id else ""
    nothing = f"Nothing was recorded from {period.since} to {period.until}{where}."
    since = await replay.watching_since()
    if since is None:
        return f"{nothing} The books are not watched yet: start `duebell up`."
    return f"{nothing} The books are watched since {times.minute(since, period.account_id)}."


def main(arguments: Sequence[str] | None = None) -> int:
    """Try a rulebook; 0 when it is done, 1 when it failed, 2 for wrong use, 3 to be mended."""
    options = _read(arguments)
    logging.disable(logging.CRITICAL)  # what is written tells it all
    os.umask(PRIVATE)
    try:
        settings = load_settings()
        new = read_candidate(Path(options.file), open_renderer(settings.templates))
        with tempfile.TemporaryDirectory(prefix="duebell-rules-") as nowhere:
            inspection.adopt_prefect(Path(nowhere))
            return asyncio.run(act(options, settings, new))
    except BackfillRefused as refusal:
        return write_wrong_use(_COMMAND, str(refusal))
    except DuebellError as failure:
        return report(failure)
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return EXIT_FAILED


def _read(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=_COMMAND)
    parser.add_argument("file")
    parser.add_argument("--since", type=date.fromisoformat, required=True)
    parser.add_argument("--until", type=date.fromisoformat)
    parser.add_argument("--account")
    parser.add_argument("--limit", type=int, default=10)
    parser.add_argument("--price-per-segment", type=Decimal)
    parser.add_argument("--currency", default="USD")
    parser.add_argument("--json", action="store_true", dest="as_json")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(until_unread(main))
