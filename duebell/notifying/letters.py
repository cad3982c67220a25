"""A planned notification made ready to go: its words, and where it goes to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from duebell.domain.consent import unsubscribe_url
from duebell.domain.decisions import PlannedNotification
from duebell.domain.delivery import OutgoingEmail
from duebell.domain.dossiers import Dossier
from duebell.domain.failures import DuebellError
from duebell.domain.rules import Channel
from duebell.notifying.deciding import zone_of
from duebell.people.masking import mask
from duebell.runtime import Runtime
from duebell.wording.diverted import diverted
from duebell.wording.segments import check_length, count_segments
from duebell.wording.values import values_for

#: Whose emails those are that no business stands behind (a lost connection).
SENDER = "Duebell"


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
    email: OutgoingEmail | None = field(default=None, repr=False)
    #: Until when it may wait in the provider's queue; None for as long as the provider keeps it.
    valid_until: datetime | None = None

    @property
    def weight(self) -> int:
        """What it counts for against the sender's rate: its segments, or one email."""
        return self.segments if self.channel is Channel.SMS else 1


def letter_for(
    runtime: Runtime, planned: PlannedNotification, found: Dossier, notification_id: str
) -> Letter:
    """The words for this contact, from the record as it is.

    Raises:
        RenderingFailed: where template and record do not fit together, or the text is too long.
        NoSafeAddress: where safe mode is on and nobody said where such messages go.
    """
    business = found.business
    today = runtime.now().astimezone(zone_of(business)).date() if business else None
    values = values_for(found, planned.occurrence, planned.contact, today, planned.audience)
    to, own = address_for(runtime, planned), planned.contact.address
    blank = Letter(notification_id, to, "", 0, today, own if to != own else "", planned.channel)
    if planned.channel is Channel.EMAIL:
        return _email(runtime, planned, found, blank, values)
    body = runtime.renderer.render_text(planned.rule.template, **values)
    segments = count_segments(body)
    check_length(body, segments, planned.rule.max_segments)
    return replace(blank, body=body, segments=segments)


def _email(
    runtime: Runtime,
    planned: PlannedNotification,
    found: Dossier,
    blank: Letter,
    values: dict[str, Any],
) -> Letter:
    unsubscribe = unsubscribe_url(runtime.settings.public_url, blank.notification_id)
    if planned.is_staff or blank.instead_of:
        # Who reads it in the person's stead must not end the person's emails.
        unsubscribe = ""
    made = runtime.renderer.render_email(
        planned.rule.template, **values, unsubscribe_url=unsubscribe
    )
    if blank.instead_of:
        made = diverted(made, mask(planned.channel, blank.instead_of))
    email = OutgoingEmail(
        notification_id=blank.notification_id,
        attempt=0,
        to=blank.to,
        to_name="" if blank.instead_of else planned.contact.name,
        sender_name=found.business.name if found.business else SENDER,
        subject=made.subject,
        text=made.text,
        html=made.html,
        unsubscribe_url=unsubscribe,
    )
    return replace(blank, body=f"{made.subject}\n\n{made.text}", email=email)


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
