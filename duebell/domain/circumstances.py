"""Who can be reached where, and what is known besides the books, at the moment of a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from duebell.domain.rules import Channel


@dataclass(frozen=True, slots=True)
class Contact:
    """A person's address on a channel. ``key`` stays the same when the address is corrected.

    ``languages`` are the ones that the person reads, best first; empty where nobody said.
    """

    key: str
    name: str
    address: str = field(repr=False)
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoContact:
    """Why nobody can be reached."""

    reason: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody behind an audience: an address for each channel, or the reason why there is none.

    ``zones`` are the IANA time zones in which the person may be, none where nobody knows; staff
    (``is_staff``) is not protected by the attention budget.
    """

    key: str
    name: str
    sms: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    no_sms: str = "there is no phone number"
    no_email: str = "there is no email address"
    languages: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    is_staff: bool = False

    def on(self, channel: Channel) -> Contact | NoContact:
        """The person's contact on a channel."""
        address, reason = (
            (self.sms, self.no_sms) if channel is Channel.SMS else (self.email, self.no_email)
        )
        if not address:
            return NoContact(reason)
        return Contact(self.key, self.name, address, self.languages)


#: Who is behind each audience that a rule or an override names.
People = Mapping[str, Sequence[Person | NoContact]]


class Paused(StrEnum):
    """What may be paused until a day."""

    CLIENT = "client"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class Told:
    """A message that was cleared to leave, for the budget and for "first time" conditions.

    ``message`` is its dedup key, for the same one may be come upon several times; ``is_begun`` that
    sending it was begun.
    """

    contact_key: str
    event_type: str
    occurrence_key: str
    at: datetime
    message: str = ""
    is_begun: bool = False


@dataclass(frozen=True, slots=True)
class FirstMessages:
    """What became of the messages that records were made, as far as their changes wait for it.

    ``waiting`` says of an (occurrence, contact) of a creation from when on it may leave, None where
    that is a person's to say; ``covered`` are the (occurrence, contact) of changes that were known
    when the first message left, so that it told them. Occurrences and contacts by their keys.
    """

    waiting: Mapping[tuple[str, str], datetime | None] = field(
        default_factory=lambda: MappingProxyType({})
    )
    covered: AbstractSet[tuple[str, str]] = frozenset()


def _nothing() -> Mapping[tuple[str, str], str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision takes into account besides the books and the rulebook.

    ``now`` is aware UTC, ``zone`` the business' and ``holidays`` its days off from today on.
    ``suppressed`` gives the reason for each (channel, address) that must not be used; ``pauses``
    the first day on which an (account, ``client`` or ``invoice``, id) may hear something again.
    ``firsts`` is what became of the messages that records were made, ``stopped`` the channels by
    which nothing can be sent.
    """

    now: datetime
    zone: ZoneInfo
    holidays: AbstractSet[date] = frozenset()
    suppressed: Mapping[tuple[str, str], str] = field(default_factory=_nothing)
    pauses: Mapping[tuple[str, str, str], date] = field(
        default_factory=lambda: MappingProxyType({})
    )
    told: tuple[Told, ...] = ()
    firsts: FirstMessages = field(default_factory=lambda: FirstMessages())
    stopped: AbstractSet[str] = frozenset()

    @property
    def today(self) -> date:
        """The business' calendar day."""
        return self.now.astimezone(self.zone).date()

    def told_to(self, contact_key: str, account_id: str) -> list[Told]:
        """What one person was told in an account; ids of another one may be the same."""
        begin = f"{account_id}:"
        return [
            one
            for one in self.told
            if one.contact_key == contact_key and one.occurrence_key.startswith(begin)
        ]

    def having_told(self, more: Sequence[Told]) -> Circumstances:
        """The same when this was told, too."""
        return replace(self, told=(*self.told, *more)) if more else self
