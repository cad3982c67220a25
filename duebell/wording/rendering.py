"""From a template and records to the words that are sent.

What stands in a record is data: it is cleaned before and never read as a template.
https://jinja.palletsprojects.com/en/stable/templates/
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel import Locale

from duebell.domain.books import Business, Client, Invoice
from duebell.domain.failures import ConfigurationError, RenderingFailed
from duebell.domain.rules import Channel
from duebell.wording.emails import NO_WORDS, Email, finish_html, finish_subject, finish_text
from duebell.wording.environments import Environments
from duebell.wording.locales import direction_of, language_tags, locale_for
from duebell.wording.mishaps import Mishaps
from duebell.wording.plain_text import clean_record, tidy_message
from duebell.wording.proofreading import Finding, Proofreader
from duebell.wording.sample_records import sample_values
from duebell.wording.segments import count_units
from duebell.wording.strays import Strays
from duebell.wording.template_files import (
    HTML,
    SUBJECT,
    TEXT,
    TemplateFiles,
    Variant,
    shipped_templates,
)

__all__ = ["MAX_UNITS", "Proof", "Renderer", "open_renderer", "shipped_templates"]

#: UTF-16 units that Twilio takes in one message (error 21617).
#: https://www.twilio.com/docs/api/errors/21617
MAX_UNITS = 1600


@dataclass(frozen=True, slots=True)
class Proof:
    """What is wrong with a template, and what is right and maybe not meant: a sentence each."""

    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


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
        self._mishaps = Mishaps(self._files, self._environments)
        self._proofreader = Proofreader(self._files, self._environments)
        self._mentioned: dict[tuple[str, str, Channel], bool] = {}

    def template_names(self, channel: Channel = Channel.SMS) -> frozenset[str]:
        """The templates of a channel that a rule may name."""
        return self._files.names(channel)

    def languages_of(self, name: str, channel: Channel = Channel.SMS) -> list[str]:
        """The languages that a template has."""
        return self._files.languages(name, channel)

    @property
    def languages(self) -> list[str]:
        """The languages in which there is any template."""
        return sorted(
            {
                language
                for channel in Channel
                for name in self.template_names(channel)
                for language in self._files.languages(name, channel)
            }
        )

    def render_text(self, template: str, **values: object) -> str:
        """The text of a message, as it is sent.

        ``languages`` are those of the reader, best first; without them they are the client's and
        the invoice's. The other values are records and numbers, by the names that templates use.

        Raises:
            RenderingFailed: if there is no such template, if it and the records do not fit
                together, or if the text is empty or too long for one message.
        """
        page = self._page(template, Channel.SMS, values)
        text = tidy_message(self._render(page, TEXT))
        if lack := _lack_of(text):
            raise RenderingFailed(f"{self._title(page, TEXT)} {lack}")
        return text

    def render_email(self, template: str, **values: object) -> Email:
        """The subject, the plain text and the page of an email, as they are sent.

        The values are those of :meth:`render_text`, and ``unsubscribe_url`` for people outside of
        the firm.

        Raises:
            RenderingFailed: if there is no such template, if one of its files is missing, if it and
                the records do not fit together, or if a part of it is empty.
        """
        page = self._page(template, Channel.EMAIL, values)
        return Email(
            finish_subject(self._title(page, SUBJECT), self._render(page, SUBJECT)),
            finish_text(self._title(page, TEXT), self._render(page, TEXT)),
            finish_html(self._title(page, HTML), self._render(page, HTML)),
        )

    def check(
        self, name: str, event: str = "invoice.create", channel: Channel = Channel.SMS
    ) -> None:
        """Read every language variant of a template, and render it with made-up records.

        Raises:
            RenderingFailed: with the first fault.
        """
        for fault in self.proofread(name, event, channel).faults:
            raise RenderingFailed(fault)

    def proofread(self, name: str, event: str, channel: Channel = Channel.SMS) -> Proof:
        """Everything wrong with a template in messages about an event, in all its languages.

        Each variant is read, which finds what no made-up record leads to; and where that finds no
        fault, rendered with made-up records.
        """
        faults, notes = list[str](), list[str]()
        for language in self._files.languages(name, channel):
            try:
                found = self._read(name, event, channel, language)
                faults += (self._told(one) for one in found if one.is_fault)
                notes += (self._told(one) for one in found if not one.is_fault)
                if not any(one.is_fault for one in found):
                    self._try_out(name, event, channel, language)
            except RenderingFailed as failure:
                faults.append(str(failure))
        return Proof(tuple(dict.fromkeys(faults)), tuple(dict.fromkeys(notes)))

    def unused(self, used: Collection[tuple[str, Channel]]) -> list[str]:
        """What lies in the operator's directories and no message is made of, a sentence each."""
        return Strays(self._files, used).sentences()

    def _read(self, name: str, event: str, channel: Channel, language: str) -> list[Finding]:
        files = self._files.find(name, channel, language_tags(language)).files
        found = self._proofreader.read(list(files.values()), event)
        # Of what came with Duebell one fault says enough: it is not made for this event.
        shipped = [one for one in found if self._files.is_shipped(one.file)]
        return [one for one in found if one not in shipped[1:]]

    def _try_out(self, name: str, event: str, channel: Channel, language: str) -> None:
        render = self.render_email if channel is Channel.EMAIL else self.render_text
        for values in sample_values(event, language):
            render(name, **{**values, "languages": (language,)})

    def _told(self, finding: Finding) -> str:
        return f"{self._mishaps.place(finding.file, finding.line)}: {finding.sentence}"

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
        known: dict[str, object] = {"audience": "", "recipient": "", "unsubscribe_url": ""}
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
        # A template can raise anything, from a division by zero to an endless include.
        except Exception as error:
            fault = self._mishaps.sentence(error, file, page.values)
            raise RenderingFailed(fault) from error

    def _title(self, page: _Page, kind: str) -> str:
        return self._files.title(page.variant.files[kind])


def _reader(values: Mapping[str, object]) -> tuple[list[str], list[str]]:
    """The languages and countries of whoever reads a message, best first."""
    client, invoice = values.get("client"), values.get("invoice")
    business, languages = values.get("business"), values.get("languages")
    spoken = [one.language for one in (client, invoice) if isinstance(one, Client | Invoice)]
    if isinstance(languages, Sequence) and languages:
        spoken = list(languages)
    countries = [one.country for one in (client, business) if isinstance(one, Client | Business)]
    return spoken, countries


def _lack_of(text: str) -> str:
    """Why no message can have this text; empty if it can."""
    if not text:
        return f"gives an empty text; {NO_WORDS}"
    if (units := count_units(text)) > MAX_UNITS:
        return f"gives a text of {units} characters; Twilio takes {MAX_UNITS}, so shorten it"
    return ""


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
