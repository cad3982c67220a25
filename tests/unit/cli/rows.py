"""Rows of a ledger for the commands to read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel

from duebell.ledger.book_tables import BusinessRow
from duebell.ledger.tables import (
    AttemptRow,
    AuditRow,
    DecisionRow,
    DeliveryReportRow,
    NotificationRow,
    OccurrenceRow,
)

NOON = datetime(2026, 11, 14, 12, 0, tzinfo=UTC)
PHONE = "+12125550101"
TEXT = "Hello Acme, thank you for your payment."


def store(session: Session, *rows: SQLModel) -> None:
    """Write rows, each after those it points to."""
    for row in rows:
        session.add(row)
        session.flush()
    session.commit()


def a_business(account_id: str = "6BApk", **changes: str) -> BusinessRow:
    """A firm in New York whose books are watched."""
    values = {
        "business_id": f"of-{account_id}",
        "name": "Harbor Lane Accounting",
        "time_zone": "America/New_York",
        "country": "United States",
    }
    return BusinessRow(account_id=account_id, **{**values, **changes})


def an_occurrence(number: int = 1) -> OccurrenceRow:
    """A payment that was heard of."""
    return OccurrenceRow(
        id=number,
        account_id="6BApk",
        object_id=str(number),
        event_type="payment.create",
        occurrence="once",
        created_at=NOON,
    )


def a_notification(number: int = 1, **changes: object) -> NotificationRow:
    """A text about a payment, delivered."""
    values: dict[str, Any] = {
        "id": f"n{number}",
        "dedup_key": f"key-{number}",
        "occurrence_id": number,
        "account_id": "6BApk",
        "event": "payment.create",
        "object_id": str(number),
        "client_id": "20001",
        "invoice_number": "INV-00001",
        "rule": "payment.create → client → sms → payment_received",
        "template": "payment_received",
        "channel": "sms",
        "contact_name": "Acme [bold]",
        "recipient": PHONE,
        "status": "delivered",
        "attempts": 1,
        "provider": "twilio",
        "provider_id": "SM" + "a" * 32,
        "created_at": NOON + timedelta(minutes=number),
        "updated_at": NOON + timedelta(minutes=number),
    }
    return NotificationRow(**{**values, **changes})


def an_attempt(of: int = 1, **changes: object) -> AttemptRow:
    """That this notification was sent, once, and taken."""
    values: dict[str, Any] = {
        "notification_id": f"n{of}",
        "number": 1,
        "worker_id": "w1",
        "recipient": PHONE,
        "body": TEXT,
        "started_at": NOON + timedelta(minutes=of),
        "outcome": "accepted",
        "provider_id": f"SM{of:032x}",
    }
    return AttemptRow(**{**values, **changes})


def stored(session: Session, *notifications: NotificationRow) -> None:
    """Write notifications with their occurrences."""
    store(session, *(an_occurrence(row.occurrence_id) for row in notifications), *notifications)


def with_history(session: Session) -> None:
    """Write one notification about which everything is known."""
    stored(session, a_notification(status="undelivered", failed=True, error_code="30003"))
    store(
        session,
        AttemptRow(
            notification_id="n1",
            number=1,
            worker_id="w1",
            recipient=PHONE,
            body=TEXT,
            started_at=NOON,
            finished_at=NOON,
            outcome="accepted",
            provider_id="SM" + "a" * 32,
        ),
        # It came before our own write, so it knows the provider's id alone.
        DeliveryReportRow(provider_id="SM" + "a" * 32, raw_status="sent", received_at=NOON),
        DeliveryReportRow(
            notification_id="n1",
            provider_id="SM" + "a" * 32,
            raw_status="undelivered",
            error_code="30003",
            applied=True,
            received_at=NOON,
        ),
        DeliveryReportRow(provider_id="SM" + "b" * 32, raw_status="sent", received_at=NOON),
        AuditRow(at=NOON, actor="duebell", action="planned", entity="notification", entity_id="n1"),
        AuditRow(at=NOON, actor="duebell", action="bound", entity="callback", entity_id="n1"),
        DecisionRow(
            at=NOON,
            account_id="6BApk",
            event="payment.create",
            object_id="1",
            notification_id="n1",
            verdict="planned",
            reason="the rule applies",
            facts={"amount": "12.00"},
        ),
    )
