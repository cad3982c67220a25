"""Files in an operator's directory of templates of which no message is made, and what was meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path

from duebell.domain.rules import Channel
from duebell.rulebook.faults import guess
from duebell.wording.template_files import EMAIL_KINDS, TemplateFiles

_SMS_FILE = re.compile(r"(?P<stem>[A-Za-z0-9_-]+)(?:\.(?P<tag>[^.]+))?\.txt\.j2")
_EMAIL_FILE = re.compile(r"(?P<stem>subject|body)(?:\.(?P<tag>[^.]+))?\.(?:html|txt)\.j2")
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}")

_SUFFIXES = frozenset({".j2", ".jinja", ".jinja2", ".txt", ".html", ".htm"})
_OF_TEMPLATES = frozenset({".j2", ".jinja", ".jinja2"})
#: A name that is less like another one is hardly a slip of the same.
_NEAR = 0.75
_PLACES = (
    "a text is `sms/NAME.txt.j2`, an email `email/NAME/subject.txt.j2`, `body.txt.j2` and"
    " `body.html.j2`"
)


class Strays:
    """Looks through the operator's directories; ``used`` are the templates that rules name."""

    def __init__(self, files: TemplateFiles, used: Collection[tuple[str, Channel]]) -> None:
        self._files = files
        self._used = used
        self._known = {
            channel: files.shipped_names(channel) | {name for name, one in used if one is channel}
            for channel in Channel
        }

    def sentences(self) -> list[str]:
        """A sentence for each such file, or for each template of several."""
        return list(
            dict.fromkeys(
                sentence
                for directory in self._files.own_directories
                for file in _candidates(directory)
                for sentence in self._about(directory, file.relative_to(directory))
            )
        )

    def _about(self, directory: Path, file: Path) -> Iterator[str]:
        match file.parts:
            case ("sms", name) if found := _SMS_FILE.fullmatch(name):
                yield from self._template(directory, file, found["stem"], found["tag"])
            case ("email", folder, name) if found := _EMAIL_FILE.fullmatch(name):
                yield from self._template(directory, file, folder, found["tag"])
            case _ if not self._is_part(directory, file):
                yield from self._misplaced(directory, file)

    def _template(self, directory: Path, file: Path, name: str, tag: str | None) -> Iterator[str]:
        channel = Channel(file.parts[0])
        if tag and not _TAG.fullmatch(tag):
            code = tag.casefold().replace("_", "-")
            mend = f"write `{code}`" if _TAG.fullmatch(code) else "write a code such as `fr`"
            yield f"`{directory / file}` is never used: `{tag}` is no code of a language; {mend}"
        elif name not in self._known[channel] and not self._is_part(directory, file):
            noun = f"{'text' if channel is Channel.SMS else 'email'} `{name}`"
            mend = self._guess(name, channel) or "name it in a rule, or take it away"
            shown = directory / (file if channel is Channel.SMS else file.parent)
            yield f"no rule names the {noun} (`{shown}`); {mend}"

    def _guess(self, name: str, channel: Channel) -> str:
        """The template that was maybe meant; one that lies beside it is another one."""
        absent = {one for one in self._known[channel] if not self._is_own(one, channel)}
        return guess(name, absent, _NEAR)

    def _is_own(self, name: str, channel: Channel) -> bool:
        own = self._files.own_directories
        files = self._files.paths(name, channel)
        return any(file.is_relative_to(one) for file in files for one in own)

    def _misplaced(self, directory: Path, file: Path) -> Iterator[str]:
        meant = self._meant(file)
        if meant or file.parts[0] in ("sms", "email") or file.suffix in _OF_TEMPLATES:
            mend = f"did you mean `{directory / meant}`?" if meant else _PLACES
            yield f"`{directory / file}` is never used; {mend}"

    def _meant(self, file: Path) -> str:
        """The file that was maybe meant; empty where none is near."""
        if file.parts[0] == "email":
            places = (f"{file.parent.as_posix()}/{kind}.j2" for kind in EMAIL_KINDS)
            known = {*self._files.everything(), *(places if len(file.parts) > 2 else ())}
            return _guessed(file.as_posix(), known - {file.as_posix()})
        name = _guessed(file.name.split(".")[0], self._known[Channel.SMS])
        return f"sms/{name}.txt.j2" if name else ""

    def _is_part(self, directory: Path, file: Path) -> bool:
        """Whether it stands in the place of a shipped file, or another file of theirs uses it."""
        name = file.as_posix()
        return self._files.has_shipped(name) or any(
            name in other.read_text(encoding="utf-8", errors="replace")
            for pattern in ("*/*.j2", "*/*/*.j2")
            for other in directory.glob(pattern)
            if other != directory / file
        )


def _guessed(word: str, known: Collection[str]) -> str:
    return next(iter(get_close_matches(word.casefold(), sorted(known), n=1)), "")


def _candidates(directory: Path) -> Iterator[Path]:
    """What looks like a template; the directory may be one in which other things lie, too."""
    for pattern in ("*", "*/*", "email/*/*"):
        for file in sorted(directory.glob(pattern)):
            is_hidden = any(part.startswith(".") for part in file.relative_to(directory).parts)
            is_about = file.name.upper().startswith("README")
            if file.suffix in _SUFFIXES and not (is_hidden or is_about) and file.is_file():
                yield file
