"""What people call records."""

from __future__ import annotations

from collections.abc import Mapping

from duebell.domain.books import Kind, Record, kind_of
from duebell.domain.dossiers import Dossier
from duebell.wording.plain_text import clean_value

NOUNS: Mapping[Kind, str] = {kind: kind.value for kind in Kind} | {Kind.VENDOR: "vendor"}


def with_article(noun: str) -> str:
    """The noun as one of many."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def name_of(record: Record) -> str:
    """The number or the name of a record; its id where it has neither."""
    name = getattr(record, "number", "") or getattr(record, "name", "")
    return clean_value(str(name)) or record.id


def record_words(dossier: Dossier) -> str:
    """The record as people know it, with whose it is; empty where there is none.

    Made-up cases have their parts alone; the one that belongs to the others is what they are about.
    """
    parts = (dossier.payment, dossier.bill, dossier.expense, dossier.invoice)
    records = (dossier.record, *parts, dossier.vendor, dossier.client)
    record = next((one for one in records if one is not None), None)
    if record is None:
        return ""
    who = dossier.client or dossier.vendor
    of = f" of {clean_value(who.name)}" if who is not None and who is not record else ""
    return f"{NOUNS[kind_of(record)]} {name_of(record)}{of}"
