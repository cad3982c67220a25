"""Reading the ``[[rule]]`` tables of a rulebook."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from duebell.domain.events import EVENT_TYPES, URGENT_EVENTS, kind_of_event
from duebell.domain.rules import Channel, Conditions, Rule
from duebell.rulebook.audiences import audience_fault, only_channel
from duebell.rulebook.conditions import read_conditions
from duebell.rulebook.event_words import event_mend
from duebell.rulebook.faults import Faults, guess, listed
from duebell.rulebook.ladders import read_days
from duebell.rulebook.places import EXAMPLES, NEEDED, RULE
from duebell.rulebook.tables import Table
from duebell.wording.shipped_names import made_for

#: The channels on which an installation sends nothing, each with what to do about it.
Unsendable = Mapping[Channel, str]
ALL_IS_SENT: Unsendable = MappingProxyType({})

#: The names of the templates that there are, by channel; a channel without an entry is not checked.
Templates = Mapping[Channel, Collection[str]]

NEEDED_KEYS, KEYS = NEEDED, RULE

_NAMES = {Channel.SMS: "texts", Channel.EMAIL: "emails"}
_CHANNELS = tuple(map(str, Channel))


class RuleReading:
    """Reads one rule after the other; the faults are gathered."""

    def __init__(
        self,
        faults: Faults,
        lists: Collection[str],
        templates: Templates | None,
        unsendable: Unsendable,
    ) -> None:
        self._faults = faults
        self._lists = lists
        self._templates = templates or {}
        self._unsendable = unsendable

    def read(self, entries: Sequence[Mapping[str, object]]) -> tuple[Rule, ...]:
        """All rules that can be made out; there are faults where one is missing."""
        lines = self._faults.lines.of_rules(len(entries))
        rules = {
            index: self._read_rule(Table(self._faults, ("rule", index), entry, "[[rule]]"), line)
            for index, (entry, line) in enumerate(zip(entries, lines, strict=True))
        }
        found = {index: rule for index, rule in rules.items() if rule is not None}
        _refuse_duplicates(self._faults, found)
        return tuple(found.values())

    def _read_rule(self, table: Table, line: int) -> Rule | None:
        faults_before = len(self._faults)
        rule = self._assemble(table, line)
        is_whole = len(self._faults) == faults_before
        # That a channel is not set up yet is no reason to look at nothing else of the rule.
        self._refuse_unsendable(table)
        return rule if is_whole else None

    def _assemble(self, table: Table, line: int) -> Rule | None:
        table.refuse_unknown(KEYS)
        for key in NEEDED_KEYS:
            self._require(table, key)
        on = _event(table)
        to = self._audience(table, on)
        channel, fallback = _route(table, to)
        template = self._template(table, channel, fallback)
        days = read_days(table, on)
        when = read_conditions(table, on, days)
        urgent, segments = table.flag("urgent"), _segments(table, channel, fallback)
        if on is None or to is None or channel is None or template is None:
            return None
        if urgent is None:
            urgent = on in URGENT_EVENTS
        return Rule(on, to, channel, template, days, when, fallback, urgent, segments, line)

    def _require(self, table: Table, key: str) -> None:
        if key in table or table.has_like(key, KEYS):
            return  # a misspelt key is told already
        when = table.raw("when")
        if isinstance(when, dict) and key in when:
            return  # and so is one below `[rule.when]`
        fitting = made_for(str(table.raw("on"))) if key == "template" else ()
        example = fitting[0] if fitting else EXAMPLES[key]
        sentence = f'`{key}` is missing in [[rule]]; add a line like `{key} = "{example}"`'
        self._faults.add(table.way, sentence)

    def _audience(self, table: Table, event: str | None) -> str | None:
        audience = table.text("to")
        if audience is None:
            return None
        kind = kind_of_event(event or "")
        kinds = None if event is None else [] if kind is None else [kind]
        if fault := audience_fault(
            audience, self._lists, f"`{event}`", kinds, table.faults.country
        ):
            table.fault("to", fault)
        return audience

    def _template(self, table: Table, *channels: Channel | None) -> str | None:
        template = table.text("template")
        if template is None:
            return None
        asked = {
            _NAMES[one]: self._templates[one] for one in channels if one and one in self._templates
        }
        if not any(channels) and self._templates:
            asked = {"any channel": {name for one in self._templates.values() for name in one}}
        for what, known in asked.items():
            if template not in known:
                mend = guess(template, known) or f"there are {listed(sorted(known))}"
                table.fault("template", f"there is no template `{template}` for {what}; {mend}")
        return template

    def _refuse_unsendable(self, table: Table) -> None:
        for key in ("channel", "fallback"):
            value = table.raw(key)
            channel = Channel(str(value)) if value in _CHANNELS else None
            if channel is None or channel not in self._unsendable:
                continue
            others = [str(one) for one in Channel if one not in self._unsendable]
            mend = "take it out" if key == "fallback" or not others else f"use {listed(others)}"
            what = f"this installation sends no {_NAMES[channel]}"
            table.fault(key, f"{what}; {self._unsendable[channel]}, or {mend}")


def _event(table: Table) -> str | None:
    event = table.text("on")
    if event is None or event in EVENT_TYPES:
        return event
    mend = event_mend(event) or f"event types are {listed(EVENT_TYPES)}"
    table.fault("on", f"there is no event type `{event}`; {mend}")
    return None


def _route(table: Table, to: str | None) -> tuple[Channel | None, Channel | None]:
    channel, fallback = _channel(table, "channel"), _channel(table, "fallback")
    only = only_channel(to) if to is not None else None
    if only is not None and channel is not None and channel is not only:
        what = "a number" if only is Channel.SMS else "an email address"
        table.fault("channel", f"{what} is told by `{only}` alone; write that")
    if fallback is not None and fallback is channel:
        table.fault("fallback", "it is the same as `channel`; take it out")
    elif only is not None and fallback is not None:
        table.fault("fallback", "an address has one channel alone; take it out")
    return channel, fallback


def _channel(table: Table, key: str) -> Channel | None:
    value = table.choice(key, _CHANNELS, "channel")
    return Channel(value) if value is not None else None


def _segments(table: Table, channel: Channel | None, fallback: Channel | None) -> int | None:
    segments = table.whole("max_segments", 1)
    if segments is not None and channel is not None and Channel.SMS not in (channel, fallback):
        table.fault("max_segments", "only texts have segments; take it out")
    return segments


def _refuse_duplicates(faults: Faults, rules: Mapping[int, Rule]) -> None:
    # Not by template: a person hears of a fact once on a channel, whatever the words.
    first: dict[tuple[str, str, Channel, Conditions, int | None], int] = {}
    for index, rule in rules.items():
        earlier: dict[int, list[int]] = {}
        for day in rule.days or (None,):
            other = first.setdefault((rule.on, rule.to, rule.channel, rule.when, day), index)
            if other != index:
                earlier.setdefault(other, []).append(day or 0)
        if not earlier:
            continue
        repeated = sorted(day for days in earlier.values() for day in days)
        if rule.days and len(repeated) < len(rule.days):
            _refuse_shared_rungs(faults, index, rule, earlier)
            continue
        line = faults.lines.of(("rule", min(earlier)))
        sentence = f"this [[rule]] repeats the one on line {line}; take one of them out"
        faults.add(("rule", index), sentence)


def _refuse_shared_rungs(
    faults: Faults, index: int, rule: Rule, earlier: Mapping[int, list[int]]
) -> None:
    """Two rules are one ladder for this audience, and a rung of it is told once."""
    shared = {day for days in earlier.values() for day in days}
    rest = [day for day in rule.days if day not in shared]
    for other, days in earlier.items():
        line = faults.lines.of(("rule", other, "days"))
        names = " and ".join(map(str, days))
        what = f"the rung {names} is" if len(days) == 1 else f"the rungs {names} are"
        sentence = f"`days`: {what} told to `{rule.audience}` by the rule on line {line} already"
        faults.add(("rule", index, "days"), f"{sentence}; write `days = {rest}` here")
