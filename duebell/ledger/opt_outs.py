"""Opt-outs as they are heard: people answer a text, or a provider refuses to send one.

The audit trail has the id of a text that had a keyword, and the keyword; not who wrote it. Nothing
else that people write is kept.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from duebell.domain.consent import LIFTED_BY_START, InboundResult, InboundText, Source, Wish
from duebell.domain.delivery import FailureClass
from duebell.domain.rules import Channel
from duebell.ledger import audit, suppressions
from duebell.ledger.audit import AUDIT, AuditRecord
from duebell.ledger.businesses import BUSINESSES
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.tables import AttemptRow

ATTEMPTS = AttemptRow.__table__  # type: ignore[attr-defined]

#: The person who is reached at the address, as the audit trail calls them.
_RECIPIENT = "recipient"
_INBOUND = "inbound"


def hear(connection: Connection, text: InboundText, now: datetime) -> InboundResult:
    """Obey the keyword of a text, once: the signature proves no time, so it could be replayed."""
    if text.unheeded is not None:
        return text.unheeded
    if _was_heard(connection, text):
        return InboundResult.REPEATED
    heard = AuditRecord(_RECIPIENT, text.wish.value, _INBOUND, text.provider_id)
    audit.append(connection, [heard], now)
    if text.wish is Wish.STOP:
        is_new = suppressions.suppress(
            connection,
            Channel.SMS,
            text.address,
            source=Source.STOP,
            reason="the person answered STOP",
            by=_RECIPIENT,
            now=now,
        )
        return InboundResult.OPTED_OUT if is_new else InboundResult.NO_CHANGE
    is_free = suppressions.lift(
        connection, Channel.SMS, text.address, by=_RECIPIENT, now=now, sources=LIFTED_BY_START
    )
    return InboundResult.OPTED_IN if is_free else InboundResult.NO_CHANGE


def _was_heard(connection: Connection, text: InboundText) -> bool:
    found = connection.execute(
        select(AUDIT.c.id)
        .where(AUDIT.c.entity == _INBOUND, AUDIT.c.entity_id == text.provider_id)
        .limit(1)
    )
    return found.first() is not None


def unsubscribe(connection: Connection, notification_id: str, now: datetime) -> bool:
    """Obey the reader of an email who wants no more; False where there is no such email."""
    address = _reader_of(connection, notification_id)
    if not address:
        return False
    suppressions.suppress(
        connection,
        Channel.EMAIL,
        address,
        source=Source.STOP,
        reason="the person wants no more emails",
        by=_RECIPIENT,
        now=now,
    )
    return True


def sender_of(connection: Connection, notification_id: str) -> str | None:
    """The firm that an email came from, empty where it has no name; None where nobody gets less."""
    if not _reader_of(connection, notification_id):
        return None
    account = select(NOTIFICATIONS.c.account_id).where(NOTIFICATIONS.c.id == notification_id)
    query = select(BUSINESSES.c.name).where(BUSINESSES.c.account_id == account.scalar_subquery())
    return str(connection.execute(query).scalar() or "")


def _reader_of(connection: Connection, notification_id: str) -> str | None:
    """The address of the person to whom an email went last, or what is left of it.

    Where safe mode sent it elsewhere, it is still the person's own: others' stay as they are.
    """
    table = NOTIFICATIONS.c
    found = connection.execute(
        select(ATTEMPTS.c.recipient, table.channel, table.recipient.label("own"), table.diverted_to)
        .join(NOTIFICATIONS, table.id == ATTEMPTS.c.notification_id)
        .where(table.id == notification_id, ATTEMPTS.c.channel == Channel.EMAIL.value)
        .order_by(ATTEMPTS.c.number.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    is_diverted = found.channel == Channel.EMAIL and found.recipient == found.diverted_to
    return str(found.own if is_diverted else found.recipient)


def heed(
    connection: Connection,
    notification_id: str,
    attempt: int,
    failure: FailureClass | None,
    *,
    reason: str,
    now: datetime,
) -> None:
    """Suppress the address of an attempt if that is what the provider's error means.

    What it found out about the address counts, whatever became of the message.
    """
    if failure not in (FailureClass.COMPLIANCE, FailureClass.RECIPIENT):
        return
    found = connection.execute(
        select(ATTEMPTS.c.channel, ATTEMPTS.c.recipient).where(
            ATTEMPTS.c.notification_id == notification_id, ATTEMPTS.c.number == attempt
        )
    ).one()
    suppressions.from_provider(
        connection, found.channel, found.recipient, failure, reason=reason, now=now
    )
