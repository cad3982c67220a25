"""One table of the file, read key by key: a value of the wrong type is a fault, and then None."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches

from duebell.rulebook.broken.numbers import number_of
from duebell.rulebook.faults import Faults, guess, listed
from duebell.rulebook.places import EXAMPLES, meant_by, place_of
from duebell.rulebook.toml_lines import Way

#: A key that is as near as that to one of its table belongs to no other.
_VERY_NEAR = 0.85
_RULE = "[[rule]]"
#: What a rule has one of.
_ONE_OF = {"on": "event", "to": "audience", "channel": "channel", "template": "template"}
_OR_NOTHING = "write something, or take it out"

PEOPLE_BELONG = "a list of people belongs below `[lists]`"


class Table:
    """The keys of one table. ``title`` is how faults name it, ``[business]`` for example."""

    def __init__(self, faults: Faults, way: Way, values: Mapping[str, object], title: str) -> None:
        self.faults = faults
        self.way = way
        self.title = title
        self._values = values

    def __contains__(self, key: str) -> bool:
        """Whether the file has the key, rightly or wrongly."""
        return key in self._values

    def __len__(self) -> int:
        """How many keys it has."""
        return len(self._values)

    def refuse_unknown(self, known: Sequence[str]) -> None:
        """Every key that there is not is a fault."""
        if self._values.keys() <= frozenset(known):
            return
        for key in self._values:
            if key not in known:
                mend = self._mend_of(key, known)
                self.faults.add((*self.way, key), f"unknown key `{key}` in {self.title}; {mend}")

    def _mend_of(self, key: str, known: Sequence[str]) -> str:
        if mend := guess(key, known, _VERY_NEAR) or place_of(key, self.title):
            return mend
        if are_people(self._values[key]):
            return PEOPLE_BELONG
        meant = meant_by(key, known)
        asked = f"did you mean `{meant}`?" if meant else guess(key, known)
        return asked or f"there are {listed(known)}"

    @property
    def keys(self) -> frozenset[str]:
        """All keys that the file has here."""
        return frozenset(self._values)

    def has_like(self, key: str, known: Sequence[str]) -> bool:
        """Whether a key is there that somebody wrote for this one."""
        return any(
            (meant_by(word, known) or next(iter(get_close_matches(word, known, n=1)), "")) == key
            for word in self._values
            if word not in known
        )

    def fault(self, key: str, sentence: str, *further: str | int) -> None:
        """Keep a fault of a key, or of what stands further in it."""
        self.faults.add((*self.way, key, *further), f"{self._named(key)}: {sentence}")

    def must(self, key: str, sentence: str, *further: str | int) -> None:
        """Keep a fault of a key by saying what it must be."""
        self.faults.add((*self.way, key, *further), f"{self._named(key)} must be {sentence}")

    def text(self, key: str) -> str | None:
        """A text that is not empty, without the blanks around it."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
            self.fault(key, self._of_one(key, value))
        elif not isinstance(value, str):
            self.must(key, f'text; write it in quotes, `{key} = "..."`')
        elif not value.strip():
            example = EXAMPLES.get(key) if self.title == _RULE else None
            mend = f'write one like `{key} = "{example}"`' if example else _OR_NOTHING
            self.fault(key, f"it is empty; {mend}")
        else:
            return value.strip()
        return None

    def _of_one(self, key: str, values: Sequence[str]) -> str:
        """What is wrong with a list where one thing has room."""
        if len(values) == 1:
            return f'it is one and no list; write `{key} = "{values[0]}"`'
        if self.title != _RULE or key not in _ONE_OF:
            return "it is one and no list; write one of them, without brackets"
        more = f', or `channel = "{values[0]}"` and `fallback = "{values[1]}"` for who has none'
        end = more if key == "channel" else ""
        return f"one {_ONE_OF[key]} for each rule; write a second `[[rule]]`{end}"

    def texts(self, key: str) -> tuple[str, ...]:
        """A text, or a list of them; none where there is nothing right."""
        value = self._values.get(key)
        if value is None or isinstance(value, str):
            one = self.text(key)
            return () if one is None else (one,)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.must(key, f'text or a list of texts; write them in quotes, `{key} = ["..."]`')
            return ()
        if not value or not all(one.strip() for one in value):
            self.fault(key, "it is empty; write something, or take it out")
            return ()
        return tuple(one.strip() for one in value)

    def choice(self, key: str, known: Collection[str], what: str) -> str | None:
        """One of the words that there are."""
        value = self.text(key)
        if value is None or value in known:
            return value
        mend = guess(value, known) or f"there are {listed(list(known))}"
        self.fault(key, f"there is no {what} `{value}`; {mend}")
        return None

    def flag(self, key: str) -> bool | None:
        """True or false."""
        value = self._values.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.must(key, "`true` or `false`, without quotes")
        return None

    def whole(self, key: str, least: int) -> int | None:
        """A whole number that is not too small."""
        value = self._values.get(key)
        if value is None:
            return None
        if type(value) is not int or value < least:
            self.must(key, f"a whole number, {least} or more, without quotes")
            return None
        return value

    def number(self, key: str) -> Decimal | None:
        """A number, exactly as it is written; in quotes or without."""
        value = self._values.get(key)
        if value is None:
            return None
        try:
            number = None if isinstance(value, bool) else Decimal(str(value))
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite():
            meant = number_of(str(value).strip(), key) or "1250.00"
            self.must(key, f'a number with a point and no blanks, such as `{key} = "{meant}"`')
            return None
        return number

    def table(self, key: str, example: str) -> Table | None:
        """A table within this one."""
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.must(key, f"a table; write it like `{key} = {example}`")
            return None
        return Table(self.faults, (*self.way, key), value, f"`{key}`")

    def without(self, keys: Collection[str]) -> Table:
        """The table with nothing at these keys."""
        values = {key: value for key, value in self._values.items() if key not in keys}
        return Table(self.faults, self.way, values, self.title)

    def raw(self, key: str) -> object:
        """The value as it is in the file."""
        return self._values.get(key)

    def _named(self, key: str) -> str:
        # A rule is what most of the file is made of: there, the line and the key are enough.
        return f"`{key}`" if self.title == _RULE else f"`{key}` in {self.title}"


def are_people(value: object) -> bool:
    """Whether a value is what only a list of staff is."""
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def read_decimal(text: str) -> Decimal:
    """A number of the file, exactly; one beyond all bounds is none."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")
