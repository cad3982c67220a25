"""The one way in which commands make what Rich writes on."""

from __future__ import annotations

import os

from rich.console import Console


def open_console(*, stderr: bool = False) -> Console:
    """A console that writes colours and bold letters on a terminal only, and not with NO_COLOR.

    Rich leaves out the colours alone then, and https://no-color.org asks for no more; but who sets
    it wants to read plain letters.
    """
    return Console(stderr=stderr, color_system=None if os.environ.get("NO_COLOR") else "auto")
