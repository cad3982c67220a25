"""Which tests of a parallel run are done by the same process, one after the other."""

from __future__ import annotations

from pathlib import PurePosixPath

from xdist.scheduler.loadfile import LoadFileScheduling  # type: ignore[import-untyped]

#: Folders whose tests share servers.
SHARING = ("tests/acceptance", "tests/flows")
#: They start what they need for themselves.
APART = ("test_connect.py", "test_replicas.py", "test_up.py", "test_wrong_settings.py")


class Scheduling(LoadFileScheduling):  # type: ignore[misc]
    """Keeps the tests of a file together, and the files that share servers."""

    def _split_scope(self, nodeid: str) -> str:
        file = PurePosixPath(super()._split_scope(nodeid))
        folder = str(file.parent)
        is_apart = folder == SHARING[0] and file.name in APART
        return folder if folder in SHARING and not is_apart else str(file)
