"""Our view of FreshBooks' records: what rules and templates may see, with exact money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its ISO 4217 currency code; amounts of two currencies are never added."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as FreshBooks shows it now.

    ``updated_at`` is UTC (FreshBooks writes it in US/Eastern); the dates are calendar days of the
    business. ``status`` is FreshBooks' ``v3_status``.
    """

    account_id: str
    id: str
    number: str
    client_id: str
    status: str
    is_active: bool
    is_draft: bool
    is_paid: bool
    is_disputed: bool
    amount: Money
    outstanding: Money
    issued_on: date
    due_on: date | None
    language: str
    updated_at: datetime | None
    organization: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """A client of the firm. Phones are FreshBooks' free text, not yet normalised."""

    account_id: str
    id: str
    first_name: str
    last_name: str
    organization: str
    email: str
    mobile_phone: str
    business_phone: str
    home_phone: str
    country: str
    language: str
    currency: str
    is_active: bool

    @property
    def name(self) -> str:
        """How a message addresses the client: the organisation, else the person."""
        return self.organization or f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Business:
    """The firm whose books these are. ``time_zone`` is an IANA name."""

    account_id: str
    id: str
    name: str
    time_zone: str
    country: str
