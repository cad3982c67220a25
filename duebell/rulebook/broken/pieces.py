"""A wrong statement, piece by piece, and how it was meant, as it is written down."""

from __future__ import annotations

from dataclasses import dataclass

from duebell.rulebook.broken.tokens import Kind, Token, in_quotes, tokens_of

#: What says something only by where it stands.
_BETWEEN = frozenset({Kind.BLANK, Kind.INVISIBLE, Kind.REMARK, Kind.NEWLINE})
TEXTS = frozenset({Kind.TEXT, Kind.TYPOGRAPHIC, Kind.UNCLOSED})


@dataclass(frozen=True, slots=True)
class Slip:
    """What is wrong, and the mend in words; ``line`` counts from 0, the first of the statement."""

    line: int
    text: str
    mend: str


class NobodyCanTell(Exception):
    """What was meant cannot be made out; ``is_more``: it is more than one statement."""

    def __init__(self, text: str, mend: str, *, is_more: bool = False) -> None:
        super().__init__(text)
        self.text, self.mend, self.is_more = text, mend, is_more


class Pieces:
    """Goes through a statement once; ``open`` are the brackets around the place where it is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.slips: list[Slip] = []
        self.open: list[str] = []
        self.tokens = tokens_of(text)
        self.position = 0
        self._out: list[str] = []
        self._end = 0  # of what was written last, blanks and remarks apart
        self._last_line = 0

    @property
    def written(self) -> str:
        """The statement as it was meant, on as many lines as it had."""
        mended = "".join(self._out)
        return mended + "\n" * (self.text.count("\n") - mended.count("\n"))

    @property
    def line(self) -> int:
        """The line of the next piece, from 0."""
        token = self.tokens[min(self.position, len(self.tokens) - 1)]
        return self.line_at(min(token.start, len(self.text.rstrip())))

    def line_at(self, start: int) -> int:
        """The line of a character, from 0."""
        return self.text.count("\n", 0, start)

    def slip(self, text: str, mend: str, *, is_before: bool = False) -> None:
        """Keep what is wrong here, or right after what was written last."""
        self.slip_at(self._last_line if is_before else self.line, text, mend)

    def slip_at(self, line: int, text: str, mend: str) -> None:
        """Keep what is wrong with a line."""
        self.slips.append(Slip(line, text, mend))

    def slip_quotes(self, token: Token) -> None:
        """Keep what is wrong with the quotes of a text."""
        if token.kind is Kind.UNCLOSED and token.text[0] in "\"'":
            self.slip("a quote is missing", 'put a `"` before and after each text')
        elif token.kind is not Kind.TEXT:
            self.slip("quotes must be straight ones, not typographic", 'write `"`')

    def next(self) -> Token | None:
        """The next piece that says something, which outside of brackets the end of a line does."""
        while self.position < len(self.tokens):
            token = self.tokens[self.position]
            if token.kind not in _BETWEEN or (token.kind is Kind.NEWLINE and not self.open):
                return token
            self._keep(token)
            self.position += 1
        return None

    def _keep(self, token: Token) -> None:
        text = token.text
        if token.kind is Kind.INVISIBLE:
            self.slip("an invisible character stands on this line", "type the line anew")
            text = " "
        # A table in braces is one line; what is between its own goes.
        if "{" in self.open and token.kind in (Kind.NEWLINE, Kind.REMARK):
            text = " "
        self._out.append(text)

    def take(self, text: str) -> None:
        """Go past a piece, which is written like this."""
        self._last_line = self.line
        self.position += 1
        self.write(text)

    def take_text(self, token: Token) -> None:
        """Go past a text, which is written in straight quotes."""
        self.slip_quotes(token)
        self.take(token.text if token.kind is Kind.TEXT else in_quotes(token.inner.rstrip()))

    def skip_to(self, start: int) -> None:
        """Go past all pieces before a character."""
        self._last_line = self.line
        while self.position < len(self.tokens) and self.tokens[self.position].start < start:
            self.position += 1

    def write(self, text: str) -> None:
        """Write something of a person's meaning."""
        self._out.append(text)
        self._end = len(self._out)

    def insert(self, text: str) -> None:
        """Write something that was forgotten, right after what was written last."""
        self._out.insert(self._end, text)
        self._end += 1

    def strike(self) -> None:
        """Take back what was written last."""
        self._out[self._end - 1] = ""
