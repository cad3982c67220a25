"""Work that is done in a child of the process."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import os, sys
from deployments.apart import in_a_child
from duebell.domain.failures import ConfigurationError

def work():
    import babel.numbers
    return os.getpid(), babel.numbers.format_decimal(1234, locale="en")

def fail():
    raise ConfigurationError(["The first.", "The second."])

pid, text = in_a_child(work)
assert (pid != os.getpid(), text) == (True, "1,234")
assert "babel" not in sys.modules
try:
    in_a_child(fail)
except ConfigurationError as error:
    assert error.faults == ("The first.", "The second.")
else:
    raise AssertionError("nothing was raised")
"""


def test_what_a_child_imports_does_not_stay() -> None:
    """The result and a fault with all its sentences come back; what was imported for them not."""
    process = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT], capture_output=True, text=True, timeout=60
    )

    assert (0, "", "") == (process.returncode, process.stdout, process.stderr)
