"""The words of every shipped template as files: read by people, compared by a test.

``python -m tests.golden`` writes them anew. What has changed in them is then seen in the diff.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from html.parser import HTMLParser
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from duebell.domain.books import Payment
from duebell.domain.rules import Channel
from duebell.wording.emails import Email
from duebell.wording.rendering import Renderer, open_renderer, shipped_templates
from duebell.wording.sample_records import sample_values
from duebell.wording.segments import count_segments, encoding_of
from duebell.wording.template_files import TemplateFiles
from tests.unit.shipped_texts import EVENTS

GOLDEN = Path(__file__).parent / "samples" / "golden"

#: The whole page is kept in this language alone; the others differ from it in their words.
PAGES_IN = "en"


class Shipped(NamedTuple):
    """A shipped template in one language."""

    channel: Channel
    name: str
    language: str


def every_template() -> list[Shipped]:
    """Every shipped template in every language that it has."""
    files = TemplateFiles([shipped_templates()])
    return [
        Shipped(channel, name, language)
        for channel in Channel
        for name in sorted(files.names(channel))
        for language in files.languages(name, channel)
    ]


@cache
def golden_files(one: Shipped) -> dict[Path, str]:
    """What the golden files of a template should hold."""
    cases = list(sample_values(EVENTS[one.name], one.language))
    folder, stem = GOLDEN / one.channel, f"{one.name}.{one.language}"
    if one.channel is Channel.SMS:
        texts = [_text(one, values) for values in cases]
        return {folder / f"{stem}.txt": _in_sections(cases, texts)}
    cases = _few(cases)
    emails = [_email(one, values) for values in cases]
    files = {folder / f"{stem}.txt": _in_sections(cases, list(map(_words_of, emails)))}
    if one.language == PAGES_IN:
        # The fullest page has most of what there is to see.
        files[folder / f"{stem}.html"] = max((email.html for email in emails), key=len) + "\n"
    return files


def _few(cases: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Some cases for each audience: emails are long, and amounts in all currencies look alike."""
    by_audience = groupby(cases, key=itemgetter("audience"))
    few = [values for _, group in by_audience for values in islice(group, 3)]
    return few + [values for values in cases if _is_refund(values) and values not in few]


def _is_refund(values: Mapping[str, Any]) -> bool:
    payment: Payment | None = values["payment"]
    return payment is not None and payment.amount.amount < 0


@cache
def renderer() -> Renderer:
    """The renderer of what comes with Duebell; it compiles each template once."""
    return open_renderer(None)


def _text(one: Shipped, values: Mapping[str, Any]) -> str:
    text = renderer().render_text(one.name, **{**values, "languages": (one.language,)})
    return f"{text}\n({encoding_of(text)}, {count_segments(text)})"


def _email(one: Shipped, values: Mapping[str, Any]) -> Email:
    return renderer().render_email(one.name, **{**values, "languages": (one.language,)})


def _words_of(email: Email) -> str:
    return (
        f"Subject: {email.subject}\n\n{email.text}\n\n-- on the page --\n{page_words(email.html)}"
    )


def _in_sections(cases: list[Mapping[str, Any]], texts: list[str]) -> str:
    """Each text once, under the audiences that read it."""
    readers: dict[str, list[str]] = {}
    for values, text in zip(cases, texts, strict=True):
        known = readers.setdefault(text, [])
        if values["audience"] not in known:
            known.append(values["audience"])
    return "\n".join(f"=== {', '.join(names)}\n{text}\n" for text, names in readers.items())


def page_words(html: str) -> str:
    """What a person reads on a page, line by line; links in angle brackets."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join("".join(line).split()) for line in reader.lines)
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    """Gathers words by the blocks in which they stand; two cells of a row share a line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[list[str]] = [[]]
        self._is_hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_hidden = tag in ("style", "title")
        if tag in ("tr", "p", "h1", "div", "br"):
            self.lines.append([])
        if tag == "a":
            self.lines[-1].append(f"<{dict(attrs).get('href')}> ")

    def handle_endtag(self, tag: str) -> None:
        self._is_hidden = False
        self.lines[-1].append(" " if tag in ("td", "span") else "")

    def handle_data(self, data: str) -> None:
        if not self._is_hidden:
            # The padding behind the words that a mail client shows beside the subject.
            self.lines[-1].append(data.replace("\u034f", "").replace("\u200c", ""))


def _write() -> Iterator[Path]:
    wanted = {path: text for one in every_template() for path, text in golden_files(one).items()}
    for path in set(GOLDEN.rglob("*.*")) - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            yield path


if __name__ == "__main__":
    for changed in _write():
        print(changed.relative_to(GOLDEN))  # noqa: T201
