"""Which files make up a template: by directory, language and channel.

A text is one file, ``sms/NAME.txt.j2``; an email is three, in ``email/NAME/``. A language stands
before the kind of file: ``sms/NAME.fr.txt.j2``, ``email/NAME/body.fr.html.j2``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from duebell.domain.failures import ConfigurationError, RenderingFailed
from duebell.domain.rules import Channel
from duebell.rulebook.faults import guess, listed

#: The language of files without a suffix for one.
DEFAULT_LANGUAGE = "en"

#: The kinds of files of an email.
SUBJECT, TEXT, HTML = "subject.txt", "body.txt", "body.html"
EMAIL_KINDS = (SUBJECT, TEXT, HTML)

_SUFFIX = ".j2"
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_EMAIL_FILE = re.compile(r"(?:subject|body)(?:\.([a-z0-9-]+))?\.(?:txt|html)\.j2")
_NOUNS = {Channel.SMS: "texts", Channel.EMAIL: "emails"}


def shipped_templates() -> Path:
    """The directory of the templates that come with Duebell.

    Raises:
        ConfigurationError: if the installation has none.
    """
    package = Path(__file__).parents[1]
    # A wheel carries them inside the package; a source checkout has them beside it.
    for directory in (package / "templates", package.parent / "templates"):
        if directory.is_dir():
            return directory
    raise ConfigurationError(["The shipped templates are missing; install Duebell again."])


@dataclass(frozen=True, slots=True)
class Variant:
    """A template in one language: its files by their kind, as Jinja2 names them."""

    language: str
    files: dict[str, str]


class TemplateFiles:
    """The templates of some directories; one in the first replaces that in the next.

    It does so in every language, and an email with all its files.
    """

    def __init__(self, directories: Sequence[Path]) -> None:
        self.directories = tuple(directories)

    def names(self, channel: Channel) -> frozenset[str]:
        """The templates that a rule may name."""
        return frozenset(name for name, _ in self._all(channel) if _NAME.fullmatch(name))

    def languages(self, name: str, channel: Channel) -> list[str]:
        """The languages in which any directory has this template, and the usual one."""
        found = set(self._tags(name, channel))
        return [DEFAULT_LANGUAGE, *sorted(found - {DEFAULT_LANGUAGE})]

    def _tags(self, name: str, channel: Channel) -> list[str]:
        found = {_language_of(file, channel) for known, file in self._all(channel) if known == name}
        return sorted(found - {""})

    def paths(self, name: str, channel: Channel) -> Iterator[Path]:
        """Every file of a template for a channel, whatever its directory and language."""
        return (file for known, file in self._all(channel) if known == name)

    def name_of(self, path: str) -> str:
        """A file as Jinja2 names it: its place in the directory of templates that it is in."""
        for directory in map(os.path.normpath, self.directories):
            if Path(path).is_relative_to(directory):
                return Path(path).relative_to(directory).as_posix()
        return path

    def path_of(self, name: str) -> Path | None:
        """Where the file is that Jinja2 takes for this name."""
        files = (directory / name for directory in self.directories)
        return next((file for file in files if file.is_file()), None)

    @property
    def own_directories(self) -> list[Path]:
        """The directories that did not come with Duebell."""
        return [one for one in self.directories if one != shipped_templates()]

    def shipped_names(self, channel: Channel) -> frozenset[str]:
        """The templates that came with Duebell."""
        return TemplateFiles([shipped_templates()]).names(channel)

    def has_shipped(self, name: str) -> bool:
        """Whether a file of this name came with Duebell."""
        return (shipped_templates() / name).is_file()

    def is_shipped(self, name: str) -> bool:
        """Whether the file of this name is one of those that come with Duebell."""
        path = self.path_of(name)
        return path is not None and path.is_relative_to(shipped_templates())

    def title(self, name: str) -> str:
        """A file as people are told of it: their own by the path to it, a shipped one as such."""
        if self.is_shipped(name):
            return f"shipped template `{name}`"
        return f"template `{self.path_of(name) or name}`"

    def find(self, name: str, channel: Channel, tags: Sequence[str]) -> Variant:
        """The files for a reader of these languages, best first.

        Raises:
            RenderingFailed: if there are none, or if a file of an email is missing.
        """
        look = self._email if channel is Channel.EMAIL else self._text
        for directory in self.directories if _NAME.fullmatch(name) else ():
            for tag in (*tags, ""):
                variant = look(directory, name, tag)
                if variant is not None:
                    return variant
        raise RenderingFailed(self._absence(name, channel))

    def _absence(self, name: str, channel: Channel) -> str:
        known, noun = sorted(self.names(channel)), _NOUNS[channel]
        if name not in known:
            mend = guess(name, known) or f"there are: {listed(known)}"
            return f"there is no template `{name}` for {noun}; {mend}"
        missing = f"sms/{name}.txt.j2" if channel is Channel.SMS else f"email/{name}/{SUBJECT}.j2"
        there = listed(self._tags(name, channel))
        return (
            f"the template `{name}` for {noun} is there in {there} alone; add `{missing}`"
            f" in {self.directories[0]} for readers of all other languages"
        )

    def everything(self) -> set[str]:
        """Every file of templates, as Jinja2 names it."""
        return {
            file.relative_to(directory).as_posix()
            for directory in self.directories
            for pattern in ("*/*.j2", "*/*/*.j2")
            for file in directory.glob(pattern)
        }

    def no_such_file(self, name: str) -> str:
        """The sentence about a file that a template uses and that is nowhere."""
        mend = guess(name, self.everything()) or "write it as it lies in the directory of templates"
        return f"there is no file `{name}` to use here; {mend}"

    def _text(self, directory: Path, name: str, tag: str) -> Variant | None:
        file = f"sms/{_tagged(f'{name}.txt', tag)}{_SUFFIX}"
        if not (directory / file).is_file():
            return None
        return Variant(tag or DEFAULT_LANGUAGE, {TEXT: file})

    def _email(self, directory: Path, name: str, tag: str) -> Variant | None:
        files = {kind: f"email/{name}/{_tagged(kind, tag)}{_SUFFIX}" for kind in EMAIL_KINDS}
        missing = [file for file in files.values() if not (directory / file).is_file()]
        if len(missing) == len(files):
            return None
        if missing:
            # The next directory's would not belong to the others.
            lacks = " and ".join(f"`{directory / file}`" for file in missing)
            raise RenderingFailed(
                f"the email `{name}` lacks {lacks}; all three files of an email have to be there"
            )
        return Variant(tag or DEFAULT_LANGUAGE, files)

    def _all(self, channel: Channel) -> Iterator[tuple[str, Path]]:
        for directory in self.directories:
            if channel is Channel.SMS:
                for file in sorted((directory / "sms").glob(f"*.txt{_SUFFIX}")):
                    yield file.name.split(".")[0], file
            else:
                for file in sorted((directory / "email").glob(f"*/*{_SUFFIX}")):
                    yield file.parent.name, file


def _tagged(kind: str, tag: str) -> str:
    """``body.html`` in a language: ``body.fr.html``."""
    stem, _, ending = kind.rpartition(".")
    return f"{stem}.{tag}.{ending}" if tag else kind


def _language_of(file: Path, channel: Channel) -> str:
    if channel is Channel.EMAIL:
        match = _EMAIL_FILE.fullmatch(file.name)
        return (match[1] or "") if match else ""
    parts = file.name.split(".")
    return parts[1] if len(parts) == 4 else ""
