"""Work whose memory goes when it is done: it is done in a child of this process."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def in_a_child(work: Callable[[], Result]) -> Result:
    """The result of a function that is called in a copy of this process, or what it raises.

    What it imports and makes is gone with the child. Only for a process that has no threads yet.
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as children:
        return children.submit(work).result()
