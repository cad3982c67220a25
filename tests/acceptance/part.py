"""One process of an installation: started with a log, killed without warning, started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.flows.commands import Forked, start
from tests.flows.surroundings import ROOT

END_SECONDS = 30.0
#: Started often; what they import is imported already.
WARM = ("deployments.webhook", "deployments.worker")


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Wait until it is so; looking takes less than a third of the time."""
    deadline = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        if condition():
            return
        now = time.monotonic()
        assert now < deadline, f"waited {seconds:.0f} s in vain until {what}"
        time.sleep(max(0.02, 2 * (now - began)))


class Part:
    """A Python process that may be killed and started again."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log_file: Path,
        directory: Path = ROOT,
    ) -> None:
        """``arguments`` are those of Python."""
        self.name = name
        self.arguments = arguments
        self.environment = environment
        self.log_file = log_file
        self.directory = directory
        self._process: subprocess.Popen[bytes] | Forked | None = None
        self._log_began = 0

    @property
    def pid(self) -> int:
        """The id of the running process."""
        assert self._process is not None, f"{self.name} was never started"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it; what it says goes to its log file."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as output:
            self._log_began = output.tell()
            self._process = self._begin(output.fileno())

    def _begin(self, output: int) -> subprocess.Popen[bytes] | Forked:
        if self.arguments[1] in WARM:
            with Path(os.devnull).open("rb") as nothing:
                files = (nothing.fileno(), output, output)
                return start(self.directory, self.environment, self.arguments[1:], files)
        return subprocess.Popen(
            [sys.executable, *self.arguments],
            cwd=self.directory,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )

    def kill(self) -> None:
        """End it as a crash does: SIGKILL, nothing is said or written any more."""
        os.kill(self.pid, signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def end(self) -> int:
        """Ask it to end, and end it if it does not; gives its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(END_SECONDS)
        except (subprocess.TimeoutExpired, TimeoutError):
            self.kill()
            return -signal.SIGKILL

    def said(self) -> str:
        """What it wrote since its last start."""
        with self.log_file.open("rb") as log:
            log.seek(self._log_began)
            return log.read().decode(errors="replace")

    def last_words(self) -> str:
        """The end of what it wrote."""
        return self.said()[-3000:]

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = 90.0) -> None:
        """Wait until it is so; that it ends meanwhile is told with its last words."""
        wait_until(lambda: condition() or not self.is_running, f"{self.name} {what}", seconds)
        assert self.is_running, f"{self.name} ended:\n{self.last_words()}"
