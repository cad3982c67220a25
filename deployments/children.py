"""Child processes: started with a log file each, started again when they end unasked."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

STOP_SECONDS = 15.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
#: A child that lived so long and ended is started again without a pause.
HEALTHY_AFTER_SECONDS = 30.0
#: Of a log that has grown for months only its end is read.
MOST_READ = 65_536
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Child:
    """A process to keep running. ``ready_url`` answers when it is up."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    log_file: Path
    ready_url: str | None = None
    process: asyncio.subprocess.Process | None = None
    started_at: float = 0.0
    failures: int = 0
    #: Where its log begins since it was started; before that are the words of earlier ones.
    log_begins: int = 0

    async def start(self) -> None:
        """Start it; its output goes to its log file."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        self.started_at = time.monotonic()
        with self.log_file.open("ab") as output:
            self.log_begins = output.seek(0, os.SEEK_END)
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self.arguments,
                env=dict(self.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return None if self.process is None else self.process.returncode

    async def wait_ready(self, seconds: float) -> bool:
        """Wait until it answers; False if it ended or the time is over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.exit_code is None:
            if self.ready_url is None or await asyncio.to_thread(_answers, self.ready_url):
                return True
            await asyncio.sleep(0.1)
        return False

    async def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    def pause_before_restart(self) -> float:
        """Seconds to wait before it is started again: none after a healthy life, else doubling."""
        if time.monotonic() - self.started_at > HEALTHY_AFTER_SECONDS:
            self.failures = 0
            return 0.0
        self.failures += 1
        return float(min(FIRST_PAUSE_SECONDS * 2 ** (self.failures - 1), LONGEST_PAUSE_SECONDS))

    def last_lines(self, count: int = 12) -> str:
        """The end of what it has written since it was started."""
        try:
            with self.log_file.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                # Somebody may have emptied it meanwhile.
                begins = self.log_begins if self.log_begins <= size else 0
                file.seek(max(begins, size - MOST_READ))
                lines = file.read().decode(errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(lines[-count:])


def _end_with_parent() -> None:
    """Have the kernel end the child when its parent is killed (Linux, prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1:
        os.kill(os.getpid(), signal.SIGTERM)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own URLs
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False
