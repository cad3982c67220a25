"""A plan together with what its rows should say of the record it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from duebell.domain.decisions import Plan
from duebell.domain.dossiers import Dossier
from duebell.domain.signals import ClaimedSignal


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """A plan with what the rows about it should say of the record it is about.

    ``dossier`` is what was looked at; None where it could not be found. ``rulebook`` tells which
    version of the rules was in force; ``stops`` gives, by account and id, the invoices of which
    nothing may be told any more, and why.
    """

    claimed: ClaimedSignal
    plan: Plan
    dossier: Dossier | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    rulebook: str = ""
    stops: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def client_id(self) -> str | None:
        """The client whom it concerns."""
        return self.dossier.client_id if self.dossier else None

    @property
    def invoice_id(self) -> str | None:
        """The invoice that it is about, or that was paid."""
        invoice = self.dossier.invoice if self.dossier else None
        return invoice.id if invoice is not None else None

    @property
    def number(self) -> str | None:
        """The number of the invoice or bill."""
        return self.dossier.number if self.dossier else None
