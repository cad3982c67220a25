"""A process that has imported what Duebell's processes import, and forks one for each order.

Most of a command's time goes into importing Prefect. What is forked is a process of its own all the
same: with its directory, environment, session, standard files, signals and exit code. Orders come
from :mod:`tests.flows.commands`, each with the command's standard files and a line (a socket) on
which the order stands, and on which the process's id and its exit code are told.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import shutil
import socket
import struct
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from deployments.prefect_environment import adopt
from tests.flows.surroundings import import_prefect, kept_environment

NUMBER = struct.Struct("!i")
#: Standard input, output and errors, and the line.
DESCRIPTORS = 4
COMMANDS = ("backfill", "check", "connect", "preview", "trying", "up", "webhooks")
#: What is imported; what these import only when they are called stands beside them.
WARMED = (
    *(f"deployments.{name}" for name in COMMANDS),
    "blocks",
    "deployments.dispatcher",
    "deployments.duties",
    "deployments.pool",
    "deployments.registering",
    "deployments.webhook",
    "deployments.worker",
    "duebell.cli.app",
    "flows",
    "prefect.client.orchestration",
    "tasks.runtime",
)


class Becomes(BaseException):
    """The command becomes the process of a module."""


def serve(orders: socket.socket, home: Path) -> None:
    """Fork for each order, until nobody can give one any more."""
    while True:
        word, descriptors, _, _ = socket.recv_fds(orders, 1, DESCRIPTORS)
        if not word:
            return
        if os.fork() == 0:
            orders.close()
            keep(descriptors, home)
            return
        for descriptor in descriptors:
            os.close(descriptor)
        reap()


def reap() -> None:
    """Let go of the keepers that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def keep(descriptors: Sequence[int], home: Path) -> None:
    """Fork the command, and tell its id and how it ends; returns in the command, as a script."""
    with socket.socket(fileno=descriptors[-1]) as line:
        with line.makefile("r", encoding="utf-8") as file:
            order = json.loads(file.readline())
        if pid := os.fork():
            line.sendall(NUMBER.pack(pid))
            for descriptor in descriptors[:-1]:
                os.close(descriptor)
            _, status = os.waitpid(pid, 0)
            line.sendall(NUMBER.pack(os.waitstatus_to_exitcode(status)))
            os._exit(0)
    atexit.unregister(shutil.rmtree)  # the home goes with the process that made it
    os.setsid()
    for number, descriptor in enumerate(descriptors[:-1]):
        os.dup2(descriptor, number)
        os.close(descriptor)
    act(order, home)


def act(order: Mapping[str, Any], home: Path) -> None:
    """Be the command."""
    settle(order["environment"], home)
    os.chdir(order["directory"])
    os.execv = become  # type: ignore[assignment]
    try:
        call(*order["arguments"])
    except Becomes as asked:
        call(*asked.args)


def become(path: str, arguments: Sequence[str]) -> NoReturn:
    """Stand in for ``os.execv``, by which a command becomes a module: of this process, instead."""
    assert [sys.executable, sys.executable, "-m"] == [path, *arguments[:2]], arguments
    raise Becomes(*arguments[2:])


def call(module: str, *arguments: str) -> None:
    """Do what ``python -m`` does."""
    sys.modules.pop(module, None)  # it is about to be the main module
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def settle(environment: Mapping[str, str], home: Path) -> None:
    """Take this environment over, and let Prefect read its settings from it as at its import."""
    from prefect.context import refresh_global_settings_context

    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    with kept_environment():
        adopt(home)
        refresh_global_settings_context()


def main() -> None:
    """Import, and serve."""
    home = import_prefect()
    with kept_environment():
        for name in WARMED:
            importlib.import_module(name)
    assert 1 == threading.active_count(), "threads do not come along into a fork"
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])), home)


if __name__ == "__main__":
    main()
