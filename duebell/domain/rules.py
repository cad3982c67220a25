"""The rulebook as frozen values: which event goes to whom, when, how, and in what words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from duebell.domain.masks import mask_number

#: The audiences that a record names by itself, and how one that is a staff list begins.
CLIENT, CONTACTS, VENDOR = "client", "client.contacts", "vendor"
LIST_PREFIX = "list:"

#: In ``silence``: every event type.
EVERYTHING = "*"

#: As ``holidays``: those of the country that FreshBooks has for the business.
BUSINESS_COUNTRY = "*"


class Channel(StrEnum):
    """How a message travels."""

    SMS = "sms"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Conditions:
    """``when`` of a rule: all that is stated has to hold. Empty sets and None state nothing.

    Amounts are compared as numbers in the record's own currency.
    """

    min_amount: Decimal | None = None
    max_amount: Decimal | None = None
    min_outstanding: Decimal | None = None
    max_outstanding: Decimal | None = None
    min_days_past_due: int | None = None
    max_days_past_due: int | None = None
    currencies: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    clients: frozenset[str] = frozenset()
    vendors: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    first_time: bool | None = None


ALWAYS = Conditions()


@dataclass(frozen=True, slots=True)
class Rule:
    """One ``[[rule]]`` of the rulebook. ``days`` are the rungs of a ladder.

    ``fallback`` is the channel for people who cannot be reached on ``channel``; ``urgent`` messages
    wait for no quiet hours; a text of more than ``max_segments`` is not sent. ``line`` is where the
    rule stands in its file.
    """

    on: str
    to: str
    channel: Channel
    template: str
    days: tuple[int, ...] = ()
    when: Conditions = ALWAYS
    fallback: Channel | None = None
    urgent: bool = False
    max_segments: int | None = None
    line: int = field(default=0, compare=False)

    @property
    def name(self) -> str:
        """The words by which logs, rows and the UI name this rule."""
        rungs = f" {list(self.days)}" if self.days else ""
        return f"{self.on}{rungs} → {self.audience} → {self.channel} → {self.template}"

    @property
    def audience(self) -> str:
        """Whom this rule tells, for people; ``to`` is what the rulebook says."""
        return shown_audience(self.to)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels on which it may tell, the first choice first."""
        return (self.channel,) if self.fallback is None else (self.channel, self.fallback)


def shown_audience(to: str) -> str:
    """An audience as people and logs may read it, which is no place for somebody's address."""
    if to.startswith("+"):
        return mask_number(to)
    name, at, domain = to.rpartition("@")
    return f"{name[:1]}•••••@{domain}" if at else to


@dataclass(frozen=True, slots=True)
class ListMember:
    """A person of a staff list; ``sms`` is a number in E.164, or empty."""

    name: str
    sms: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    language: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """``[client."ID"]`` or ``[vendor."ID"]``: what is different for one of them.

    ``to`` replaces the audience of every rule, ``also`` adds to it, ``silence`` are event types of
    which nobody is told. ``language``, ``sms`` and ``email`` correct the record.
    """

    to: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    silence: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    language: str = ""
    sms: str = field(default="", repr=False)
    email: str = field(default="", repr=False)

    def silences(self, event: str) -> bool:
        """Whether nobody is to be told of this event type."""
        return event in self.silence or EVERYTHING in self.silence


NO_OVERRIDE = Override()


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When nobody is told anything, on the wall clock of whoever is told.

    From ``begin`` to ``end`` of each day (over midnight where ``begin`` is later; none where they
    are equal) and all day on ``days`` (0 is Monday), on these channels.
    """

    begin: time = time(0)
    end: time = time(0)
    days: frozenset[int] = frozenset()
    channels: frozenset[Channel] = frozenset({Channel.SMS})


@dataclass(frozen=True, slots=True)
class Budget:
    """How many messages one person gets at most within 24 hours, and within 7 days."""

    per_day: int | None = None
    per_week: int | None = None


class Reminders(StrEnum):
    """What Duebell's ladder does where FreshBooks itself reminds the same client."""

    IGNORE = "ignore"
    WARN = "warn"  # ours is told, and the decision says that there are two
    HOLD = "hold"  # ours is not told while FreshBooks' reminders are on


@dataclass(frozen=True, slots=True)
class Brakes:
    """``[brakes]``: over these caps sending holds and asks. None: as the settings say.

    ``share_of_clients`` is the part (0 to 1) of an account's clients that may be told something
    within an hour; few clients are never a share.
    """

    per_run: int | None = None
    per_hour: int | None = None
    share_of_clients: float | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """``[escalation]``: when staff is told of messages that failed, whichever comes first.

    ``after_hours`` is how long one may lie there, ``failures`` how many may.
    """

    after_hours: float = 4.0
    failures: int = 5


@dataclass(frozen=True, slots=True)
class SafeMode:
    """``[safe_mode]``: everything goes to these addresses instead. It is off where both are empty.

    A channel without an address is kept back while it is on.
    """

    sms: str = field(default="", repr=False)
    email: str = field(default="", repr=False)

    @property
    def is_on(self) -> bool:
        """Whether messages go elsewhere."""
        return bool(self.sms or self.email)

    def address_for(self, channel: Channel) -> str:
        """Where messages of a channel go while it is on; empty where nobody said."""
        return self.sms if channel is Channel.SMS else self.email

    def lack_of(self, channel: Channel) -> str:
        """Why a message of a channel without an address does not leave."""
        where = "DUEBELL_SAFE_PHONE, or `sms` in [safe_mode]"
        if channel is Channel.EMAIL:
            where = "DUEBELL_SAFE_EMAIL, or `email` in [safe_mode]"
        noun = "number for texts" if channel is Channel.SMS else "address for emails"
        return f"safe mode is on, and has no {noun} ({where})"


@dataclass(frozen=True, slots=True)
class BusinessTerms:
    """``[business]``: what holds for every rule. Empty where FreshBooks' own word counts.

    ``holidays`` is a country, maybe with a subdivision (``CA-ON``), or ``BUSINESS_COUNTRY``; its
    public holidays are quiet.
    """

    time_zone: str = ""
    currency: str = ""
    country: str = ""
    quiet: QuietHours | None = None
    holidays: str = ""
    budget: Budget | None = None
    freshbooks_reminders: Reminders = Reminders.WARN


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules in force, and what they refer to.

    ``clients`` and ``vendors`` are overrides by FreshBooks id, or by ``ACCOUNT/ID``. ``digest``
    tells one version of the file from another.
    """

    rules: tuple[Rule, ...]
    lists: Mapping[str, tuple[ListMember, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    clients: Mapping[str, Override] = field(default_factory=lambda: MappingProxyType({}))
    vendors: Mapping[str, Override] = field(default_factory=lambda: MappingProxyType({}))
    business: BusinessTerms = BusinessTerms()
    brakes: Brakes = Brakes()
    safe_mode: SafeMode = SafeMode()
    escalation: Escalation = Escalation()
    digest: str = field(default="", compare=False)
    _by_event: dict[str, tuple[Rule, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _told: set[str] = field(default_factory=set, init=False, repr=False, compare=False)
    _audiences: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort the rules by event once: a thousand of them are asked for with every record."""
        gathered: dict[str, list[Rule]] = {}
        for rule in self.rules:
            gathered.setdefault(rule.on, []).append(rule)
            self._told.add(rule.to)
        self._audiences.update(self._told)
        for one in (*self.clients.values(), *self.vendors.values()):
            self._audiences.update(one.to, one.also)
        self._by_event.update({event: tuple(rules) for event, rules in gathered.items()})

    def rules_for(self, event: str) -> tuple[Rule, ...]:
        """The rules that an event of this type sets off, in the order of the file."""
        return self._by_event.get(event, ())

    def ladders(self, event: str) -> tuple[tuple[Rule, ...], ...]:
        """The rules of a ladder event, gathered by whom they tell, how, and under what conditions.

        Rules that tell the same audience on the same channel are one ladder, whose rungs may have
        different words.
        """
        gathered: dict[tuple[str, Channel, Conditions], list[Rule]] = {}
        for rule in self.rules_for(event):
            gathered.setdefault((rule.to, rule.channel, rule.when), []).append(rule)
        return tuple(map(tuple, gathered.values()))

    @property
    def events(self) -> frozenset[str]:
        """The event types that any rule wants to hear of."""
        return frozenset(self._by_event)

    @property
    def audiences(self) -> frozenset[str]:
        """Every audience that a rule or an override names."""
        return frozenset(self._audiences)

    def audiences_about(
        self, account_id: str, client_id: str | None, vendor_id: str | None
    ) -> frozenset[str]:
        """The audiences that may be told of a record of this client and vendor."""
        found = set(self._told)
        for one in (self.client(account_id, client_id), self.vendor(account_id, vendor_id)):
            found.update(one.to, one.also)
        return frozenset(found)

    def client(self, account_id: str, client_id: str | None) -> Override:
        """What is different for a client."""
        return _override(self.clients, account_id, client_id)

    def vendor(self, account_id: str, vendor_id: str | None) -> Override:
        """What is different for a vendor."""
        return _override(self.vendors, account_id, vendor_id)

    def used_templates(self) -> Iterator[tuple[Rule, Channel]]:
        """Each rule with each channel in whose template it may speak."""
        return ((rule, channel) for rule in self.rules for channel in rule.channels)


def _override(overrides: Mapping[str, Override], account_id: str, id_: str | None) -> Override:
    if not id_:
        return NO_OVERRIDE
    return overrides.get(f"{account_id}/{id_}") or overrides.get(id_) or NO_OVERRIDE
