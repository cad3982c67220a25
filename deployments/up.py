"""``duebell up``: everything on one machine, from one command, until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from functools import partial

from rich.console import Console

from deployments import safe_addresses
from deployments.apart import in_a_child
from deployments.children import Child
from deployments.plan import Plan, make_plan
from deployments.readiness import missing_at, needs_a_person
from deployments.sandbox_home import remember
from deployments.sole_start import only_here
from deployments.starting import EXIT_CONFIGURATION, EXIT_FAILED, PRIVATE
from duebell.cli.consoles import open_console
from duebell.domain.failures import ConfigurationError
from duebell.log import configure_logging
from duebell.people.safe_mode import in_words

log = logging.getLogger(__name__)

#: The very first start makes Prefect's database.
START_SECONDS = 90.0
LOOK_EVERY_SECONDS = 1.0


class Up:
    """The processes of one installation."""

    def __init__(self, plan: Plan, console: Console) -> None:
        self._plan = plan
        self._console = console
        self._stop = asyncio.Event()
        self._began = time.monotonic()
        #: Why the work cannot begin before a person has done something.
        self._waits_for: str | None = None

    async def run(self, *, demo: bool) -> int:
        """Start everything, keep it running, end it cleanly. Gives the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        try:
            return await self._start_and_keep(demo=demo)
        finally:
            self._console.print("Stopping ...", style="dim")
            await self._stop_all()
            self._console.print(
                "Stopped. Nothing is lost: what waits is worked off at the next start."
            )

    async def _start_and_keep(self, *, demo: bool) -> int:
        failed = await self._start_all()
        if failed is not None:
            return self._tell_failure(failed)
        if self._stop.is_set():
            return 0
        self._tell_addresses()
        await self._tell_safe_mode_faults()
        watch = asyncio.create_task(self._keep_all())
        later = asyncio.create_task(self._tell_when_ready())
        if demo and not self._stop.is_set():
            await self._show_demo()
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({watch, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        later.cancel()
        if watch.done():
            return watch.result()
        watch.cancel()
        return 0

    async def _start_all(self) -> Child | None:
        """Start in the order in which they need each other; gives the one that failed."""
        children = self._plan.children
        early = [children[name] for name in ("sandbox", "prefect") if name in children]
        for child in early:
            await child.start()
        if (failed := await self._upgrade_ledger()) is not None:
            return failed
        await children["web"].start()
        early.append(children["web"])
        status = self._console.status("Starting ...") if self._console.is_terminal else None
        with status or contextlib.nullcontext():
            for child in early:
                if not await self._ready_or_stopped(child):
                    return child
            if self._stop.is_set():
                return None
            await children["worker"].start()
            return await self._wait_until_ready()

    async def _upgrade_ledger(self) -> Child | None:
        upgrade = self._plan.upgrade
        await upgrade.start()
        assert upgrade.process is not None  # noqa: S101 - it has just been started
        return upgrade if await upgrade.process.wait() else None

    async def _ready_or_stopped(self, child: Child) -> bool:
        ready = asyncio.create_task(child.wait_ready(START_SECONDS))
        stop = asyncio.create_task(self._stop.wait())
        await asyncio.wait({ready, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not ready.done():
            ready.cancel()
            return True
        return ready.result()

    async def _wait_until_ready(self) -> Child | None:
        """Wait for the webhooks to be verified; with the real FreshBooks that may take longer."""
        worker = self._plan.children["worker"]
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and not self._stop.is_set():
            if worker.exit_code is not None:
                return worker
            missing = await self._missing()
            self._waits_for = needs_a_person(missing or [])
            if missing == [] or self._waits_for is not None:
                break
            await asyncio.sleep(0.1)
        return None

    async def _missing(self) -> list[str] | None:
        url = str(self._plan.children["web"].ready_url).replace("healthz", "readyz")
        return await asyncio.to_thread(missing_at, url)

    async def _tell_when_ready(self) -> None:
        """Where a person had to do something first, say that it was enough."""
        if self._waits_for is None:
            return
        while True:
            if await self._missing() == []:
                break
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        self._console.print("[bold]Duebell is ready[/bold] now.")

    def _tell_failure(self, child: Child) -> int:
        if child.exit_code == EXIT_CONFIGURATION:
            faults = child.last_lines(3)
            sys.stderr.write(f"{faults}\n")
            return EXIT_CONFIGURATION
        sys.stderr.write(
            f"The {child.name} process did not start. The end of {child.log_file}:\n"
            f"{child.last_lines() or 'It has written nothing since.'}\n"
        )
        return EXIT_FAILED

    def _tell_addresses(self) -> None:
        settings, show = self._plan.settings, self._console.print
        seconds = time.monotonic() - self._began
        if self._waits_for is None:
            show(f"[bold]Duebell is ready[/bold] after {seconds:.0f} s.")
        else:
            show(f"[bold]Duebell runs[/bold], and waits. {self._waits_for}", soft_wrap=True)
        show(f"  Prefect UI   {self._plan.prefect_url}")
        show(f"  Webhooks     {settings.public_url}/webhooks/freshbooks/… (state: /readyz)")
        if self._plan.sandbox_url:
            show(f"  Sandbox      {self._plan.sandbox_url}")
            show("  Beside it    duebell --sandbox why … (any command; see --help)")
        show(f"  Logs         {settings.home.absolute() / 'logs'}")
        if self._plan.safe_mode.is_on:
            told = in_words(self._plan.safe_mode)
            show(f"  [bold]Safe mode    {told}.[/bold]", soft_wrap=True)

    async def _tell_safe_mode_faults(self) -> None:
        if self._plan.safe_mode.is_on:
            for fault in await safe_addresses.look(self._plan.safe_mode, self._plan.environment):
                self._console.print(f"  [bold]             {fault}[/bold]", soft_wrap=True)

    async def _show_demo(self) -> None:
        """In a process of its own, which ends with the demonstration and its memory with it."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deployments.demo", env=dict(self._plan.environment)
        )
        shown = asyncio.create_task(process.wait())
        stop = asyncio.create_task(self._stop.wait())
        await asyncio.wait({shown, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not shown.done():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await shown

    async def _keep_all(self) -> int:
        """Start again what ends; a process whose configuration is wrong ends everything."""
        keepers = [asyncio.create_task(self._keep(one)) for one in self._plan.children.values()]
        done, pending = await asyncio.wait(keepers, return_when=asyncio.FIRST_COMPLETED)
        for keeper in pending:
            keeper.cancel()
        return next(iter(done)).result()

    async def _keep(self, child: Child) -> int:
        while True:
            assert child.process is not None  # noqa: S101 - every child has been started
            code = await child.process.wait()
            if self._stop.is_set():
                return 0
            if code == EXIT_CONFIGURATION:
                return self._tell_failure(child)
            pause = child.pause_before_restart()
            log.warning(
                "process_ended", extra={"child": child.name, "code": code, "restart_in": pause}
            )
            await asyncio.sleep(pause)
            await child.start()

    async def _stop_all(self) -> None:
        """The worker first, so that its runs can still record how they ended."""
        children = self._plan.children
        for name in ("worker", "web", "prefect", "sandbox"):
            if name in children:
                await children[name].stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; gives the exit code."""
    parser = argparse.ArgumentParser(prog="duebell up")
    parser.add_argument("--sandbox", action="store_true")
    parser.add_argument("--demo", action="store_true")
    options = parser.parse_args(arguments)
    if options.demo and not options.sandbox:
        parser.error("--demo needs --sandbox: it must not touch the real books")
    os.umask(PRIVATE)
    try:
        # Checking the rulebook takes 25 MB, which this process would keep for as long as it lives.
        plan = in_a_child(partial(make_plan, dict(os.environ), sandbox=options.sandbox))
        configure_logging(plan.settings.log_format)
        with only_here(plan.settings.home):
            if plan.sandbox_url:
                remember(plan.settings, plan.environment)
            return asyncio.run(Up(plan, open_console()).run(demo=options.demo))
    except ConfigurationError as error:
        for fault in error.faults:
            sys.stderr.write(f"{fault}\n")
        return EXIT_CONFIGURATION


if __name__ == "__main__":
    sys.exit(main())
