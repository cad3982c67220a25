"""Watching the rulebook's file: a change takes effect, a broken file never replaces a working one.

Looking costs one ``stat``. The file is read only when that tells of another version: another time,
size or inode. Links are followed, so that a directory of versions behind a link (as Kubernetes
mounts a ConfigMap) may be swapped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from errno import ENOENT
from os import strerror
from pathlib import Path

from duebell.domain.failures import ConfigurationError, DuebellError
from duebell.domain.readiness import RULEBOOK_GONE
from duebell.domain.rules import Rulebook

#: Templates lie one or two directories deep: ``sms/NAME``, ``email/NAME/FILE``.
_TEMPLATES = ("*/*.j2", "*/*/*.j2")

_NO_FILE = strerror(ENOENT)

#: What ``stat`` tells of one version of a file, or why it tells nothing.
_Version = tuple[int, ...] | str


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The file was read anew and holds what it says."""

    rulebook: Rulebook


@dataclass(frozen=True, slots=True)
class Faulty:
    """The file cannot be used as it is now; the rulebook from before stays in force."""

    faults: tuple[str, ...]


class RulebookWatch:
    """The rulebook in force and the file that it is in.

    ``load`` reads the file in full, or gives the default rulebook where there is none, and raises
    for every fault. It is called at once. Whoever watches calls :meth:`refresh` from one thread at
    a time.
    """

    def __init__(
        self, path: Path, templates_dir: Path | None, load: Callable[[], Rulebook]
    ) -> None:
        """Load the rulebook.

        Raises:
            ConfigurationError: if the file is broken; there is no rulebook from before.
        """
        self._path = path
        self._templates_dir = templates_dir
        self._load = load
        self._version = _version_of(path)
        self._templates = self._look_at_templates()
        self._is_faulty = False
        self.rulebook = load()
        if _is_gone(self._version, _version_of(path)):
            # It may have gone before it was read, and the default would be in force in its place.
            raise ConfigurationError([self._absence(_version_of(path))])

    def refresh(self, *, with_templates: bool = False) -> Reloaded | Faulty | None:
        """What came of the file since the last look; None where nothing has changed.

        A version is loaded once, so its faults are told once. Changed templates count as a change
        where they are asked for, and while the file is faulty: one may be what it lacks.
        """
        version, templates = _version_of(self._path), self._templates
        if with_templates or self._is_faulty:
            templates = self._look_at_templates()
        if (version, templates) == (self._version, self._templates):
            return None
        found = self._read(version)
        if found is not None:
            self._version, self._templates = version, templates
            self._is_faulty = isinstance(found, Faulty)
        return found

    def _read(self, version: _Version) -> Reloaded | Faulty | None:
        if isinstance(version, str):
            return Faulty((self._absence(version),))
        try:
            rulebook = self._load()
        except ConfigurationError as error:
            found: Reloaded | Faulty = Faulty(error.faults)
        except DuebellError as error:
            found = Faulty((str(error),))
        except Exception as error:
            # Whatever a file can do to a parser, the rules from before go on.
            found = Faulty((f"{self._path}: it cannot be read ({type(error).__name__}).",))
        else:
            found = Reloaded(rulebook)
        # What was read may be half of one version and half of the next, or of no file at all.
        if _version_of(self._path) != version:
            return None
        if isinstance(found, Reloaded):
            self.rulebook = found.rulebook
        return found

    def _look_at_templates(self) -> frozenset[tuple[str, _Version]]:
        if self._templates_dir is None:
            return frozenset()
        try:
            files = [file for depth in _TEMPLATES for file in self._templates_dir.glob(depth)]
        except OSError as error:  # a directory went while it was read: it is looked at again
            return frozenset({(str(self._templates_dir), str(error))})
        return frozenset((str(file), _version_of(file)) for file in files)

    def _absence(self, version: _Version) -> str:
        if version == _NO_FILE:
            return f"{self._path}{RULEBOOK_GONE}"
        return f"{self._path}: the file cannot be read ({version}); mend its permissions or path."


def _version_of(file: Path) -> _Version:
    try:
        found = file.stat()
    except OSError as error:
        return error.strerror or type(error).__name__
    # A mode that was mended changes nothing but the time of the inode.
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _is_gone(before: _Version, after: _Version) -> bool:
    return not isinstance(before, str) and isinstance(after, str)
