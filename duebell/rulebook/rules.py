"""Reading the ``[[rule]]`` tables of a rulebook."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from duebell.domain.books import Kind
from duebell.domain.events import DUE, EVENT_TYPES, LADDERS, OVERDUE, kind_of_event
from duebell.domain.rules import CLIENT, LIST_PREFIX, VENDOR, Channel, Rule
from duebell.people.phones import Unusable, normalize_phone
from duebell.rulebook.faults import Faults, guess, listed

#: What this version carries out, of all that the rulebook has words for.
SUPPORTED_EVENTS = tuple(event for event in EVENT_TYPES if event != "notification.failed")
SUPPORTED_CHANNELS = tuple(Channel)

_HAS_CLIENT = (Kind.INVOICE, Kind.PAYMENT, Kind.CLIENT, Kind.EXPENSE)
_HAS_VENDOR = (Kind.BILL, Kind.VENDOR)

NEEDED_KEYS = ("on", "to", "channel", "template")
KEYS = (*NEEDED_KEYS, "days")
PLANNED_KEYS = ("when",)

#: The rungs of a ladder that names none, in days from the due date.
DEFAULT_DAYS = {OVERDUE: (5, 10), DUE: (-3,)}
MOST_DAYS = 365


class RuleReading:
    """Reads one rule after the other; the faults are gathered."""

    def __init__(
        self, faults: Faults, lists: Collection[str], templates: Collection[str] | None
    ) -> None:
        self._faults = faults
        self._lines = faults.lines
        self._lists = lists
        self._templates = templates

    def read(self, entries: Sequence[Mapping[str, object]]) -> tuple[Rule, ...]:
        """All rules that are right; there are faults where one is missing."""
        rules = [self._read_rule(index, entry) for index, entry in enumerate(entries)]
        self._refuse_duplicates(rules)
        return tuple(rule for rule in rules if rule is not None)

    def _read_rule(self, index: int, entry: Mapping[str, object]) -> Rule | None:
        faults_before = len(self._faults.sentences)
        for key in entry:
            if key not in KEYS:
                self._refuse_key(index, key)
        on, to, channel, template = (self._text(index, entry, key) for key in NEEDED_KEYS)
        self._check_event(index, on)
        self._check_audience(index, on, to)
        self._check_channel(index, channel)
        self._check_template(index, template)
        days = self._days(index, on, entry)
        if len(self._faults.sentences) > faults_before:
            return None
        return Rule(str(on), str(to), Channel(str(channel)), str(template), days)

    def _text(self, index: int, entry: Mapping[str, object], key: str) -> str | None:
        line = self._lines.of_key(index, key)
        if key not in entry:
            if any(get_close_matches(word, KEYS, n=1) == [key] for word in entry):
                return None  # the misspelt key is told already
            self._faults.add(
                line, f'`{key}` is missing in [[rule]]; add a line like `{key} = "..."`'
            )
            return None
        value = entry[key]
        if not isinstance(value, str):
            self._faults.add(line, f'`{key}` must be text; write it in quotes, `{key} = "..."`')
            return None
        return value

    def _check_event(self, index: int, value: str | None) -> None:
        if value is None or value in SUPPORTED_EVENTS:
            return
        line = self._lines.of_key(index, "on")
        if value in EVENT_TYPES:
            self._faults.unsupported(line, "on", value, SUPPORTED_EVENTS)
            return
        mend = guess(value, EVENT_TYPES) or f"event types are {listed(EVENT_TYPES)}"
        self._faults.add(line, f"`on`: there is no event type `{value}`; {mend}")

    def _check_audience(self, index: int, event: str | None, value: str | None) -> None:
        if value is None:
            return
        fault = self._audience_fault(event, value)
        if fault is not None:
            self._faults.add(self._lines.of_key(index, "to"), f"`to`: {fault}")

    def _audience_fault(self, event: str | None, value: str) -> str | None:
        kind = kind_of_event(event or "")
        if value in (CLIENT, VENDOR):
            fitting = _HAS_CLIENT if value == CLIENT else _HAS_VENDOR
            if event not in SUPPORTED_EVENTS or kind in fitting:
                return None
            return f"`{event}` is about no {value}; name a list or a number"
        if value.startswith(LIST_PREFIX):
            return self._list_fault(value.removeprefix(LIST_PREFIX))
        if value.startswith("+"):
            return number_fault(value)
        known = (CLIENT, VENDOR, f"{LIST_PREFIX}NAME", "+12125550100")
        return f"`{value}` is no audience of this version; write one like {listed(known)}"

    def _list_fault(self, name: str) -> str | None:
        if name in self._lists:
            return None
        mend = (
            guess(name, sorted(self._lists))
            or f"the lists in [lists] are {listed(sorted(self._lists))}"
        )
        return f"there is no list `{name}`; {mend}"

    def _check_channel(self, index: int, value: str | None) -> None:
        if value is not None and value not in SUPPORTED_CHANNELS:
            line = self._lines.of_key(index, "channel")
            self._faults.unsupported(line, "channel", value, SUPPORTED_CHANNELS)

    def _check_template(self, index: int, value: str | None) -> None:
        if value is None or self._templates is None or value in self._templates:
            return
        known = sorted(self._templates)
        mend = guess(value, known) or f"there are {listed(known)}"
        line = self._lines.of_key(index, "template")
        self._faults.add(line, f"`template`: there is no template `{value}` for texts; {mend}")

    def _days(self, index: int, event: str | None, entry: Mapping[str, object]) -> tuple[int, ...]:
        line = self._lines.of_key(index, "days")
        value = entry.get("days")
        if event not in LADDERS:
            if value is not None:
                ladders = listed(sorted(LADDERS))
                self._faults.add(line, f"`days`: only {ladders} have days; take it out")
            return ()
        if value is None:
            return DEFAULT_DAYS[event]
        fault = _days_fault(event, value)
        if fault is not None:
            self._faults.add(line, f"`days` {fault}")
            return ()
        return tuple(sorted(value))  # type: ignore[call-overload]

    def _refuse_key(self, index: int, key: str) -> None:
        line = self._lines.of_key(index, key)
        if key in PLANNED_KEYS:
            fault = f"`{key}` is not supported in this version; take it out of the rule"
        else:
            mend = guess(key, KEYS) or f"a rule has {listed(KEYS)}"
            fault = f"unknown key `{key}` in [[rule]]; {mend}"
        self._faults.add(line, fault)

    def _refuse_duplicates(self, rules: Sequence[Rule | None]) -> None:
        # Not by template: a person hears of a fact once on a channel, whatever the words.
        first: dict[tuple[str, str, Channel, int | None], int] = {}
        for index, rule in enumerate(rules):
            if rule is None:
                continue
            told = [(rule.on, rule.to, rule.channel, day) for day in rule.days or (None,)]
            earlier = {first.setdefault(one, index) for one in told} - {index}
            if earlier:
                line = self._lines.of_rule(min(earlier))
                where = f" on line {line}" if line else ""
                fault = f"this [[rule]] repeats the one{where}; take one of them out"
                self._faults.add(self._lines.of_rule(index), fault)


def number_fault(value: str) -> str | None:
    """What is wrong with a phone number in the rulebook; None where it is right."""
    found = normalize_phone(value, "", "")
    if isinstance(found, Unusable):
        return f"the number {found.reason}; write it like `+12125550100`"
    if not re.fullmatch(r"\+[0-9]+", value):
        return f"write the number without spaces and signs, `{found.e164}`"
    return None


def _days_fault(event: str, value: object) -> str | None:
    is_list = isinstance(value, list) and value
    if not is_list or not all(type(day) is int for day in value):  # type: ignore[attr-defined]
        example = list(DEFAULT_DAYS[event])
        return f"must be a list of whole numbers, such as `days = {example}`"
    days: list[int] = value  # type: ignore[assignment]
    if len(set(days)) < len(days):
        return "names the same day twice; take one of them out"
    if event == OVERDUE and not all(0 < day <= MOST_DAYS for day in days):
        return f"of {OVERDUE} are days after the due date: 1 to {MOST_DAYS}"
    if event == DUE and not all(-MOST_DAYS <= day <= 0 for day in days):
        return f"of {DUE} are days before the due date: -{MOST_DAYS} to 0"
    return None
