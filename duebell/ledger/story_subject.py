"""What a story is about, and which rows are about that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from duebell.domain.books import Kind
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.plans import DECISIONS


@dataclass(frozen=True, slots=True)
class Subject:
    """What a story is about: one of these.

    ``invoice`` is the number, ``client`` the id, ``record`` the kind and the id of anything else.
    """

    client: str = ""
    invoice: str = ""
    notification: str = ""
    record: tuple[str, str] = ("", "")


def decided(subject: Subject) -> ColumnElement[bool]:
    """Which decisions are about it."""
    table = DECISIONS.c
    is_about: ColumnElement[bool] = table.notification_id == subject.notification
    if subject.invoice:
        # The same column holds the numbers of bills.
        is_number = table.invoice_number == subject.invoice
        is_about = and_(is_number, table.event.not_like("bill.%"))
    if subject.client:
        is_itself = and_(table.object_id == subject.client, table.event.startswith("client."))
        is_about = or_(table.client_id == subject.client, is_itself)
    if subject.record[1]:
        is_about = _is_record(DECISIONS, subject.record)
        if subject.record[0] == Kind.VENDOR:
            messages = select(NOTIFICATIONS.c.id).where(_is_told_vendor(subject.record[1]))
            is_about = or_(is_about, table.notification_id.in_(messages))
    return is_about


def _is_record(table: Any, record: tuple[str, str]) -> ColumnElement[bool]:
    kind, id_ = record
    return and_(table.c.object_id == id_, table.c.event.startswith(f"{kind}."))


def _is_told_vendor(id_: str) -> ColumnElement[bool]:
    is_told: ColumnElement[bool] = NOTIFICATIONS.c.contact_key == f"vendor:{id_}"
    return is_told


def told(subject: Subject) -> ColumnElement[bool]:
    """Which notifications are about it."""
    table = NOTIFICATIONS.c
    is_about: ColumnElement[bool] = table.id == subject.notification
    if subject.invoice:
        # The same column holds the numbers of bills.
        is_number = table.invoice_number == subject.invoice
        is_about = and_(is_number, table.event.not_like("bill.%"))
    if subject.client:
        is_about = table.client_id == subject.client
    if subject.record[1]:
        is_about = _is_record(NOTIFICATIONS, subject.record)
        if subject.record[0] == Kind.VENDOR:
            is_about = or_(is_about, _is_told_vendor(subject.record[1]))
    return is_about
