"""Ending where nobody reads any more what is written: ``duebell … | head``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from duebell.cli.failures import FAILED


def until_unread(run: Callable[[], int]) -> int:
    """Run to the end, or until what is written is read no more, which is told to nobody."""
    try:
        code = run()
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its end, and would tell of that.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
        return FAILED
    return code
