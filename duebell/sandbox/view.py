"""What writing a record needs to know besides the record itself."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from duebell.sandbox.books import Books
from duebell.sandbox.businesses import Business


@dataclass(frozen=True)
class View:
    """The rest of the books, the business' calendar day, and what the caller wants included."""

    books: Books
    business: Business
    today: str
    includes: frozenset[str]
    partial_says_overdue: bool


def money(amount: str | Decimal, currency: str) -> dict[str, str]:
    """An amount: a decimal in a string, and its currency."""
    return {"amount": str(amount), "code": currency}


def uuid_of(number: int) -> str:
    """A record's UUID, made from its id."""
    return f"5a4db0c5-0000-4000-8000-{number:012d}"


def balances(totals: dict[str, Decimal]) -> list[dict[str, Any]]:
    """Balances by currency, in FreshBooks' wrapping."""
    return [{"amount": money(total, code)} for code, total in totals.items() if total]
