"""Where tests leave their files: in memory, where there is some to spare.

A ledger waits for its disk at every commit, and tests commit tens of thousands of times. What they
kill are processes, whose files stay whole in memory as well.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

#: Linux's files in memory. A container may have little of it.
MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 2 * 1024**3


def use_memory() -> None:
    """Let this process and those that it starts make temporary files in memory, if they can.

    A ``TMPDIR`` of somebody's own is left alone.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free >= ENOUGH_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
