"""What one rulebook makes of one fact: messages with their words, and the reasons for silences."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from duebell.domain.circumstances import Contact
from duebell.domain.occurrences import Occurrence
from duebell.domain.rules import LIST_PREFIX, Channel, Rule, shown_audience
from duebell.people.masking import mask


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact and when it was decided about. ``is_derived`` says that it was never recorded."""

    occurrence: Occurrence
    at: datetime
    is_derived: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What is read: an email has a subject and a page, a text is paid by its segments."""

    text: str
    segments: int = 0
    subject: str = ""
    html: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """One message that would go out. ``held`` is for what it waits until ``leaves_at``."""

    rule: Rule
    channel: Channel
    contact: Contact
    audience: str
    leaves_at: datetime
    words: Words
    held: str = ""

    @property
    def recipient(self) -> str:
        """The address as people may see it."""
        return mask(self.channel, self.contact.address)

    def whom(self, known: str) -> str:
        """Who gets it, with the name where that is not the one that is told anyway."""
        name = " ".join(self.contact.name.split())
        return self.recipient if name in ("", known) else f"{name} ({self.recipient})"

    @property
    def shown_audience(self) -> str:
        """The audience as people may see it."""
        return shown_audience(self.audience)


@dataclass(frozen=True, slots=True)
class Silence:
    """Why somebody is not told. ``contact_key`` is empty where the reason is nobody's in person."""

    reason: str
    rule: Rule | None = None
    audience: str = ""
    contact_key: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one rulebook makes of a fact; ``lists`` has the keys of who is on a staff list."""

    messages: tuple[Message, ...] = ()
    silences: tuple[Silence, ...] = ()
    lists: Mapping[str, Collection[str]] = field(default_factory=dict)

    def lacks(self, message: Message) -> bool:
        """Whether it tells the staff list of a message, and the person is not on it."""
        audience = message.audience
        told = {one.audience for one in self.messages}
        told |= {one.audience for one in self.silences}
        told |= {one.rule.to for one in self.silences if one.rule is not None}
        is_list = audience.startswith(LIST_PREFIX) and audience in told
        return is_list and message.contact.key not in self.lists.get(audience, ())
