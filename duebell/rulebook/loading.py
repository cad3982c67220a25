"""The rulebook: from ``duebell.toml`` to rules, or to every fault in it at once.

A rule that this version cannot carry out is a fault too, because a rule that silently does nothing
looks exactly like one that works.
"""

from __future__ import annotations

import gc
import tomllib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import Channel, Rulebook
from duebell.rulebook.business import read_business
from duebell.rulebook.faults import Faults, guess, listed
from duebell.rulebook.lists import read_lists
from duebell.rulebook.overrides import read_overrides
from duebell.rulebook.rules import RuleReading, Templates
from duebell.rulebook.safeguards import read_brakes, read_safe_mode
from duebell.rulebook.tables import read_decimal
from duebell.rulebook.toml_lines import TomlLines

DEFAULT_RULEBOOK = Path(__file__).with_name("default.toml")

#: The channels on which this version can send.
SENDABLE = (Channel.SMS,)

TABLES = ("business", "brakes", "safe_mode", "lists", "rule", "client", "vendor")
_DIGEST_LETTERS = 16


def load_rulebook(
    path: Path | None,
    templates: Templates | None = None,
    channels: Collection[Channel] = SENDABLE,
) -> Rulebook:
    """The rules of the file at ``path``, or the shipped ones if there is no such file.

    ``templates`` are the names a rule may use, by channel; without it they are not looked at.
    ``channels`` are those on which messages can be sent.

    Raises:
        ConfigurationError: with one sentence for every fault of the file.
    """
    file = rulebook_file(path)
    rulebook, faults = read_rulebook(read_text(file), str(file), templates, channels)
    if faults:
        raise ConfigurationError(faults)
    return rulebook


def read_rulebook(
    text: str,
    file_name: str,
    templates: Templates | None = None,
    channels: Collection[Channel] = SENDABLE,
) -> tuple[Rulebook, list[str]]:
    """The rules in a text, and a sentence for every fault; with any fault it is not to be used."""
    rulebook, faults = gather(text, file_name, templates, channels)
    return rulebook, faults.sentences


def gather(
    text: str, file_name: str, templates: Templates | None, channels: Collection[Channel]
) -> tuple[Rulebook, Faults]:
    """The rules in a text as far as they are right, and its faults."""
    with _no_collection():
        return _gather(text, Faults(file_name, TomlLines(text)), templates, channels)


def _gather(
    text: str, faults: Faults, templates: Templates | None, channels: Collection[Channel]
) -> tuple[Rulebook, Faults]:
    document = _parse(text, faults)
    for name in document:
        if name not in TABLES:
            mend = guess(name, TABLES) or f"there are {listed(TABLES)}"
            faults.add((name,), f"unknown table or key `{name}`; {mend}")
    lists = read_lists(faults, document.get("lists", {}))
    rulebook = Rulebook(
        rules=RuleReading(faults, lists, templates, channels).read(_entries(document, faults)),
        lists=lists,
        clients=read_overrides(faults, "client", document.get("client", {}), lists),
        vendors=read_overrides(faults, "vendor", document.get("vendor", {}), lists),
        business=read_business(faults, document.get("business", {})),
        brakes=read_brakes(faults, document.get("brakes", {})),
        safe_mode=read_safe_mode(faults, document.get("safe_mode")),
        digest=sha256(text.encode()).hexdigest()[:_DIGEST_LETTERS],
    )
    return rulebook, faults


def rulebook_file(path: Path | None) -> Path:
    """The file that counts: the one at ``path``, or the shipped one if there is none."""
    return path if path is not None and path.exists() else DEFAULT_RULEBOOK


def read_text(file: Path) -> str:
    """The text of a file.

    Raises:
        ConfigurationError: if it cannot be read, or is not UTF-8.
    """
    try:
        # Windows editors put a byte order mark in front, which TOML does not allow.
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        fault = f"{file} line {line}: this is not UTF-8; save the file as UTF-8."
    except OSError as error:
        fault = f"{file}: the file cannot be read ({error.strerror}); mend its permissions or path."
    raise ConfigurationError([fault])


@contextmanager
def _no_collection() -> Iterator[None]:
    """Of ten thousand tables nothing is garbage, and looking for it takes a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _parse(text: str, faults: Faults) -> Mapping[str, object]:
    try:
        return tomllib.loads(text, parse_float=read_decimal)
    except RecursionError:
        faults.add_at(None, "lists are nested too deep; take some of the brackets out")
    except ValueError as error:  # of numbers with thousands of digits, too
        message, _, place = str(error).rpartition(" (at ")
        line = place.partition("line ")[2].partition(",")[0]
        last = len(text.splitlines())
        sentence = f"this is not TOML: {message or error}; mend this line"
        faults.add_at(int(line) if line.isdecimal() else last, sentence)
    return {}


def _entries(document: Mapping[str, object], faults: Faults) -> list[dict[str, object]]:
    entries = document.get("rule", [])
    if isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries):
        return entries
    faults.add(("rule",), "`rule` must be a list of tables; start each rule with `[[rule]]`")
    return []
