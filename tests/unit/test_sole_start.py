"""One ``duebell up`` for each data directory."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.sole_start import LOCK_FILE, only_here, require_free
from duebell.domain.failures import ConfigurationError

#: Has the lock, says so, and stays until it is ended.
HOLD = """
import fcntl, os, sys
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
lock.write(str(os.getpid()))
lock.flush()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the data directory."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / LOCK_FILE)]
    with subprocess.Popen(
        command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert "held\n" == process.stdout.readline()
        yield process
        process.kill()


def refusal(home: Path) -> str:
    """Why this data directory cannot be had."""
    with pytest.raises(ConfigurationError) as refused, only_here(home):
        pass
    return refused.value.faults[0]


def test_a_second_one_is_refused(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    """While another process has the directory, it is named, before and at the start."""
    with pytest.raises(ConfigurationError) as before:
        require_free(tmp_path)

    assert refusal(tmp_path) == before.value.faults[0]
    assert refusal(tmp_path).startswith(
        f"Duebell already runs in this directory (pid {other.pid}), with the data directory "
    )


def test_a_process_that_died_holds_nothing(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    """Killed, it leaves the directory free, whatever its file still says."""
    other.kill()
    other.wait()

    require_free(tmp_path)
    with only_here(tmp_path):
        owner = (tmp_path / LOCK_FILE).read_text()

    assert f"{os.getpid()}\n" == owner


def test_looking_makes_nothing(tmp_path: Path) -> None:
    """To see whether a directory is free leaves no file in it."""
    require_free(tmp_path / "nowhere")
    require_free(tmp_path)

    assert [] == list(tmp_path.iterdir())


def test_it_is_free_afterwards(tmp_path: Path) -> None:
    """What has ended holds nothing, and the file is its owner's alone."""
    home = tmp_path / "home"
    with only_here(home):
        held = refusal(home)
    with only_here(home):
        mode = stat.S_IMODE((home / LOCK_FILE).stat().st_mode)

    assert (True, 0o600) == (f"(pid {os.getpid()})" in held, mode)


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A data directory that is a file is a fault of the configuration, with its name."""
    (tmp_path / "home").touch()

    assert refusal(tmp_path / "home").startswith(
        f"The data directory {tmp_path / 'home'} cannot be written ("
    )
