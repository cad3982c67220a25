"""How one notification is shown to people: in plain words, with what is empty left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer

from duebell.cli.output import write_pairs, write_table

Record = Mapping[str, Any]

#: What a worker is called in the ledger: its machine, the process and some letters.
_WORKER = re.compile(r".+-\d+-[0-9a-f]{6}")
_ACTORS = {"duebell": "Duebell", "provider": "the provider", "recipient": "the person"}

#: What the ledger calls otherwise than people do.
_NAMES = {
    "object_id": "record",
    "invoice_number": "number",
    "contact_name": "told",
    "created_at": "planned at",
    "updated_at": "changed at",
    "hold": "waits for",
    "asks": "asked how it went",
    "next_ask_at": "asked again at",
    "not_before": "not sent before",
}

#: Audit records of which the tables of attempts and reports tell already.
_TOLD_ABOVE = ("attempt", "report")

#: The columns of each part of the history: the heading, and what stands below it.
_Columns = Sequence[tuple[str, Callable[[Record], object]]]


def write_details(shown: Mapping[str, Any], diversion: str) -> None:
    """Write a notification and its history; ``diversion`` is where safe mode sent it."""
    pairs = {**shown, "diverted_to": diversion, "asks": _often(shown["asks"]), "history": None}
    pairs["what to do"] = _next_step(shown) if shown["failed"] else None
    write_pairs({_NAMES.get(name, name.replace("_", " ")): one for name, one in pairs.items()})
    for title, records in shown["history"].items():
        typer.echo(f"\n{_TITLES[title]}" if records else f"\n{_TITLES[title]}: none")
        if records := [one for one in records if one.get("action") not in _TOLD_ABOVE]:
            columns = _COLUMNS[title]
            rows = [[cell(one) for _, cell in columns] for one in records]
            write_table([head for head, _ in columns], rows)


def actor_words(actor: str) -> str:
    """Who did something, as people call it."""
    if actor.startswith("cli:"):
        return f"{actor.removeprefix('cli:')}, by a command"
    if _WORKER.fullmatch(actor):
        return f"the worker {actor}"
    return _ACTORS.get(actor, actor)


def _next_step(shown: Mapping[str, Any]) -> str:
    """What a person may do about what failed."""
    id_, lift = shown["id"][:8], "`duebell suppressions lift"
    first = "mend what is said above, then " if lift in (shown["reason"] or "") else ""
    return (
        f"{first}`duebell notifications retry {id_}` sends it again, if the books still want it; "
        f"`duebell notifications abandon {id_}` leaves it at that"
    )


def _often(times: int) -> str:
    return "" if not times else "once" if times == 1 else f"{times} times"


def _change(record: Record) -> str:
    """What became of it: the new status, and the one before."""
    if not record["to_status"]:
        return str(record["action"])
    return " → ".join(filter(None, (record["from_status"], record["to_status"])))


def _value(name: str) -> Callable[[Record], object]:
    return lambda record: record.get(name)


def _facts(record: Record) -> dict[str, object]:
    return {name.replace("_", " "): value for name, value in record["facts"].items()}


_TITLES = {
    "attempts": "Attempts to send it",
    "reports": "Reports of the provider on its delivery",
    "audit": "What became of it, and by whom",
    "decisions": "Decisions that led to it",
}
_COLUMNS: Mapping[str, _Columns] = {
    "attempts": (
        ("attempt", _value("number")),
        ("begun", _value("started_at")),
        ("answered", _value("finished_at")),
        ("answer", lambda one: str(one["outcome"] or "none yet").replace("_", " ")),
        ("id at the provider", _value("provider_id")),
        ("sent to", _value("recipient")),
        ("error", _value("error_code")),
        ("why", _value("reason")),
        ("text", _value("body")),
    ),
    "reports": (
        ("heard", _value("received_at")),
        ("status there", _value("raw_status")),
        ("error", _value("error_code")),
        ("how", lambda one: "Duebell asked" if one["asked"] else "reported by itself"),
        ("note", lambda one: "" if one["applied"] else "came before the id was noted"),
        ("id at the provider", _value("provider_id")),
    ),
    "audit": (
        ("at", _value("at")),
        ("by", lambda one: actor_words(one["actor"])),
        ("status", _change),
        ("why", _value("reason")),
    ),
    "decisions": (
        ("at", _value("at")),
        ("event", _value("event")),
        ("rule", _value("rule")),
        ("for", _value("audience")),
        ("verdict", _value("verdict")),
        ("why", _value("reason")),
        ("known then", _facts),
    ),
}
