"""Prefect for tests: imported without anybody's profile, its server started as Duebell does."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from deployments.plan import Plan, make_plan
from deployments.prefect_environment import adopt

ROOT = Path(__file__).parents[2]
START_SECONDS = 90.0
#: Reading all authorities costs more than asking; nothing here is HTTPS.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def kept_environment() -> Iterator[None]:
    """Put the process's environment back afterwards, whatever is done to it."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def import_prefect() -> Path:
    """Import Prefect with a home of its own, before any test does; gives the place of the home."""
    home = Path(tempfile.mkdtemp(prefix="duebell-prefect-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    with kept_environment():
        forget_settings()
        adopt(home)
        import prefect.main  # noqa: F401
    return home


def forget_settings() -> None:
    """Take every setting of Duebell and Prefect out of the environment."""
    for name in [name for name in os.environ if name.startswith(("DUEBELL_", "PREFECT_"))]:
        del os.environ[name]


def plan_for(home: Path, **environment: str) -> Plan:
    """What ``duebell up --sandbox`` starts, on free ports and with nothing of this machine's."""
    port = free_port()
    chosen = {
        "DUEBELL_HOME": str(home),
        "DUEBELL_CONFIG": str(home / "duebell.toml"),
        "DUEBELL_PORT": str(port),
        "DUEBELL_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DUEBELL_SANDBOX_PORT": str(free_port()),
        "PREFECT_SERVER_API_PORT": str(free_port()),
        **environment,
    }
    with kept_environment():
        forget_settings()
        os.environ.update(chosen)
        return make_plan(dict(os.environ), sandbox=True)


class Server:
    """Prefect's server, as ``duebell up`` starts it."""

    def __init__(self, home: Path, template: Path) -> None:
        plan = plan_for(home)
        child = plan.children["prefect"]
        self.url = plan.environment["PREFECT_API_URL"]
        self.database = Path(plan.environment["PREFECT_HOME"]) / "prefect.db"
        shutil.copytree(template, self.database.parent)
        self._log = home / "prefect.log"
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, *child.arguments],
                cwd=ROOT,
                env=dict(child.environment),
                stdout=output,
                stderr=output,
            )

    def wait_ready(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while not answers(f"{self.url}/health"):
            assert time.monotonic() < deadline, self._log.read_text()
            assert self._process.poll() is None, self._log.read_text()
            time.sleep(0.1)

    def end(self) -> None:
        """Ask it to end."""
        self._process.terminate()
        self._process.wait(20)


def wait_for(condition: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.1)


def answers(url: str) -> bool:
    """Whether there is a 200 at this address."""
    try:
        found = httpx.get(url, timeout=5, trust_env=False, verify=_NO_CERTIFICATES)
        return found.status_code == 200
    except httpx.HTTPError:
        return False
