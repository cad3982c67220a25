"""The rulebook: from ``duebell.toml`` to rules, or to every fault in it at once.

A rule that this version cannot carry out is a fault too, because a rule that silently does nothing
looks exactly like one that works.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path

from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import Rulebook
from duebell.rulebook.faults import Faults, guess
from duebell.rulebook.lists import read_lists
from duebell.rulebook.rules import RuleReading
from duebell.rulebook.toml_lines import TomlLines

DEFAULT_RULEBOOK = Path(__file__).with_name("default.toml")

_TABLES = ("rule", "lists")
_PLANNED_TABLES = ("business", "client", "vendor")


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
    faults = Faults(str(file), TomlLines(text))
    rulebook = _read_document(document, faults, templates)
    if faults.sentences:
        raise ConfigurationError(faults.sentences)
    return rulebook


def _read_document(
    document: Mapping[str, object], faults: Faults, templates: Collection[str] | None
) -> Rulebook:
    for name in document:
        if name not in _TABLES:
            _refuse_table(name, faults)
    lists = read_lists(faults, document.get("lists", {}))
    entries = document.get("rule", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        line = faults.lines.of_table("rule")
        faults.add(line, "`rule` must be a list of tables; start each rule with `[[rule]]`")
        entries = []
    return Rulebook(RuleReading(faults, lists, templates).read(entries), lists)


def _refuse_table(name: str, faults: Faults) -> None:
    line = faults.lines.of_table(name)
    if name in _PLANNED_TABLES:
        faults.add(line, f"[{name}] is not supported in this version; take it out")
        return
    known = (*_TABLES, *_PLANNED_TABLES)
    mend = guess(name, known) or "this version knows `[[rule]]` and `[lists]`"
    faults.add(line, f"unknown table or key `{name}`; {mend}")


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
