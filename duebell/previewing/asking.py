"""What somebody wants to see, and the rules that this is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from duebell.domain.events import EVENT_TYPES, LADDERS, kind_of_event
from duebell.domain.failures import DuebellError
from duebell.domain.rules import (
    ALWAYS,
    CLIENT,
    CONTACTS,
    LIST_PREFIX,
    VENDOR,
    Channel,
    Rule,
    Rulebook,
    shown_audience,
)
from duebell.previewing.usual import usual_template
from duebell.rulebook.faults import guess, listed
from duebell.rulebook.ladders import DEFAULT_DAYS
from duebell.wording.locales import language_tags
from duebell.wording.sample_records import sample_audiences


class PreviewRefused(DuebellError):
    """What was asked for makes no sense; nothing was looked at."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to see. What is empty or None narrows nothing.

    ``rule`` counts the rules of the file from 1, ``sample`` the made-up cases of the event.
    ``template`` is tried instead of the rules, for ``audience``.
    """

    event: str
    object_id: str = ""
    account_id: str = ""
    audience: str = ""
    rule: int | None = None
    language: str = ""
    template: str = ""
    sample: int = 1


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rules about an event, as a rulebook of their own, and which of them are to be shown.

    ``numbers`` are their places in the file, by line; a template that is only tried has none.
    It is tried because somebody wants to (``is_wanted``), or because there is no rule to show.
    """

    rulebook: Rulebook
    numbers: Mapping[int, int]
    asked: Asked
    is_trial: bool = False
    is_wanted: bool = True

    @property
    def is_by_rule(self) -> bool:
        """Whether there is a rule about it, or somebody wants to try a template."""
        return not self.is_trial or self.is_wanted

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules about the event, in the order of the file."""
        return self.rulebook.rules_for(self.asked.event)

    def number_of(self, rule: Rule) -> int | None:
        """Which rule of the file it is."""
        return self.numbers.get(rule.line)

    def is_shown(self, rule: Rule | None, audience: str | None) -> bool:
        """Whether a decision is one that somebody wants to see."""
        if rule is None:
            return True
        wanted = self.asked.audience
        if wanted and shown_audience(wanted) != shown_audience(audience or rule.to):
            return False
        return self.asked.rule in (None, self.number_of(rule))

    def without_conditions(self) -> Chosen:
        """The same rules, whatever a record is like: made-up records meet nobody's conditions."""
        rules = tuple(replace(rule, when=ALWAYS) for rule in self.rulebook.rules)
        return replace(self, rulebook=replace(self.rulebook, rules=rules, clients={}, vendors={}))


def check_event(event: str) -> None:
    """See that there is such an event type.

    Raises:
        PreviewRefused: if there is none.
    """
    if event not in EVENT_TYPES:
        mend = guess(event, EVENT_TYPES) or f"there are {listed(EVENT_TYPES)}"
        raise PreviewRefused(f"there is no event type `{event}`; {mend}")


def choose(
    asked: Asked, rulebook: Rulebook, templates: Mapping[Channel, Collection[str]]
) -> Chosen:
    """The rules that the question is about.

    Raises:
        PreviewRefused: if it names something that is not there.
    """
    check_event(asked.event)
    numbers = {rule.line: number for number, rule in enumerate(rulebook.rules, start=1)}
    about = rulebook.rules_for(asked.event)
    if asked.rule is not None and not asked.template:
        _check_rule(asked.rule, asked.event, rulebook)
    if asked.template or (not about and not asked.object_id):
        # Where no rule tells of something, the shipped words for it are shown, as a trial.
        tried = asked if asked.template else replace(asked, template=usual_template(asked.event))
        trial = _trial(tried, templates, rulebook)
        wanted = bool(asked.template)
        return Chosen(replace(rulebook, rules=trial), {}, tried, True, wanted)
    chosen = Chosen(replace(rulebook, rules=about), numbers, asked)
    if asked.audience and about and not _is_told(asked.audience, chosen.rulebook):
        told = listed(sorted({rule.audience for rule in about}))
        raise PreviewRefused(f"no rule about {asked.event} tells `{asked.audience}`; told: {told}")
    return chosen


def _check_rule(number: int, event: str, rulebook: Rulebook) -> None:
    count = len(rulebook.rules)
    if not 1 <= number <= count:
        raise PreviewRefused(f"there is no rule {number}; the rulebook has {count}")
    rule = rulebook.rules[number - 1]
    if rule.on != event:
        raise PreviewRefused(f"rule {number} is about {rule.on}, not about {event}")


def _is_told(audience: str, rulebook: Rulebook) -> bool:
    known = {shown_audience(name) for name in rulebook.audiences}
    return shown_audience(audience) in known


def _trial(
    asked: Asked, templates: Mapping[Channel, Collection[str]], rulebook: Rulebook
) -> tuple[Rule, ...]:
    """A rule for each channel that the template is for."""
    name, event = asked.template, asked.event
    channels = [channel for channel in Channel if name in templates[channel]]
    if not channels:
        known = sorted({one for names in templates.values() for one in names})
        mend = guess(name, known) or f"there are {listed(known)}"
        raise PreviewRefused(f"there is no template `{name}`; {mend}")
    days = DEFAULT_DAYS[event] if event in LADDERS else ()
    to = asked.audience or _usual_audience(event, rulebook)
    _check_audience(to, rulebook)
    fitting = [channel for channel in channels if channel is _channel_of(to)] or channels
    tried = channels if _channel_of(to) is None else fitting
    return tuple(Rule(event, to, channel, name, days=days) for channel in tried)


def _channel_of(to: str) -> Channel | None:
    """The one channel of a fixed address; None for whoever may have several."""
    if to.startswith("+"):
        return Channel.SMS
    return Channel.EMAIL if "@" in to else None


def _usual_audience(event: str, rulebook: Rulebook) -> str:
    """Who usually hears of an event; of staff lists, one that the rulebook has."""
    usual = sample_audiences(event)[0]
    name = usual.removeprefix(LIST_PREFIX)
    if name == usual or name in rulebook.lists or not rulebook.lists:
        return usual
    return f"{LIST_PREFIX}{next(iter(rulebook.lists))}"


def _check_audience(to: str, rulebook: Rulebook) -> None:
    words = (CLIENT, CONTACTS, VENDOR, f"{LIST_PREFIX}NAME", "+12125550100", "dana@firm.example")
    is_address = to.startswith("+") or "@" in to
    if to not in words[:3] and not to.startswith(LIST_PREFIX) and not is_address:
        mend = guess(to, words[:3]) or f"there are {listed(words)}"
        raise PreviewRefused(f"there is no audience `{to}`; {mend}")
    lists = [f"{LIST_PREFIX}{name}" for name in rulebook.lists]
    # Without any list, somebody made up stands for one that is to be written yet.
    if lists and to.startswith(LIST_PREFIX) and to not in lists:
        mend = guess(to, lists) or f"there are {listed(lists)}"
        raise PreviewRefused(f"there is no `{to}`; {mend}")


def check_record(asked: Asked) -> None:
    """See that the event is about a record.

    Raises:
        PreviewRefused: if it is not.
    """
    if kind_of_event(asked.event) is None:
        raise PreviewRefused(f"{asked.event} is about no record of FreshBooks: leave it out")


def check_sample(asked: Asked) -> None:
    """See that nothing is asked that made-up records do not have.

    Raises:
        PreviewRefused: if it is.
    """
    if asked.account_id:
        raise PreviewRefused("made-up records belong to no account: name a record, too")


def check_language(language: str, known: Collection[str]) -> None:
    """See that there are words in a language.

    Raises:
        PreviewRefused: if there are none.
    """
    if language and not set(language_tags(language)) & set(known):
        mend = guess(language, known) or f"there are {listed(sorted(known))}"
        raise PreviewRefused(f"no template is in the language `{language}`; {mend}")
