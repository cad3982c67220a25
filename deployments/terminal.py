"""Asking the person at the terminal: lines that may be waited for beside something else."""

from __future__ import annotations

import asyncio
import getpass
import os
from typing import TextIO

MOST_BYTES = 65_536


class NoAnswer(Exception):
    """Whoever should answer has gone: the input is at its end."""


class Terminal:
    """What is said goes to ``output``; what is answered comes from a file descriptor.

    The descriptor is read here alone: what Python's own ``stdin`` had read ahead would be missing.
    """

    def __init__(self, output: TextIO, descriptor: int = 0) -> None:
        self._output = output
        self._descriptor = descriptor
        self._unread = b""

    @property
    def is_interactive(self) -> bool:
        """Whether there is a person who can be asked."""
        try:
            return os.isatty(self._descriptor)
        except OSError:
            return False

    def tell(self, text: str) -> None:
        """Say something."""
        self._output.write(f"{text}\n")
        self._output.flush()

    def ask(self, question: str) -> str:
        """Ask and wait for a line.

        Raises:
            NoAnswer: if there is no more input.
        """
        self._output.write(f"{question} ")
        self._output.flush()
        while (line := self._next_line()) is None:
            self._read()
        return line

    def ask_secret(self, question: str) -> str:
        """Ask for what nobody may see on the screen."""
        return getpass.getpass(f"{question} ", stream=None).strip()

    async def line(self) -> str:
        """Wait for a line without holding up anything else.

        Raises:
            NoAnswer: if there is no more input.
        """
        while (line := self._next_line()) is None:
            await self._readable()
            self._read()
        return line

    def _next_line(self) -> str | None:
        line, end, rest = self._unread.partition(b"\n")
        if not end:
            return None
        self._unread = rest
        return line.decode("utf-8", "replace").strip()

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, MOST_BYTES)
        except OSError:
            data = b""
        if not data and not self._unread:
            raise NoAnswer
        # The last line of a file may have no end.
        self._unread += data or b"\n"

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        try:
            loop.add_reader(self._descriptor, _wake, ready)
        except OSError:
            return  # a file, which is always readable
        try:
            await ready
        finally:
            loop.remove_reader(self._descriptor)


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
