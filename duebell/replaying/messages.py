"""What one rulebook makes of one fact: messages with their words, and the reasons for silences."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from duebell.domain.circumstances import Contact
from duebell.domain.occurrences import Occurrence
from duebell.domain.rules import Channel, Rule, shown_audience
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
    """All that one rulebook makes of a fact."""

    messages: tuple[Message, ...] = ()
    silences: tuple[Silence, ...] = ()
