"""How a preview is written: for people, for programs, and its emails as pages for a browser."""

from __future__ import annotations

import sys
import tempfile
import textwrap
import webbrowser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from duebell.cli.hints import as_typed
from duebell.cli.output import screen_width, write_json
from duebell.cli.preview_document import preview_document
from duebell.domain.decisions import Verdict
from duebell.domain.failures import DuebellError
from duebell.domain.local_times import LocalTimes
from duebell.domain.rules import Channel
from duebell.explaining.times import on_local_clock
from duebell.previewing.preview import Preview, Shown, Words
from duebell.wording.plain_text import clean_value

_NOTHING = "Nobody would be told."
_NO_RULE = "No rule is about {event}, so nobody would be told. `--template NAME` tries a template."
_SEGMENTS = (
    "Carriers charge a text by segment: 160 characters of the plain alphabet (GSM-7), or 70 where"
    " one character is not in it (UCS-2)."
)
_SEPARATE = "\u2502 ", "\u250a "  # a line of the message, and where one goes on
_LEAST_WIDTH = 40


def write(preview: Preview, html: Path | None, *, open_: bool, as_json: bool) -> None:
    """Write a preview on stdout, and its emails where somebody wants them."""
    pages = _write_pages(preview, html, is_wanted=html is not None or open_)
    if as_json:
        write_json(preview_document(preview, pages))
    else:
        lines = _Lines(screen_width(), preview.times).of(preview, pages)
        sys.stdout.write("\n".join(lines) + "\n")
        if not pages and (html is not None or open_):
            sys.stdout.write(f"{_no_page(preview)}\n")
    if open_:
        for page in pages.values():
            webbrowser.open(page.absolute().as_uri())


def _no_page(preview: Preview) -> str:
    emails = [one for one in preview.shown if one.channel is Channel.EMAIL]
    if any(one.words is None for one in emails):
        return "The email has a fault (see above), so there is no page to show."
    return "There is no email in it, so there is no page to show."


def _write_pages(preview: Preview, file: Path | None, *, is_wanted: bool) -> dict[int, Path]:
    """Write the page of each email to a file of its own; gives the files by place."""
    places = [
        place for place, one in enumerate(preview.shown) if one.words is not None and one.words.html
    ]
    if not is_wanted or not places:
        return {}
    first = file or Path(tempfile.mkdtemp(prefix="duebell-preview-")) / "email.html"
    files = {place: _numbered(first, nth, len(places)) for nth, place in enumerate(places, start=1)}
    for place, one in files.items():
        words = preview.shown[place].words
        try:
            one.write_text(words.html if words else "", encoding="utf-8")
        except OSError as error:
            raise DuebellError(f"{one} cannot be written: {error.strerror}") from None
    return files


def _numbered(file: Path, number: int, count: int) -> Path:
    return file if count == 1 else file.with_name(f"{file.stem}-{number}{file.suffix}")


@dataclass(frozen=True, slots=True)
class _Lines:
    """A preview as lines for people; ``width`` is the screen's, None where there is none."""

    width: int | None
    times: LocalTimes

    def of(self, preview: Preview, pages: dict[int, Path]) -> Iterator[str]:
        about = ": ".join(filter(None, (preview.event, clean_value(preview.subject))))
        yield from self._wrapped(f"{about}. Nothing is sent.", "")
        for note in preview.notes:
            yield from self._wrapped(note, "")
        if not preview.shown and not preview.notes:
            yield from self._wrapped(_NO_RULE.format(event=preview.event), "")
        if preview.tells_nobody:
            yield from ("", _NOTHING)
        number = 0
        for place, one in enumerate(preview.shown):
            if one.is_told:
                number += 1
                yield ""
                yield from self._message(number, one, pages.get(place))
        if any(one.words and one.words.segments for one in preview.messages):
            yield ""
            yield from self._wrapped(_SEGMENTS, "")
        if preview.silences:
            yield from ("", "Not told:")
            for place, one in enumerate(preview.shown):
                if not one.is_told:
                    yield from self._silence(one, pages.get(place))

    def _message(self, number: int, one: Shown, page: Path | None) -> Iterator[str]:
        yield from self._wrapped(f"{number}. {_whom(one)}", "   ", begin="")
        for name, value in _facts(one, page, self.times):
            yield from self._wrapped(f"{name:9}{value}", "   " + " " * 9, begin="   ")
        if one.words is not None:
            yield from self._text(one.words.text)

    def _text(self, text: str) -> Iterator[str]:
        """The message line by line, exactly; what is too long for the terminal goes on below."""
        for line in text.split("\n"):
            room = max((self.width or 0) - 5, _LEAST_WIDTH)
            # Blanks at the end of a line of the screen are not needed; all others are kept.
            parts = _split(line, room) if self.width else [line]
            for nth, part in enumerate(parts or [""]):
                yield f"   {_SEPARATE[nth > 0]}{part}".rstrip()

    def _silence(self, one: Shown, page: Path | None) -> Iterator[str]:
        by = f" (rule {one.number})" if one.number else ""
        who = one.name or one.audience or "everybody"
        when = f", {one.note}" if one.note else ""
        line = f"- {who}{by}{when}: {one.verdict}, {one.reason}"
        yield from self._wrapped(clean_value(line), "  ", begin="")
        is_read = one.is_example or one.verdict == Verdict.REPEATED
        if is_read and one.words is not None:
            yield "  It would read:" if one.is_example else "  It would read now:"
            shown = (("subject", one.words.subject), ("page", str(page or "")))
            for name, value in shown:
                yield from self._wrapped(f"{name:9}{value}", "            ", "   ") if value else ()
            yield from self._text(one.words.text)
        elif is_read and one.fault:
            yield from self._wrapped(f"It cannot be made now: {one.fault}", "  ")

    def _wrapped(self, text: str, indent: str, begin: str | None = None) -> Sequence[str]:
        first = indent if begin is None else begin
        text = as_typed(on_local_clock(text, self.times))
        if self.width is None:
            return [first + text]
        return textwrap.wrap(
            text,
            max(self.width, _LEAST_WIDTH),
            initial_indent=first,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _split(line: str, room: int) -> list[str]:
    """A line of a message in pieces that fit, with one blank less where it is broken."""
    parts: list[str] = []
    while len(line) > room:
        end = line.rfind(" ", 1, room + 1)
        is_blank = end > 0 and line[:end].strip() != ""
        cut = end if is_blank else room
        parts.append(line[:cut])
        line = line[cut + is_blank :]
    return [*parts, line]


def _whom(one: Shown) -> str:
    name = clean_value(one.name)
    who = f"{name} ({one.audience})" if name else one.audience
    # Of a fixed address there is nothing to say but itself.
    is_address = one.audience.startswith("+") or "@" in one.audience
    at = "" if is_address else f", {one.recipient}"
    return f"To {one.recipient if is_address else who}{at}, by {one.channel}"


def _facts(one: Shown, page: Path | None, times: LocalTimes) -> Iterator[tuple[str, str]]:
    if one.instead:
        yield "goes to", f"{one.instead} instead (safe mode)"
    if one.rule is not None:
        place = f"{one.number}, line {one.rule.line}: " if one.number else "only tried: "
        yield "rule", f"{place}{one.rule.name}"
    if one.note:
        yield "note", one.note
    yield "when", _when(one, times)
    if one.fault:
        yield "fault", f"it would not be sent: {one.fault}"
    if one.words is None:
        return
    if one.words.subject:
        yield "subject", one.words.subject
        if page is not None:
            yield "page", str(page)
    else:
        yield "length", _length(one.words)


def _when(one: Shown, times: LocalTimes) -> str:
    if one.not_before is None:
        return "now"
    why = f" ({one.hold})" if one.hold else ""
    return f"not before {times.minute(one.not_before)}{why}"


def _length(words: Words) -> str:
    parts = f"{words.segments} segment{'s' if words.segments != 1 else ''}"
    shown = f"{len(words.text)} characters, {parts}, {words.encoding}"
    return f"{shown} because of {' '.join(words.dear)}" if words.dear else shown
