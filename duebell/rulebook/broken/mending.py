"""A whole text that is no TOML: every slip in it, and the text as it was meant.

What cannot be made out stands in the mended text under ``UNREAD``, as a value or as a key, so that
nobody takes it for missing. Every line keeps its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from duebell.rulebook.broken.headings import RULE, Heading, read_heading
from duebell.rulebook.broken.keys import key_of
from duebell.rulebook.broken.pairs import MendedPair, mend_pair
from duebell.rulebook.broken.parts import Block, Part, blocks_of
from duebell.rulebook.broken.pieces import Slip
from duebell.rulebook.broken.tokens import is_toml, toml_fault

#: How a key or a value begins that stands for something which cannot be read.
UNREAD = "unread-"

#: Blocks that contradict one another are left out one by one, but not without an end.
_MOST_ROUNDS = 20
_LONGEST_LINE = 100


@dataclass(frozen=True, slots=True)
class MendedText:
    """A text as it was meant, and what is wrong with it by its lines, from 1."""

    text: str
    slips: tuple[Slip, ...]


def mend_text(text: str, tables: Sequence[str]) -> MendedText:
    """Read a text that is no TOML; ``tables`` are the words that its headings begin with."""
    blocks = blocks_of(text, tables)
    reading = _Reading()
    written = [reading.read(block) for block in blocks]
    for _ in range(_MOST_ROUNDS):
        fault = toml_fault("\n".join(written))
        if fault is None:
            return MendedText("\n".join(written), tuple(reading.slips))
        place = _block_at(blocks, fault)
        mend = "write what belongs together in one place"
        reading.slip(blocks[place].line, "this contradicts what stands above it", mend)
        written[place] = _left_out(blocks[place])
    return MendedText("", tuple(reading.slips))


def _block_at(blocks: Sequence[Block], fault: str) -> int:
    line = fault.rpartition("line ")[2].partition(",")[0]
    number = int(line) if line.isdecimal() else blocks[-1].line
    return max(place for place, block in enumerate(blocks) if block.line <= number)


def _left_out(block: Block) -> str:
    # A table that nobody knows takes the place of whatever it was.
    return f"[{UNREAD}{block.line}]" + "\n" * block.text.count("\n")


class _Reading:
    """Reads one block after the other."""

    def __init__(self) -> None:
        self.slips: list[Slip] = []
        self._first: dict[tuple[str, ...], int] = {}
        self._rules = 0

    def slip(self, line: int, text: str, mend: str) -> None:
        """Keep what is wrong with a line."""
        self.slips.append(Slip(line, text, mend))

    def read(self, block: Block) -> str:
        """The block as it was meant."""
        if block.heading is None:
            return self._statements(block, "the beginning")
        heading = read_heading(block.heading.text)
        if heading.wrong:
            self.slip(block.line, heading.wrong, heading.mend)
        is_misplaced = not heading.names or self._is_misplaced(block.line, heading)
        if not heading.wrong and not is_misplaced and is_toml(block.text):
            return block.text
        statements = self._statements(block, heading.written)
        if is_misplaced:
            return _left_out(block)
        written = heading.written if heading.wrong else block.heading.text
        return "\n".join([written, statements]) if block.statements else written

    def _is_misplaced(self, line: int, heading: Heading) -> bool:
        """Whether a heading stands where it cannot, which is kept."""
        way = heading.names
        if way[0] == RULE:
            if len(way) == 1:
                self._rules += 1
                return False
            if not self._rules:
                mend = "write it below the `[[rule]]` that it is for"
                self.slip(line, f"`{heading.written}` belongs to a rule", mend)
                return True
            way = (RULE, str(self._rules), *way[1:])
        first = self._first.setdefault(way, line)
        if first == line or heading.is_list:
            return False
        reason = f"`{heading.written}` stands twice (first on line {first})"
        self.slip(line, reason, "write all that it holds below the first one")
        return True

    def _statements(self, block: Block, title: str) -> str:
        written: list[str] = []
        first: dict[str, int] = {}
        twice: dict[str, int] = {}
        for part in block.statements:
            mended = part.text if is_toml(part.text) else self._mended(part)
            key = key_of(mended)
            if key and first.setdefault(key, part.line) != part.line:
                twice.setdefault(key, part.line)
                mended = "\n" * mended.count("\n")
            written.append(mended)
        if twice:
            self._keep_twice(title, twice, first)
        return "\n".join(written)

    def _keep_twice(self, title: str, twice: dict[str, int], first: dict[str, int]) -> None:
        """One slip for all keys of a block: where many stand twice, a heading was forgotten."""
        key, line = next(iter(twice.items()))
        keys = ", ".join(f"`{one}`" for one in twice)
        stand, mend = ("stands", "remove one") if len(twice) == 1 else ("stand", "remove those")
        place = title
        if title == f"[[{RULE}]]":
            place, mend = "this rule", f"{mend}, or begin another `{title}` above this line"
        self.slip(line, f"{keys} {stand} twice in {place} (first on line {first[key]})", mend)

    def _mended(self, part: Part) -> str:
        pair = mend_pair(part.text)
        by_mend: dict[tuple[int, str], list[str]] = {}
        for slip in pair.slips:
            by_mend.setdefault((slip.line, _mend(pair, slip)), []).append(slip.text)
        named = f"`{pair.key}`: " if pair.key else ""
        for (line, mend), texts in by_mend.items():
            self.slip(part.line + line, f"{named}{', and '.join(texts)}", mend)
        if pair.text is not None:
            return pair.text
        name = f'"{UNREAD}{part.line}"'
        value = f"{pair.key} = {name}"
        is_known = pair.key and not pair.is_more and is_toml(value)
        return (value if is_known else f"{name} = 0") + "\n" * part.text.count("\n")


def _mend(pair: MendedPair, slip: Slip) -> str:
    """The line as it is to be, where it is not too long to be shown."""
    lines = (pair.text or "").split("\n")
    line = lines[slip.line].partition(" #")[0].strip() if slip.line < len(lines) else ""
    return f"write `{line}`" if line and len(line) <= _LONGEST_LINE else slip.mend
