"""Clients and invoices of which nobody is told for a while, at somebody's word."""

from __future__ import annotations

from datetime import date

from duebell.domain.circumstances import Circumstances, Paused
from duebell.domain.dossiers import Dossier


def pause_of(dossier: Dossier, circumstances: Circumstances) -> str | None:
    """Why nothing about this client or invoice may be told now, if somebody has paused it."""
    account_id = dossier.record.account_id if dossier.record is not None else ""
    invoice = dossier.invoice
    wanted = [(Paused.CLIENT, dossier.client_id)]
    if invoice is not None:
        wanted += [(Paused.INVOICE, invoice.id), (Paused.INVOICE, invoice.number)]
    for kind, id_ in wanted:
        for account in (account_id, ""):
            until = circumstances.pauses.get((account, kind, id_ or ""))
            if until is not None and circumstances.today < until:
                return paused_until(kind, until)
    return None


def paused_until(kind: str, until: date) -> str:
    """The reason for what is not told because of a pause."""
    return f"the {kind} is paused until {until.isoformat()}"
