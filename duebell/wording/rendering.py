"""From a template and records to the words that are sent.

What stands in a record is data: it is cleaned before and never read as a template.
https://jinja.palletsprojects.com/en/stable/templates/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from babel import Locale
from jinja2 import TemplateSyntaxError

from duebell.domain.books import Business, Client, Invoice
from duebell.domain.failures import ConfigurationError, RenderingFailed
from duebell.domain.rules import Channel
from duebell.wording.emails import Email, finish_html, finish_subject, finish_text
from duebell.wording.environments import Environments
from duebell.wording.locales import direction_of, language_tags, locale_for
from duebell.wording.plain_text import clean_record, tidy_message
from duebell.wording.sample_records import sample_values
from duebell.wording.segments import count_units
from duebell.wording.template_files import HTML, SUBJECT, TEXT, TemplateFiles, Variant

#: UTF-16 units that Twilio takes in one message (error 21617).
#: https://www.twilio.com/docs/api/errors/21617
MAX_UNITS = 1600


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
class _Page:
    """A template in the reader's language, with what it may show and how that is written."""

    variant: Variant
    locale: Locale
    words: Locale
    values: Mapping[str, object]


class Renderer:
    """Renders the templates of some directories.

    A template is looked for in the first directory, then in the next: one of the operator's
    replaces the shipped one of the same name in every language. Within a directory the variant in
    the client's language comes first (``invoice_created.fr.txt.j2``).
    """

    def __init__(self, directories: Sequence[Path]) -> None:
        self._files = TemplateFiles(directories)
        self._environments = Environments(directories)
        self._mentioned: dict[tuple[str, str, Channel], bool] = {}

    def template_names(self, channel: Channel = Channel.SMS) -> frozenset[str]:
        """The templates of a channel that a rule may name."""
        return self._files.names(channel)

    def render_text(self, template: str, **values: object) -> str:
        """The text of a message, as it is sent.

        ``languages`` are those of the reader, best first; without them they are the client's and
        the invoice's. The other values are records and numbers, by the names that templates use.

        Raises:
            RenderingFailed: if there is no such template, if it and the records do not fit
                together, or if the text is empty or too long for one message.
        """
        page = self._page(template, Channel.SMS, values)
        return _checked(page.variant.files[TEXT], self._render(page, TEXT))

    def render_email(self, template: str, **values: object) -> Email:
        """The subject, the plain text and the page of an email, as they are sent.

        The values are those of :meth:`render_text`.

        Raises:
            RenderingFailed: if there is no such template, if one of its files is missing, if it and
                the records do not fit together, or if a part of it is empty.
        """
        page = self._page(template, Channel.EMAIL, values)
        files = page.variant.files
        return Email(
            finish_subject(files[SUBJECT], self._render(page, SUBJECT)),
            finish_text(files[TEXT], self._render(page, TEXT)),
            finish_html(files[HTML], self._render(page, HTML)),
        )

    def check(
        self, name: str, event: str = "invoice.create", channel: Channel = Channel.SMS
    ) -> None:
        """Render every language variant of a template with made-up records of an event.

        Raises:
            RenderingFailed: for the first variant that does not render.
        """
        render = self.render_email if channel is Channel.EMAIL else self.render_text
        for language in self._files.languages(name, channel):
            for values in sample_values(event, language):
                render(name, **{**values, "languages": (language,)})

    def mentions(self, name: str, word: str, channel: Channel = Channel.SMS) -> bool:
        """Whether any variant of a template for a channel speaks of something, such as a field."""
        key = (name, word, channel)
        if key not in self._mentioned:
            files = self._files.paths(name, channel)
            texts = (file.read_text(encoding="utf-8", errors="replace") for file in files)
            self._mentioned[key] = any(word in text for text in texts)
        return self._mentioned[key]

    def forget(self) -> None:
        """Look at the templates anew: somebody may have changed them."""
        self._mentioned.clear()

    def _page(self, template: str, channel: Channel, values: Mapping[str, object]) -> _Page:
        spoken, countries = _reader(values)
        tags = language_tags(*spoken)
        variant = self._files.find(template, channel, tags)
        known: dict[str, object] = {"audience": "", "recipient": ""}
        known |= {
            name: clean_record(value, name) for name, value in values.items() if value is not None
        }
        known |= {
            "languages": tags,
            "language": variant.language,
            "direction": direction_of(variant.language),
        }
        words = locale_for(language_tags(variant.language), *countries)
        return _Page(variant, locale_for(tags, *countries), words, known)

    def _render(self, page: _Page, kind: str) -> str:
        file = page.variant.files[kind]
        try:
            environment = self._environments.get(page.locale, page.words, html=kind == HTML)
            return environment.get_template(file).render(page.values)
        except TemplateSyntaxError as error:
            fault = f"template `{error.name or file}` line {error.lineno}: {error.message}"
            raise RenderingFailed(fault) from error
        # A template can raise anything, from a division by zero to an endless include.
        except Exception as error:
            place = self._place(file, error.__traceback__)
            raise RenderingFailed(f"template {place}: {error or type(error).__name__}") from error

    def _place(self, file: str, traceback: TracebackType | None) -> str:
        """Where an error arose; Jinja2 puts the templates' lines into tracebacks."""
        lines: dict[str, int] = {}
        inner = file
        while traceback is not None:
            path = traceback.tb_frame.f_code.co_filename
            if path.endswith(".j2"):
                inner = self._files.name_of(path)
                lines[inner] = traceback.tb_lineno
            traceback = traceback.tb_next
        place = f"`{inner}` line {lines[inner]}" if inner in lines else f"`{inner}`"
        if inner == file or file not in lines:
            return place
        # A part that fails may have been given something wrong by whoever uses it.
        return f"{place} (from `{file}` line {lines[file]})"


def _reader(values: Mapping[str, object]) -> tuple[list[str], list[str]]:
    """The languages and countries of whoever reads a message, best first."""
    client, invoice = values.get("client"), values.get("invoice")
    business, languages = values.get("business"), values.get("languages")
    spoken = [one.language for one in (client, invoice) if isinstance(one, Client | Invoice)]
    if isinstance(languages, Sequence) and languages:
        spoken = list(languages)
    countries = [one.country for one in (client, business) if isinstance(one, Client | Business)]
    return spoken, countries


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


def open_renderer(own: Path | None) -> Renderer:
    """The renderer with an operator's templates, if there are any, before the shipped ones.

    Raises:
        ConfigurationError: if the operator's directory is not there.
    """
    if own is not None and not own.is_dir():
        raise ConfigurationError(
            [f"DUEBELL_TEMPLATES: there is no directory {own}; make it, or take the setting out."]
        )
    return Renderer([*([own] if own else []), shipped_templates()])
