"""A planned notification made ready to go: its words, and where it goes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from duebell.domain.decisions import PlannedNotification
from duebell.domain.dossiers import Dossier
from duebell.domain.failures import DuebellError, RenderingFailed
from duebell.domain.rules import Channel
from duebell.notifying.deciding import zone_of
from duebell.runtime import Runtime
from duebell.wording.segments import check_length, count_segments
from duebell.wording.values import values_for


class NoSafeAddress(DuebellError):
    """Safe mode is on, and has no address for this channel."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A notification that is ready to go. ``today`` is the business' calendar day.

    ``instead_of`` is the person's own address where safe mode sends it elsewhere; else empty.
    """

    notification_id: str
    to: str = field(repr=False)
    body: str = field(repr=False)
    segments: int
    today: date | None = None
    instead_of: str = field(default="", repr=False)
    channel: Channel = Channel.SMS


def letter_for(
    runtime: Runtime, planned: PlannedNotification, found: Dossier, notification_id: str
) -> Letter:
    """The words for this contact, from the record as it is.

    Raises:
        RenderingFailed: where template and record do not fit together, or the text is too long.
        NoSafeAddress: where safe mode is on and nobody said where such messages go.
    """
    if planned.channel is Channel.EMAIL:
        raise RenderingFailed("emails cannot be sent by this version yet")
    business = found.business
    today = runtime.now().astimezone(zone_of(business)).date() if business else None
    values = values_for(found, planned.occurrence, planned.contact, today, planned.audience)
    body = runtime.renderer.render_text(planned.rule.template, **values)
    segments = count_segments(body)
    check_length(body, segments, planned.rule.max_segments)
    to, own = address_for(runtime, planned), planned.contact.address
    instead_of = own if to != own else ""
    return Letter(notification_id, to, body, segments, today, instead_of, planned.channel)


def address_for(runtime: Runtime, planned: PlannedNotification) -> str:
    """Where a message goes: to the contact, or in safe mode to the address for that.

    Raises:
        NoSafeAddress: where safe mode has no address for its channel.
    """
    safe = runtime.safe_mode
    if not safe.is_on:
        return planned.contact.address
    if not (instead := safe.address_for(planned.channel)):
        raise NoSafeAddress(safe.lack_of(planned.channel))
    return instead
