"""Starting processes of Duebell as a person does, without the seconds that their imports take."""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.flows.surroundings import ROOT
from tests.flows.warm_process import NUMBER

SECONDS = 60.0


@dataclass(frozen=True)
class Told:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def findings(self) -> dict[str, tuple[bool, str]]:
        """What ``duebell check --json`` found, by the names of the checks in their order."""
        return {one["name"]: (one["ok"], one["message"]) for one in self.json["checks"]}

    @property
    def json(self) -> Any:
        """Its output; nothing else may stand there."""
        return json.loads(self.out)


class Forked:
    """A process that runs, or has ended."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self.pid = self._number()
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, if it has ended; negative where a signal has ended it."""
        with suppress(TimeoutError):
            return self.wait(0)
        return None

    def wait(self, seconds: float = SECONDS) -> int:
        """Wait for its end; gives the exit code.

        Raises:
            TimeoutError: if it does not end in time.
        """
        if self.returncode is None:
            if not select.select([self._line], [], [], seconds)[0]:
                raise TimeoutError(f"process {self.pid} still runs")
            self.returncode = self._number()
            self._line.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def end(self) -> None:
        """Make sure that it has ended."""
        self.send_signal(signal.SIGKILL)
        self.wait()

    def _number(self) -> int:
        data = self._line.recv(NUMBER.size, socket.MSG_WAITALL)
        assert data, "the warm process has ended; what it said stands on the errors of the tests"
        number: int = NUMBER.unpack(data)[0]
        return number


class Running:
    """A command in a directory, and what it has written so far; it ends with its context."""

    def __init__(
        self, place: Path, environment: Mapping[str, str], *arguments: str, typed: str = ""
    ) -> None:
        self._open = ExitStack()
        given, self._out, self._err = (self._open.enter_context(_temporary()) for _ in range(3))
        given.write(typed.encode())
        given.seek(0)
        files = (given.fileno(), self._out.fileno(), self._err.fileno())
        self.process = start(place, environment, ("duebell", *arguments), files)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.end()
        self._open.close()

    def told(self, seconds: float = SECONDS) -> Told:
        """Wait for its end; gives how it ended."""
        code = self.process.wait(seconds)
        return Told(code, _read(self._out), _read(self._err))


def run_duebell(
    place: Path, environment: Mapping[str, str], *arguments: str, typed: str = ""
) -> Told:
    """Run a command in a directory, with this and no more on its standard input."""
    with Running(place, environment, *arguments, typed=typed) as command:
        return command.told()


def start(
    place: Path,
    environment: Mapping[str, str],
    arguments: Sequence[str],
    files: tuple[int, int, int],
) -> Forked:
    """Start a module, the first argument, as ``python -m`` does, with these standard files."""
    ours, theirs = socket.socketpair()
    with theirs:
        socket.send_fds(_warm_process(), [b"!"], [*files, theirs.fileno()])
    order = {"directory": str(place), "environment": dict(environment), "arguments": arguments}
    ours.sendall(f"{json.dumps(order)}\n".encode())
    return Forked(ours)


@functools.cache
def _warm_process() -> socket.socket:
    """Where orders go; the process ends with this one."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "tests.flows.warm_process", str(theirs.fileno())],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


def _temporary() -> IO[bytes]:
    return tempfile.TemporaryFile()


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()
