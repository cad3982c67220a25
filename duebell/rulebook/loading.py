"""The rulebook: from ``duebell.toml`` to rules, or to every fault in it at once.

A rule that this version cannot carry out is a fault too, because a rule that silently does nothing
looks exactly like one that works.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import Rulebook
from duebell.people.countries import region_of
from duebell.rulebook.audiences import EveryName
from duebell.rulebook.business import read_business
from duebell.rulebook.document import read_document
from duebell.rulebook.faults import Faults, guess, listed
from duebell.rulebook.lists import read_lists
from duebell.rulebook.overrides import read_overrides
from duebell.rulebook.places import RULE, TABLES, place_of
from duebell.rulebook.rules import ALL_IS_SENT, RuleReading, Templates, Unsendable
from duebell.rulebook.safeguards import read_brakes, read_escalation, read_safe_mode
from duebell.rulebook.tables import PEOPLE_BELONG, are_people
from duebell.rulebook.toml_lines import TomlLines

DEFAULT_RULEBOOK = Path(__file__).with_name("default.toml")

_DIGEST_LETTERS = 16


def load_rulebook(
    path: Path | None,
    templates: Templates | None = None,
    unsendable: Unsendable = ALL_IS_SENT,
) -> Rulebook:
    """The rules of the file at ``path``, or the shipped ones if there is no such file.

    ``templates`` are the names a rule may use, by channel; without it they are not looked at.
    ``unsendable`` are the channels on which this installation sends nothing.

    Raises:
        ConfigurationError: with one sentence for every fault of the file.
    """
    file = rulebook_file(path)
    rulebook, faults = read_rulebook(read_text(file), str(file), templates, unsendable)
    if faults:
        raise ConfigurationError(faults)
    return rulebook


def read_rulebook(
    text: str,
    file_name: str,
    templates: Templates | None = None,
    unsendable: Unsendable = ALL_IS_SENT,
) -> tuple[Rulebook, list[str]]:
    """The rules in a text, and a sentence for every fault; with any fault it is not to be used."""
    rulebook, faults = gather(text, file_name, templates, unsendable)
    return rulebook, faults.sentences


def gather(
    text: str, file_name: str, templates: Templates | None, unsendable: Unsendable
) -> tuple[Rulebook, Faults]:
    """The rules in a text as far as they are right, and its faults."""
    with _no_collection():
        return _gather(text, Faults(file_name, TomlLines(text)), templates, unsendable)


def _gather(
    text: str, faults: Faults, templates: Templates | None, unsendable: Unsendable
) -> tuple[Rulebook, Faults]:
    document = read_document(text, faults)
    faults.country = _country(document)
    _refuse_unknown(document, faults)
    lists = read_lists(faults, document.get("lists", {}))
    # Of a list that cannot be read nobody knows the name.
    names = EveryName(lists) if faults.lacks_lists else lists
    rulebook = Rulebook(
        rules=RuleReading(faults, names, templates, unsendable).read(_entries(document, faults)),
        lists=lists,
        clients=read_overrides(faults, "client", document.get("client", {}), names),
        vendors=read_overrides(faults, "vendor", document.get("vendor", {}), names),
        business=read_business(faults, document.get("business", {})),
        brakes=read_brakes(faults, document.get("brakes", {})),
        escalation=read_escalation(faults, document.get("escalation", {})),
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


def _refuse_unknown(document: Mapping[str, object], faults: Faults) -> None:
    of_rules = [name for name in document if name in RULE]
    if len(of_rules) > 1:
        # One heading was forgotten, and not each of its keys misplaced.
        mend = "they belong in a rule: write `[[rule]]` on a line above them"
        faults.add((of_rules[0],), f"{listed(of_rules)} stand below no heading; {mend}")
    for name in document:
        if name not in TABLES and (len(of_rules) < 2 or name not in of_rules):
            mend = _mend_of(name, document[name])
            faults.add((name,), f"unknown table or key `{name}`; {mend}")


def _mend_of(name: str, value: object) -> str:
    if mend := place_of(name, "") or guess(name, TABLES):
        return mend
    if are_people(value):
        return PEOPLE_BELONG
    return f"there are {listed(TABLES)}"


def _country(document: Mapping[str, object]) -> str:
    """The country of the business, as far as it is right; what is wrong is told elsewhere."""
    business = document.get("business")
    country = business.get("country") if isinstance(business, dict) else None
    return (region_of(country) or "") if isinstance(country, str) else ""


def _entries(document: Mapping[str, object], faults: Faults) -> list[dict[str, object]]:
    entries = document.get("rule", [])
    if isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries):
        return entries
    faults.add(("rule",), "`rule` must be a list of tables; start each rule with `[[rule]]`")
    return []
