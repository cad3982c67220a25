"""One ``duebell up`` for each data directory: two would share its ledger and its files.

The lock is the system's, which takes it back when the process ends in whatever way. Only ``up``
takes it: of workers and webhook processes there may be several, on several machines.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from duebell.domain.failures import ConfigurationError

LOCK_FILE = "up.lock"


@contextmanager
def only_here(home: Path) -> Iterator[None]:
    """Keep the data directory for this process.

    Raises:
        ConfigurationError: if another one has it, or nothing can be written there.
    """
    lock = _open(home)
    try:
        if not _is_got(lock):
            raise ConfigurationError([_refusal(home, lock)])
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(lock)


def require_free(home: Path) -> None:
    """See that nobody has the data directory, and leave it as it is.

    Raises:
        ConfigurationError: if somebody has it.
    """
    try:
        lock = os.open(home / LOCK_FILE, os.O_RDONLY)
    except OSError:
        return
    try:
        if not _is_got(lock):
            raise ConfigurationError([_refusal(home, lock)])
    finally:
        os.close(lock)


def _open(home: Path) -> int:
    try:
        home.mkdir(parents=True, exist_ok=True)
        return os.open(home / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        fault = f"The data directory {home.absolute()} cannot be written ({error.strerror})"
        mend = "let the user write it who runs Duebell, or set DUEBELL_HOME to another one."
        raise ConfigurationError([f"{fault}: {mend}"]) from None


def _is_got(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # some network's file system, which knows no locks: go on as without them
    return True


def _refusal(home: Path, lock: int) -> str:
    owner = os.pread(lock, 32, 0).decode(errors="replace").strip()
    pid = f" (pid {owner})" if owner.isdecimal() else ""
    return (
        f"Duebell already runs in this directory{pid}, with the data directory {home.absolute()}: "
        "end it first, or set DUEBELL_HOME to another directory."
    )
