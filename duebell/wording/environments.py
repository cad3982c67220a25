"""The Jinja2 environments in which templates are read and rendered.

Everything runs in a sandbox, and a value that is not there is an error and never a gap.
https://jinja.palletsprojects.com/en/stable/sandbox/
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from duebell.domain.books import Money
from duebell.wording.filters import NoValue, day, filters_for, money

_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_ISOLATE, _END = "\u2068", "\u2069"
_ENGLISH = Locale("en")


class NameMissing(UndefinedError):
    """A template uses a name that is not there: a field of ``owner``, or a value of the message."""

    def __init__(self, name: object, owner: object, is_field: bool) -> None:
        super().__init__(f"there is no `{name}`")
        self.name, self.owner, self.is_field = name, owner, is_field


class Unreadable(Exception):
    """A file of a template that is no text in UTF-8, or that may not be read."""

    def __init__(self, file: str, sentence: str, line: int | None = None) -> None:
        super().__init__(sentence)
        self.file, self.line = file, line


class _Missing(StrictUndefined):
    """A value that is not there, and says which it is."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if not self._undefined_hint:
            owner = self._undefined_obj
            is_field = owner is not _NOWHERE
            raise NameMissing(self._undefined_name, owner if is_field else None, is_field)
        return super()._undefined_message


#: Jinja2's own mark for a name that belongs to nothing.
_NOWHERE = StrictUndefined()._undefined_obj


class _Files(FileSystemLoader):
    """Templates in directories: in UTF-8, with or without the mark that Windows puts in front."""

    def __init__(self, directories: Sequence[Path]) -> None:
        super().__init__(directories, encoding="utf-8-sig")

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        try:
            source, path, is_current = super().get_source(environment, template)
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            byte = f"byte {error.start + 1} (0x{error.object[error.start]:02x})"
            raise Unreadable(
                template, f"{byte} is not UTF-8; save the file as UTF-8", line
            ) from error
        except OSError as error:
            if error.errno is None:  # Jinja2's: there is no such file
                raise
            reason = error.strerror or type(error).__name__
            raise Unreadable(
                template, f"it cannot be read ({reason}); mend the file or its permissions"
            ) from error
        # One that is put into a directory before this one takes its place at once.
        return source, path, lambda: is_current() and self._first(template) == Path(path)

    def _first(self, template: str) -> Path | None:
        files = (Path(directory) / template for directory in self.searchpath)
        return next((Path(file) for file in files if file.is_file()), None)


class Environments:
    """One environment for each way to write, so that filters know it even in imported macros.

    ``locale`` is how the reader writes money and days, ``words`` the language of the template's own
    words. In HTML everything is escaped, whatever file it comes from.
    """

    def __init__(self, directories: Sequence[Path]) -> None:
        self._loader = _Files(directories)
        self._known: dict[tuple[str, str, bool], ImmutableSandboxedEnvironment] = {}
        self._parsed: dict[str, tuple[nodes.Template, Callable[[], bool]]] = {}

    def get(self, locale: Locale, words: Locale, *, html: bool) -> ImmutableSandboxedEnvironment:
        """The environment for this reader and kind of file."""
        key = (str(locale), str(words), html)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._build(locale, words, html=html)
        return known

    @property
    def any(self) -> ImmutableSandboxedEnvironment:
        """An environment for looking at templates; all of them have the same filters and tests."""
        return self.get(_ENGLISH, _ENGLISH, html=False)

    def parse(self, file: str) -> nodes.Template:
        """What stands in a file, as Jinja2 reads it.

        Raises:
            Unreadable: if it is no text.
            jinja2.TemplateNotFound: if there is no such file.
            jinja2.TemplateSyntaxError: if it is no template.
        """
        tree, is_current = self._parsed.get(file, (None, None))
        if tree is None or is_current is None or not is_current():
            source, path, is_current = self._loader.get_source(self.any, file)
            tree = self.any.parse(source, file, path)
            self._parsed[file] = (tree, is_current)
        return tree

    def _build(self, locale: Locale, words: Locale, *, html: bool) -> ImmutableSandboxedEnvironment:
        environment = ImmutableSandboxedEnvironment(
            loader=self._loader,
            undefined=_Missing,
            # Not by the name of the file: a text that an HTML file includes is HTML, too.
            autoescape=html,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_finalizer(locale, html=html),
        )
        environment.filters = filters_for(locale, words)
        return environment


def _finalizer(locale: Locale, *, html: bool) -> Callable[[object], object]:
    def finalize(value: object) -> object:
        """What ``{{ value }}`` shows: money and days in the client's way, and never "None"."""
        if isinstance(value, Money):
            return money(value, locale)
        if isinstance(value, date):
            return day(value, locale)
        if value is None:
            raise NoValue
        # Of exactly this type: what is markup already is left as it is.
        return _isolated(value) if html and type(value) is str else value

    return finalize


def _isolated(text: str) -> str:
    """A right-to-left name keeps to itself, so that it does not turn the words beside it round.

    https://www.w3.org/International/questions/qa-bidi-unicode-controls
    """
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        return f"{_ISOLATE}{text}{_END}"
    return text
