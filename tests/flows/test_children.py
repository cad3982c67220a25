"""Child processes: started, found ready, ended, and started again with patience."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from deployments.children import Child
from tests.flows.surroundings import free_port

pytestmark = pytest.mark.flow


def a_child(tmp_path: Path, program: str, ready_url: str | None = None) -> Child:
    """A Python program as a child."""
    log_file = tmp_path / "logs" / "child.log"
    return Child("child", ["-c", program], dict(os.environ), log_file, ready_url)


async def until_logged(child: Child, text: str) -> None:
    """Wait until the child has written this."""
    for _ in range(500):
        if text in child.last_lines():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"the child did not write {text}: {child.last_lines()}")


def test_a_child_writes_its_log(tmp_path: Path) -> None:
    """What a child says and complains of is in its log file, whose end can be told."""
    program = "import sys; print('said'); sys.stdout.flush(); sys.exit('complained')"

    async def story() -> Child:
        child = a_child(tmp_path, program)
        await child.start()
        assert child.process is not None
        await child.process.wait()
        return child

    child = asyncio.run(story())

    assert (1, "said\ncomplained") == (child.exit_code, child.last_lines())
    assert "complained" == child.last_lines(1)


def test_the_words_of_an_earlier_run_are_not_told(tmp_path: Path) -> None:
    """The end of the log is that of this start: what an earlier one complained of is left out."""
    child = a_child(tmp_path, "raise SystemExit('now')")
    child.log_file.parent.mkdir()
    child.log_file.write_text("then\n")

    async def story() -> tuple[str, str]:
        await child.start()
        assert child.process is not None
        await child.process.wait()
        said = child.last_lines()
        child.log_file.write_text("")
        return said, child.last_lines()

    assert ("now", "") == asyncio.run(story())


def test_a_child_is_ready_when_it_answers(tmp_path: Path) -> None:
    """Ready means that its address answers with 200."""
    port = free_port()
    serving = (
        "from http.server import HTTPServer, SimpleHTTPRequestHandler as H\n"
        f"HTTPServer(('127.0.0.1', {port}), H).serve_forever()"
    )

    async def story() -> bool:
        child = a_child(tmp_path, serving, f"http://127.0.0.1:{port}/")
        await child.start()
        try:
            return await child.wait_ready(15)
        finally:
            await child.stop()

    assert asyncio.run(story())


def test_a_child_that_ended_is_not_waited_for(tmp_path: Path) -> None:
    """A child that ends before it answers is known not to become ready, without waiting on."""

    async def story() -> tuple[bool, int | None]:
        child = a_child(tmp_path, "raise SystemExit(3)", f"http://127.0.0.1:{free_port()}/")
        await child.start()
        return await child.wait_ready(60), child.exit_code

    ready, code = asyncio.run(asyncio.wait_for(story(), 20))

    assert (False, 3) == (ready, code)


def test_stopping_is_asking_first(tmp_path: Path) -> None:
    """A child is asked to end, and may end in its own way."""
    program = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(5));"
        "print('up', flush=True); time.sleep(60)"
    )

    async def story() -> int | None:
        child = a_child(tmp_path, program)
        await child.start()
        await until_logged(child, "up")
        await child.stop()
        await child.stop()
        return child.exit_code

    assert 5 == asyncio.run(story())


def test_restarts_become_patient(tmp_path: Path) -> None:
    """Pauses double up to ten seconds while a child ends soon after its start."""
    child = a_child(tmp_path, "pass")
    child.started_at = float("inf")

    pauses = [child.pause_before_restart() for _ in range(7)]

    assert [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0] == pauses


def test_a_healthy_life_is_forgiven(tmp_path: Path) -> None:
    """A child that lived long is started again at once, and its early failures are forgotten."""
    child = a_child(tmp_path, "pass")
    child.failures = 5
    child.started_at = float("-inf")

    first = child.pause_before_restart()
    child.started_at = float("inf")

    assert (0.0, 0.5) == (first, child.pause_before_restart())


def test_the_environment_is_not_shown(tmp_path: Path) -> None:
    """The environment holds secrets, so the child's own description leaves it out."""
    child = Child("child", [], {"SECRET": "s3cret"}, tmp_path / "log")

    assert "s3cret" not in repr(child)
