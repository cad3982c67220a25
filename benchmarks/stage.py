"""The stage of a benchmark: a sandbox, one system under test, and what its processes consume."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from duebell.sandbox.client import SandboxControl

START_SECONDS = 90.0
POPULATE_SECONDS = 120.0


@dataclass(slots=True)
class System:
    """A system under test: its processes without the sandbox, and the sandbox it works against."""

    name: str
    root: psutil.Process
    sandbox: SandboxControl
    home: Path

    def processes(self) -> list[psutil.Process]:
        """Every process of the system; the providers' stand-in is not one of them."""
        family = [self.root, *self.root.children(recursive=True)]
        return [one for one in family if not _is_gone_or_sandbox(one)]

    def memory_mb(self) -> float:
        """Resident memory in MB, with pages that processes share counted for each of them."""
        return sum(_number(one, lambda it: it.memory_info().rss) for one in self.processes()) / 1e6

    def cpu_seconds(self) -> float:
        """CPU time used so far."""
        return sum(
            _number(one, lambda it: it.cpu_times().user + it.cpu_times().system)
            for one in self.processes()
        )


def _is_gone_or_sandbox(process: psutil.Process) -> bool:
    try:
        return "duebell.sandbox" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return True


def _number(process: psutil.Process, ask: Callable[[psutil.Process], float]) -> float:
    try:
        return ask(process)
    except psutil.NoSuchProcess:
        return 0.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for(url: str, seconds: float = START_SECONDS) -> None:
    """Wait until a URL answers 200."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(url, timeout=2).status == 200:  # noqa: S310
                return
        time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within {seconds:.0f} s")


@contextlib.contextmanager
def duebell(home: Path) -> Iterator[System]:
    """All of Duebell, as ``duebell up --sandbox`` starts it."""
    web, stand_in, prefect = free_port(), free_port(), free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if "DUEBELL" not in name},
        "DUEBELL_HOME": str(home),
        "DUEBELL_PORT": str(web),
        "DUEBELL_PUBLIC_URL": f"http://127.0.0.1:{web}",
        "DUEBELL_SANDBOX_PORT": str(stand_in),
        "PREFECT_SERVER_API_PORT": str(prefect),
        "DUEBELL_SMS_PER_SECOND": "1000",
    }
    command = [sys.executable, "-m", "duebell", "up", "--sandbox"]
    with _running(command, environment, home) as process:
        wait_for(f"http://127.0.0.1:{web}/readyz")
        with SandboxControl(f"http://127.0.0.1:{stand_in}") as control:
            yield System("Duebell", psutil.Process(process.pid), control, home)


@contextlib.contextmanager
def bare_script(home: Path) -> Iterator[System]:
    """The bare script with a sandbox of its own."""
    web = free_port()
    with sandbox(home) as control:
        port = control.base_url.rpartition(":")[2]
        script = [sys.executable, "-m", "benchmarks.bare", str(web), port, str(home)]
        with _running(script, dict(os.environ), home) as process:
            wait_for(f"http://127.0.0.1:{web}/readyz")
            yield System("bare script", psutil.Process(process.pid), control, home)


@contextlib.contextmanager
def sandbox(home: Path) -> Iterator[SandboxControl]:
    """A fresh sandbox alone."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "duebell.sandbox", "--port", str(port)]
    with _running(command, dict(os.environ), home):
        wait_for(f"{url}/_sandbox/health")
        with SandboxControl(url, timeout_seconds=POPULATE_SECONDS) as control:
            yield control


@contextlib.contextmanager
def _running(
    command: list[str], environment: dict[str, str], home: Path
) -> Iterator[subprocess.Popen[bytes]]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / "output.txt").open("ab") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
