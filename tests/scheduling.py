"""Which tests of a parallel run are done by the same process, one after the other."""

from __future__ import annotations

from pathlib import PurePosixPath

from xdist.scheduler.loadfile import LoadFileScheduling  # type: ignore[import-untyped]

#: Folders whose tests share servers.
SHARING = ("tests/acceptance", "tests/flows")
#: Those of ``tests/acceptance`` that start what they need for themselves.
APART = ("test_connect.py", "test_replicas.py", "test_up.py", "test_wrong_settings.py")


class Scheduling(LoadFileScheduling):  # type: ignore[misc]
    """Keeps the tests of a file together, and the files that share servers."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(super()._split_scope(nodeid))


def scope_of(file: str) -> str:
    """What the tests of a file belong to: their folder, or the file alone."""
    path = PurePosixPath(file)
    folder = str(path.parent)
    is_apart = folder == "tests/acceptance" and path.name in APART
    return folder if folder in SHARING and not is_apart else file
