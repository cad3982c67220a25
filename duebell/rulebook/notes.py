"""What is right in a rulebook and maybe not meant: notes for the person who wrote it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from duebell.domain.events import LADDERS, kind_of_event
from duebell.domain.rules import (
    CLIENT,
    CONTACTS,
    LIST_PREFIX,
    Channel,
    ListMember,
    Override,
    Reminders,
    Rule,
    Rulebook,
    shown_audience,
)
from duebell.rulebook.audiences import HAS_CLIENT, only_channel
from duebell.rulebook.faults import guess, listed

_CONNECTION_LOST = "connection.lost"
#: Names of clocks that stand still, and a city where people call their clock so.
_CITIES = {"EST": "America/New_York", "MST": "America/Denver"}
_OUTSIDE = (CLIENT, CONTACTS, "vendor")


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence, and the line of the rule that it is about; 0 where it is about none.

    ``is_placed`` where the sentence itself begins with a file and a line, which is another's.
    """

    text: str
    line: int = 0
    is_placed: bool = False


def _is_still(time_zone: str) -> bool:
    """Whether a zone is a fixed distance from Greenwich, by its very name."""
    return time_zone in _CITIES or time_zone.startswith("Etc/GMT")


class _Known:
    """The overrides of clients or of vendors, found by id and by tag: there may be thousands."""

    def __init__(self, overrides: Mapping[str, Override]) -> None:
        self.by_id: dict[str, list[Override]] = defaultdict(list)
        self.by_tag: dict[str, list[Override]] = defaultdict(list)
        self.general = overrides
        for key, override in overrides.items():
            self.by_id[key.rpartition("/")[2]].append(override)
            for tag in override.tags:
                self.by_tag[tag].append(override)

    def silences(self, id_: str, event: str) -> bool:
        """Whether nobody of this id, in whichever account, can hear of an event."""
        found = self.by_id.get(id_, [])
        return id_ in self.general and all(one.silences(event) for one in found)


def notes_on(
    rulebook: Rulebook, channels: Collection[Channel] = tuple(Channel)
) -> tuple[Note, ...]:
    """Everything worth a second look, by line; ``channels`` are those that can be sent on."""
    clients, vendors = _Known(rulebook.clients), _Known(rulebook.vendors)
    named = rulebook.audiences
    found = [
        *_on_the_business(rulebook),
        *_on_lists(rulebook, named, channels),
        *_on_addresses(rulebook, named),
        *_on_double_ladders(rulebook),
    ]
    for rule in rulebook.rules:
        known = clients if kind_of_event(rule.on) in HAS_CLIENT else vendors
        found += [*_on_silenced(rule, known), *_on_tags(rule, known)]
    return tuple(sorted(dict.fromkeys(found), key=lambda note: note.line))


def _on_the_business(rulebook: Rulebook) -> Iterator[Note]:
    business, rules = rulebook.business, rulebook.rules
    if not rules:
        yield Note("there is no rule, so nothing is told to anybody")
    if _is_still(business.time_zone):
        zone = business.time_zone
        city = _CITIES.get(zone, "America/Toronto")
        mend = f"that of a city does, such as `{city}`"
        yield Note(f"the time zone `{zone}` in [business] never changes to summer time; {mend}")
    if rulebook.safe_mode.is_on:
        yield Note("safe mode is on: everything goes to the addresses in [safe_mode]")
    is_outside = any(rule.to in _OUTSIDE and not rule.urgent for rule in rules)
    if is_outside and business.quiet is None:
        yield Note("no quiet hours are set, so clients and vendors may be told at night")
    reminded = any(rule.on in LADDERS and rule.to in (CLIENT, CONTACTS) for rule in rules)
    if reminded and business.freshbooks_reminders is not Reminders.HOLD:
        yield Note(
            "clients whom FreshBooks itself reminds are told twice;"
            ' `freshbooks_reminders = "hold"` in [business] leaves them to FreshBooks'
        )
    if rules and _CONNECTION_LOST not in rulebook.events:
        yield Note("no rule is on connection.lost, so nobody would be texted if it were lost")


def _on_lists(
    rulebook: Rulebook, named: Collection[str], sendable: Collection[Channel]
) -> Iterator[Note]:
    for name, members in rulebook.lists.items():
        audience = f"{LIST_PREFIX}{name}"
        if audience not in named:
            yield Note(f"the list `{name}` is named by nobody")
            continue
        # An override's list is told on the channels of any rule there is.
        rules = [rule for rule in rulebook.rules if rule.to == audience] or rulebook.rules
        routes = {rule.channels: rule.line for rule in reversed(rules)}
        for channels, line in routes.items():
            others = [one for one in sendable if one not in channels]
            yield from _on_unreached(name, members, channels, others, line)


def _on_unreached(
    name: str,
    members: tuple[ListMember, ...],
    channels: tuple[Channel, ...],
    others: Sequence[Channel],
    line: int,
) -> Iterator[Note]:
    for place, member in enumerate(members, start=1):
        if not any(_address(member, channel) for channel in channels):
            who = member.name or f"person {place}"
            words = " and ".join(f"`{channel}`" for channel in channels)
            reason = f"{who} in the list `{name}` has nothing for {words}"
            ways = [f"add {listed(channels)} to them"]
            ways += [
                f'write `fallback = "{other}"` in the rule'
                for other in others
                if _address(member, other)
            ]
            ways += ["take them off the list"] if len(ways) == 1 else []
            yield Note(f"{reason}; {', or '.join(ways)}", line)


def _address(member: ListMember, channel: Channel) -> str:
    return member.sms if channel is Channel.SMS else member.email


def _on_addresses(rulebook: Rulebook, named: Collection[str]) -> Iterator[Note]:
    channels = {channel for rule in rulebook.rules for channel in rule.channels}
    for audience in sorted(named):
        only = only_channel(audience)
        if only is not None and only not in channels:
            yield Note(f"no rule is on `{only}`, so {shown_audience(audience)} is never told")


def _on_silenced(rule: Rule, known: _Known) -> Iterator[Note]:
    ids = rule.when.clients or rule.when.vendors
    if ids and all(known.silences(id_, rule.on) for id_ in ids):
        reason = f"everybody in `when` is silenced for {rule.on}"
        yield Note(f"{reason}, so this rule never fires", rule.line)


def _on_tags(rule: Rule, known: _Known) -> Iterator[Note]:
    tags = sorted(rule.when.tags)
    tagged = [one for tag in tags for one in known.by_tag.get(tag, [])]
    if tags and not tagged:
        mend = next(filter(None, (guess(tag, known.by_tag) for tag in tags)), "")
        reason = f"nobody has the tag {listed(tags)}, so this rule never fires"
        yield Note(f"{reason}; {mend}" if mend else reason, rule.line)
    elif tags and all(one.silences(rule.on) for one in tagged):
        reason = f"everybody with the tag {listed(tags)} is silenced for {rule.on}"
        yield Note(f"{reason}, so this rule never fires", rule.line)


def _on_double_ladders(rulebook: Rulebook) -> Iterator[Note]:
    """A client who is told of one rung by text and by email hears the same twice."""
    first: dict[tuple[str, str, int], Rule] = {}
    for rule in rulebook.rules:
        if rule.on not in LADDERS or rule.to not in _OUTSIDE:
            continue
        for day in rule.days:
            other = first.setdefault((rule.on, rule.to, day), rule)
            if other.channel is not rule.channel:
                channels = f"by {other.channel} and by {rule.channel}"
                reason = f"the {rule.to} is told of the rung {day} of {rule.on} {channels}"
                yield Note(f"{reason} (see line {other.line})", rule.line)
