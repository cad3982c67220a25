"""A preview as values: each message with its words, and each silence with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from duebell.domain.decisions import Verdict
from duebell.domain.local_times import LocalTimes
from duebell.domain.rules import Channel, Rule


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says, as it is sent: a text, or an email with its ``subject`` and ``html``.

    ``dear`` are the characters that double the price of a text.
    """

    text: str
    segments: int = 0
    encoding: str = ""
    dear: tuple[str, ...] = ()
    subject: str = ""
    html: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """One decision: who is told what, when and where; or who is not told, and why.

    ``recipient`` and ``instead`` are masked; ``instead`` is where it goes in safe mode. ``note``
    says of which ``day`` or case it speaks; ``fault`` why the message cannot be sent as it is,
    and ``is_broken`` that its template is to blame. ``is_example`` says that its words are shown
    though it is not to be sent.
    """

    verdict: str
    reason: str
    rule: Rule | None = None
    number: int | None = None
    audience: str = ""
    name: str = ""
    channel: Channel | None = None
    recipient: str = ""
    instead: str = ""
    not_before: datetime | None = None
    hold: str = ""
    note: str = ""
    day: date | None = None
    words: Words | None = None
    fault: str = ""
    is_broken: bool = False
    is_example: bool = False
    dedup_key: str = field(default="", repr=False)

    @property
    def is_told(self) -> bool:
        """Whether there is a message to be sent, now or later."""
        return self.verdict in (Verdict.PLANNED, Verdict.HELD) and self.channel is not None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come of an event now. ``subject`` is what it is about, in words.

    ``times`` is the clock of the business.
    """

    event: str
    subject: str
    shown: tuple[Shown, ...]
    notes: tuple[str, ...] = ()
    account_id: str = ""
    object_id: str = ""
    is_sample: bool = False
    times: LocalTimes = field(default_factory=LocalTimes)

    @property
    def is_broken(self) -> bool:
        """Whether there is a message that its template keeps from being sent."""
        return any(one.is_broken for one in self.shown)

    @property
    def messages(self) -> tuple[Shown, ...]:
        """What would be sent, now or later."""
        return tuple(one for one in self.shown if one.is_told)

    @property
    def tells_nobody(self) -> bool:
        """Whether there is something to show, and no message in it that would be sent."""
        return bool(self.shown) and not self.messages

    @property
    def silences(self) -> tuple[Shown, ...]:
        """Who would not be told."""
        return tuple(one for one in self.shown if not one.is_told)
