"""From a template and records to the words that are sent.

Templates are Jinja2 in a sandbox. A value that is not there is an error and never a gap, and what
stands in a record is data: it is cleaned before and never read as a template.
https://jinja.palletsprojects.com/en/stable/templates/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

from babel import Locale
from jinja2 import FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from duebell.domain.books import Business, Client, Invoice, Money
from duebell.domain.failures import ConfigurationError, RenderingFailed
from duebell.wording.locales import DAY_LENGTHS, format_day, format_money, language_tags, locale_for
from duebell.wording.plain_text import clean_value, shorten, tidy_message
from duebell.wording.sample_records import sample_values
from duebell.wording.segments import count_units

#: UTF-16 units that Twilio takes in one message (error 21617).
#: https://www.twilio.com/docs/api/errors/21617
MAX_UNITS = 1600

#: Characters of a name or number that a message shows.
MAX_NAME = 60

_SUFFIX = ".txt.j2"
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_SHORTENED = frozenset({"name", "organization", "first_name", "last_name", "number"})


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


class Renderer:
    """Renders the templates of some directories.

    A template is looked for in the first directory, then in the next: one of the operator's
    replaces the shipped one of the same name in every language. Within a directory the variant in
    the client's language comes first (``invoice_created.fr.txt.j2``).
    """

    def __init__(self, directories: Sequence[Path]) -> None:
        self._directories = tuple(directories)
        self._environments: dict[str, ImmutableSandboxedEnvironment] = {}
        self._mentioned: dict[tuple[str, str], bool] = {}

    def template_names(self) -> frozenset[str]:
        """The templates for texts that a rule may name."""
        names = (file.name.removesuffix(_SUFFIX) for file in self._files())
        return frozenset(name for name in names if _NAME.fullmatch(name))

    def render_text(
        self,
        template: str,
        *,
        business: Business | None = None,
        client: Client | None = None,
        invoice: Invoice | None = None,
        languages: Sequence[str] = (),
        **values: object,
    ) -> str:
        """The text of a message, as it is sent.

        ``languages`` are those of the reader, best first; without them they are the client's and
        the invoice's. ``values`` are further records and numbers, by the names that templates use.

        Raises:
            RenderingFailed: if there is no such template, if it and the records do not fit
                together, or if the text is empty or too long for one message.
        """
        spoken = languages or [one.language for one in (client, invoice) if one is not None]
        tags = language_tags(*spoken)
        countries = [one.country for one in (client, business) if one is not None]
        locale = locale_for(tags, *countries)
        file = self._find(template, tags)
        values |= {"business": business, "client": client, "invoice": invoice}
        known = {name: _clean(value) for name, value in values.items() if value is not None}
        return _checked(file, self._render(file, locale, known))

    def check(self, name: str, event: str = "invoice.create") -> None:
        """Render every language variant of a template with made-up records of an event.

        Raises:
            RenderingFailed: for the first variant that does not render.
        """
        for language in self._languages(name):
            for values in sample_values(event, language):
                self.render_text(name, languages=(language,), **values)

    def mentions(self, name: str, word: str) -> bool:
        """Whether any language variant of a template speaks of something, for example a field."""
        if (name, word) not in self._mentioned:
            files = [file for file in self._files() if file.name.split(".")[0] == name]
            texts = (file.read_text(encoding="utf-8", errors="replace") for file in files)
            self._mentioned[name, word] = any(word in text for text in texts)
        return self._mentioned[name, word]

    def _files(self) -> Iterator[Path]:
        for directory in self._directories:
            yield from sorted((directory / "sms").glob(f"*{_SUFFIX}"))

    def _languages(self, name: str) -> list[str]:
        variants = [file.name.removesuffix(_SUFFIX).split(".") for file in self._files()]
        return ["en", *sorted({parts[1] for parts in variants if parts[0] == name and parts[1:]})]

    def _find(self, template: str, tags: tuple[str, ...]) -> str:
        files = [*(f"{template}.{tag}{_SUFFIX}" for tag in tags), f"{template}{_SUFFIX}"]
        for directory in self._directories if _NAME.fullmatch(template) else ():
            for file in files:
                if (directory / "sms" / file).is_file():
                    return f"sms/{file}"
        known = ", ".join(f"`{name}`" for name in sorted(self.template_names())) or "none"
        raise RenderingFailed(f"there is no template `{template}` for texts; there are: {known}")

    def _render(self, file: str, locale: Locale, values: dict[str, object]) -> str:
        try:
            return self._environment(locale).get_template(file).render(values)
        except TemplateSyntaxError as error:
            fault = f"template `{error.name or file}` line {error.lineno}: {error.message}"
            raise RenderingFailed(fault) from error
        # A template can raise anything, from a division by zero to an endless include.
        except Exception as error:
            fault = (
                f"template `{file}`{_line(error.__traceback__)}: {error or type(error).__name__}"
            )
            raise RenderingFailed(fault) from error

    def _environment(self, locale: Locale) -> ImmutableSandboxedEnvironment:
        # One for each locale, so that filters know it even inside imported macros.
        known = self._environments.get(str(locale))
        if known is None:
            known = _build_environment(self._directories, locale)
            self._environments[str(locale)] = known
        return known


def _build_environment(
    directories: Sequence[Path], locale: Locale
) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(directories),
        undefined=StrictUndefined,
        autoescape=False,  # a text message is no HTML
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalizer(locale),
    )
    environment.filters["money"] = lambda value: _money(value, locale)
    environment.filters["date"] = lambda value, length="medium": _day(value, locale, length)
    return environment


def _finalizer(locale: Locale) -> Callable[[object], object]:
    def finalize(value: object) -> object:
        """What ``{{ value }}`` shows: money and days in the client's way, and never "None"."""
        if isinstance(value, Money):
            return _money(value, locale)
        if isinstance(value, date):
            return _day(value, locale, "medium")
        if value is None:
            raise ValueError("a value is missing in the record; test it first with {% if ... %}")
        return value

    return finalize


def _money(value: object, locale: Locale) -> str:
    if not isinstance(value, Money):
        raise TypeError("the filter `money` needs an amount such as invoice.amount")
    try:
        return format_money(value, locale)
    except ArithmeticError as error:
        raise ValueError("the amount has too many digits") from error


def _day(value: object, locale: Locale, length: str) -> str:
    if not isinstance(value, date):
        raise TypeError("the filter `date` needs a day such as invoice.due_on")
    for known in DAY_LENGTHS:
        if known == length:
            return format_day(value, locale, known)
    raise ValueError(f"the filter `date` takes one of {', '.join(DAY_LENGTHS)}, not `{length}`")


def _clean(value: object) -> object:
    """A record whose texts are one line each, and names no longer than a message should show."""
    if isinstance(value, tuple):
        return tuple(map(_clean, value))
    if isinstance(value, str):
        return clean_value(value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    cleaned: dict[str, Any] = {}
    for field in fields(value):
        part = _clean(getattr(value, field.name))
        is_long = field.name in _SHORTENED and isinstance(part, str)
        cleaned[field.name] = shorten(str(part), MAX_NAME) if is_long else part
    return replace(value, **cleaned)


def _checked(file: str, rendered: str) -> str:
    text = tidy_message(rendered)
    units = count_units(text)
    if not text:
        raise RenderingFailed(f"template `{file}` gives an empty text")
    if units > MAX_UNITS:
        raise RenderingFailed(
            f"template `{file}` gives a text of {units} characters; Twilio takes {MAX_UNITS}"
        )
    return text


def _line(traceback: TracebackType | None) -> str:
    """Where in a template an error arose; Jinja2 puts the template's lines into tracebacks."""
    line = ""
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename.endswith(".j2"):
            line = f" line {traceback.tb_lineno}"
        traceback = traceback.tb_next
    return line


def open_renderer(own: Path | None) -> Renderer:
    """The renderer with an operator's templates, if there are any, before the shipped ones."""
    return Renderer([*([own] if own else []), shipped_templates()])
