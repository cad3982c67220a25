"""Which files make up a template: by directory, language and channel.

A text is one file, ``sms/NAME.txt.j2``; an email is three, in ``email/NAME/``. A language stands
before the kind of file: ``sms/NAME.fr.txt.j2``, ``email/NAME/body.fr.html.j2``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from duebell.domain.failures import RenderingFailed
from duebell.domain.rules import Channel

#: The language of files without a suffix for one.
DEFAULT_LANGUAGE = "en"

#: The kinds of files of an email.
SUBJECT, TEXT, HTML = "subject.txt", "body.txt", "body.html"
EMAIL_KINDS = (SUBJECT, TEXT, HTML)

_SUFFIX = ".j2"
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_EMAIL_FILE = re.compile(r"(?:subject|body)(?:\.([a-z0-9-]+))?\.(?:txt|html)\.j2")
_NOUNS = {Channel.SMS: "texts", Channel.EMAIL: "emails"}


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
        found = {_language_of(file, channel) for known, file in self._all(channel) if known == name}
        return [DEFAULT_LANGUAGE, *sorted(found - {"", DEFAULT_LANGUAGE})]

    def paths(self, name: str, channel: Channel) -> Iterator[Path]:
        """Every file of a template for a channel, whatever its directory and language."""
        return (file for known, file in self._all(channel) if known == name)

    def name_of(self, path: str) -> str:
        """A file as Jinja2 names it: its place in the directory of templates that it is in."""
        for directory in self.directories:
            if Path(path).is_relative_to(directory):
                return Path(path).relative_to(directory).as_posix()
        return path

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
        known = ", ".join(f"`{one}`" for one in sorted(self.names(channel))) or "none"
        noun = _NOUNS[channel]
        raise RenderingFailed(f"there is no template `{name}` for {noun}; there are: {known}")

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
            lacks = " and ".join(f"`{file}`" for file in missing)
            raise RenderingFailed(f"the email `{name}` lacks {lacks} in {directory}")
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
