"""``duebell up`` as a user meets it: in an empty directory, stopped, killed, started again."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from duebell.sandbox.client import SandboxControl
from tests.acceptance.part import Part, wait_until
from tests.acceptance.promises import texts_by_invoice
from tests.flows.surroundings import free_port

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

START_SECONDS = 90.0
SECOND_START_SECONDS = 60.0
STOP_SECONDS = 20.0
READY = "Duebell is ready"


class Terminal:
    """A directory in which a user types ``duebell up``; the ports are free ones."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._sandbox_port = free_port()
        self._environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DUEBELL_", "PREFECT_"))
        } | {
            "DUEBELL_PORT": str(free_port()),
            "DUEBELL_SANDBOX_PORT": str(self._sandbox_port),
            "PREFECT_SERVER_API_PORT": str(free_port()),
            "COLUMNS": "200",
        }

    def type(self, *options: str) -> Part:
        """Start ``duebell up`` with these options."""
        arguments = ["-m", "duebell", "up", *options]
        up = Part("up", arguments, self._environment, self.directory / "out.txt", self.directory)
        up.start()
        return up

    @property
    def sandbox_url(self) -> str:
        """Where the sandbox is."""
        return f"http://127.0.0.1:{self._sandbox_port}"


@dataclass(frozen=True)
class Ended:
    """What a user has seen when it was over."""

    output: str
    code: int
    left: list[str]


def family(up: Part) -> list[psutil.Process]:
    """All processes that were started."""
    return psutil.Process(up.pid).children(recursive=True)


def living(processes: list[psutil.Process]) -> list[str]:
    """Those that still run, by their command lines."""
    return [
        " ".join(one.cmdline())
        for one in processes
        if one.is_running() and one.status() != psutil.STATUS_ZOMBIE
    ]


def ask_to_end(up: Part) -> Ended:
    """Press Ctrl-C's gentle brother, SIGTERM."""
    processes = family(up)
    code = up.end()
    return Ended(up.said(), code, living(processes))


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """The directory of all tests here."""
    return Terminal(tmp_path_factory.mktemp("user"))


@pytest.fixture(scope="module")
def demo(terminal: Terminal) -> Ended:
    """The very first start with the demonstration, watched to its end, then stopped."""
    up = terminal.type("--sandbox", "--demo")
    try:
        up.wait_until(
            lambda: "Ctrl-C ends everything" in up.said(), "told its story", START_SECONDS
        )
    finally:
        ended = ask_to_end(up)
    return ended


def test_the_demo_tells_a_story(demo: Ended) -> None:
    """One command shows a webhook on its way to a delivered text."""
    words = ("received", "planned", "sending", "accepted", "reported    delivered", "final")

    places = [demo.output.find(word) for word in (READY, *words)]

    assert -1 not in places
    assert sorted(places) == places
    assert re.search(r"final +delivered", demo.output)


def test_stopping_leaves_nothing(demo: Ended) -> None:
    """SIGTERM ends everything that was started, with exit code 0 and without a traceback."""
    assert (0, []) == (demo.code, demo.left)
    assert "Nothing is lost" in demo.output
    assert "Traceback" not in demo.output


@pytest.fixture
def killed(terminal: Terminal, demo: Ended) -> Iterator[tuple[float, list[psutil.Process]]]:
    """A second start, killed without warning: the seconds it took, and what it had started."""
    began = time.monotonic()
    up = terminal.type("--sandbox")
    try:
        up.wait_until(lambda: READY in up.said(), "is ready", START_SECONDS)
        seconds, processes = time.monotonic() - began, family(up)
    finally:
        up.kill()
    yield seconds, processes
    for one in processes:
        if one.is_running():
            one.kill()


def test_a_killed_parent_takes_its_children_along(
    terminal: Terminal, killed: tuple[float, list[psutil.Process]]
) -> None:
    """A second start is quick; ``kill -9`` leaves no process behind, and a new start works."""
    seconds, processes = killed

    wait_until(lambda: not living(processes), "the children have ended", STOP_SECONDS)
    up = terminal.type("--sandbox")
    try:
        up.wait_until(lambda: READY in up.said(), "is ready again", START_SECONDS)
        with SandboxControl(terminal.sandbox_url) as control:
            (record,) = control.fire("invoice.create")
            wait_until(lambda: record["number"] in texts_by_invoice(control), "it was told")
            texts = texts_by_invoice(control)
    finally:
        ended = ask_to_end(up)

    assert len(processes) >= 4
    assert seconds < SECOND_START_SECONDS
    assert [1] * len(texts) == [len(one) for one in texts.values()]
    assert (0, []) == (ended.code, ended.left)
