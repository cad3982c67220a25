"""The rulebook: from ``duebell.toml`` to rules, or to every fault in it at once.

A rule that this version cannot carry out is a fault too, because a rule that silently does nothing
looks exactly like one that works.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from duebell.domain.events import EVENT_TYPES
from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import Channel, Rule, Rulebook
from duebell.toml_lines import TomlLines

DEFAULT_RULEBOOK = Path(__file__).with_name("default_rulebook.toml")

#: What this version carries out, of all that the rulebook has words for.
SUPPORTED_EVENTS = ("invoice.create",)
SUPPORTED_AUDIENCES = ("client",)
SUPPORTED_CHANNELS = tuple(Channel)

_KEYS = ("on", "to", "channel", "template")
_PLANNED_KEYS = ("days", "when")
_PLANNED_TABLES = ("business", "lists", "client", "vendor")


def load_rulebook(path: Path | None, templates: Collection[str] | None = None) -> Rulebook:
    """The rules of the file at ``path``, or the shipped ones if there is no such file.

    ``templates`` are the names a rule may use; without it they are not looked at.

    Raises:
        ConfigurationError: with one sentence for every fault of the file.
    """
    file = path if path is not None and path.exists() else DEFAULT_RULEBOOK
    text = _read(file)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([_syntax_fault(file, text, error)]) from None
    reading = _Reading(str(file), TomlLines(text), templates)
    rules = reading.read(document)
    if reading.faults:
        raise ConfigurationError(reading.faults)
    return Rulebook(rules)


class _Reading:
    """One reading of a rulebook, which gathers the faults."""

    def __init__(self, file: str, lines: TomlLines, templates: Collection[str] | None) -> None:
        self.faults: list[str] = []
        self._file = file
        self._lines = lines
        self._templates = templates

    def read(self, document: Mapping[str, object]) -> tuple[Rule, ...]:
        for name in document:
            if name != "rule":
                self._refuse_table(name)
        entries = document.get("rule", [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            line = self._lines.of_table("rule")
            self._fault(line, "`rule` must be a list of tables; start each rule with `[[rule]]`")
            return ()
        rules = [self._read_rule(index, entry) for index, entry in enumerate(entries)]
        self._refuse_duplicates(rules)
        return tuple(rule for rule in rules if rule is not None)

    def _read_rule(self, index: int, entry: Mapping[str, object]) -> Rule | None:
        faults_before = len(self.faults)
        for key in entry:
            if key not in _KEYS:
                self._refuse_key(index, key)
        on, to, channel, template = (self._text(index, entry, key) for key in _KEYS)
        self._check_event(index, on)
        self._check_supported(index, "to", to, SUPPORTED_AUDIENCES)
        self._check_supported(index, "channel", channel, SUPPORTED_CHANNELS)
        self._check_template(index, template)
        if len(self.faults) > faults_before:
            return None
        return Rule(str(on), str(to), Channel(str(channel)), str(template))

    def _text(self, index: int, entry: Mapping[str, object], key: str) -> str | None:
        line = self._lines.of_key(index, key)
        if key not in entry:
            if any(get_close_matches(word, _KEYS, n=1) == [key] for word in entry):
                return None  # the misspelt key is told already
            self._fault(line, f'`{key}` is missing in [[rule]]; add a line like `{key} = "..."`')
            return None
        value = entry[key]
        if not isinstance(value, str):
            self._fault(line, f'`{key}` must be text; write it in quotes, `{key} = "..."`')
            return None
        return value

    def _check_event(self, index: int, value: str | None) -> None:
        if value is None or value in SUPPORTED_EVENTS:
            return
        line = self._lines.of_key(index, "on")
        if value in EVENT_TYPES:
            self._unsupported(line, "on", value, SUPPORTED_EVENTS)
            return
        mend = _guess(value, EVENT_TYPES) or f"event types are {_listed(EVENT_TYPES)}"
        self._fault(line, f"`on`: there is no event type `{value}`; {mend}")

    def _check_supported(
        self, index: int, key: str, value: str | None, known: Sequence[str]
    ) -> None:
        if value is not None and value not in known:
            self._unsupported(self._lines.of_key(index, key), key, value, known)

    def _check_template(self, index: int, value: str | None) -> None:
        if value is None or self._templates is None or value in self._templates:
            return
        known = sorted(self._templates)
        mend = _guess(value, known) or f"there are {_listed(known)}"
        line = self._lines.of_key(index, "template")
        self._fault(line, f"`template`: there is no template `{value}` for texts; {mend}")

    def _refuse_key(self, index: int, key: str) -> None:
        line = self._lines.of_key(index, key)
        if key in _PLANNED_KEYS:
            self._fault(line, f"`{key}` is not supported in this version; take it out of the rule")
            return
        mend = _guess(key, _KEYS) or f"a rule has {_listed(_KEYS)}"
        self._fault(line, f"unknown key `{key}` in [[rule]]; {mend}")

    def _refuse_table(self, name: str) -> None:
        line = self._lines.of_table(name)
        if name in _PLANNED_TABLES:
            self._fault(line, f"[{name}] is not supported in this version; take it out")
            return
        mend = _guess(name, ("rule", *_PLANNED_TABLES)) or "this version knows `[[rule]]` only"
        self._fault(line, f"unknown table or key `{name}`; {mend}")

    def _refuse_duplicates(self, rules: Sequence[Rule | None]) -> None:
        # Not by template: a person hears of a fact once on a channel, whatever the words.
        first: dict[tuple[str, str, Channel], int] = {}
        for index, rule in enumerate(rules):
            if rule is None:
                continue
            told = (rule.on, rule.to, rule.channel)
            if first.setdefault(told, index) != index:
                earlier = self._lines.of_rule(first[told])
                where = f" on line {earlier}" if earlier else ""
                line = self._lines.of_rule(index)
                self._fault(line, f"this [[rule]] repeats the one{where}; take one of them out")

    def _unsupported(self, line: int | None, key: str, value: str, known: Sequence[str]) -> None:
        mend = f"only {_listed(known)} is"
        self._fault(line, f"`{key}`: `{value}` is not supported in this version; {mend}")

    def _fault(self, line: int | None, sentence: str) -> None:
        where = f" line {line}" if line else ""
        end = "" if sentence.endswith("?") else "."
        self.faults.append(f"{self._file}{where}: {sentence}{end}")


def _read(file: Path) -> str:
    try:
        # Windows editors put a byte order mark in front, which TOML does not allow.
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        fault = f"{file} line {line}: this is not UTF-8; save the file as UTF-8."
    except OSError as error:
        fault = f"{file}: the file cannot be read ({error.strerror}); mend its permissions or path."
    raise ConfigurationError([fault])


def _syntax_fault(file: Path, text: str, error: tomllib.TOMLDecodeError) -> str:
    message, _, place = str(error).rpartition(" (at ")
    line = place.partition("line ")[2].partition(",")[0] or str(len(text.splitlines()))
    return f"{file} line {line}: this is not TOML: {message}; mend this line."


def _guess(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"did you mean `{close[0]}`?" if close else ""


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words) or "none"
