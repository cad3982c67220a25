"""Programs that a benchmark orders about: a line of JSON to their input, one from their output.

What is measured runs in a process of its own this way, so that its memory and its processor time
are nobody else's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil

from benchmarks.memory import PeakMemory

Numbers = dict[str, float]
#: Carries out one order; gives numbers about it.
Handler = Callable[..., Awaitable[Numbers]]

LOOK_EVERY_SECONDS = 0.02
END_SECONDS = 30.0


async def serve(handlers: Mapping[str, Handler]) -> None:
    """Carry out orders until there are no more; says how long each took, and of the processor."""
    _say({})
    while line := await asyncio.to_thread(sys.stdin.readline):
        order: dict[str, Any] = json.loads(line)
        handler = handlers[order.pop("do")]
        began, used = time.perf_counter(), time.process_time()
        numbers = await handler(**order)
        numbers["seconds"] = time.perf_counter() - began
        numbers["cpu_seconds"] = time.process_time() - used
        _say(numbers)


def _say(numbers: Numbers) -> None:
    print(json.dumps(numbers), flush=True)


class Program:
    """One such program from outside."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log
        self._memory = psutil.Process(process.pid)
        self._answer()

    def order(self, do: str, **details: object) -> Numbers:
        """Have something done; its numbers, and what memory it took: ``idle_mb`` and ``over_mb``.

        Raises:
            RuntimeError: where the program ended instead; says its last words.
        """
        idle = self._memory_mb()
        peak = PeakMemory(self._memory_mb, LOOK_EVERY_SECONDS)
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps({"do": do, **details}) + "\n")
            self._process.stdin.flush()
            numbers = self._answer()
        finally:
            most = peak.stop()
        return {**numbers, "idle_mb": idle, "over_mb": most - idle}

    def _memory_mb(self) -> float:
        try:
            return self._memory.memory_info().rss / 1e6
        except psutil.NoSuchProcess:
            return 0.0

    def _answer(self) -> Numbers:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            words = self._log.read_text()[-2000:]
            raise RuntimeError(f"a program of the benchmark ended:\n{words}")
        numbers: Numbers = json.loads(line)
        return numbers


@contextlib.contextmanager
def program(module: str, home: Path, *arguments: object) -> Iterator[Program]:
    """Start a module of the benchmarks as a program; it ends when its input does."""
    home.mkdir(parents=True, exist_ok=True)
    log = home / "output.txt"
    environment = {name: value for name, value in os.environ.items() if "DUEBELL" not in name}
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        )
    try:
        yield Program(process, log)
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
