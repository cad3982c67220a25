"""Everything the sandbox remembers, as plain values, and the file that it survives a restart in."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from duebell.sandbox import credentials

VERSION = 1


@dataclass
class Tokens:
    """OAuth: one living refresh token; access tokens and codes with their end in epoch seconds."""

    refresh: str = credentials.REFRESH_TOKEN
    spent: list[str] = field(default_factory=list)
    access: dict[str, float] = field(default_factory=dict)
    codes: dict[str, float] = field(default_factory=dict)


@dataclass
class CallbackRecord:
    """A webhook subscription."""

    id: int
    event: str
    uri: str
    verifier: str
    verified: bool
    updated_at: str


@dataclass
class Client:
    """A client of the firm; phones are free text, as people type them."""

    id: int
    fname: str
    lname: str
    organization: str
    email: str
    mob_phone: str
    bus_phone: str
    home_phone: str
    p_city: str
    p_country: str
    language: str
    currency_code: str
    signup_date: str
    updated: str
    vis_state: int = 0
    #: Whether new invoices without a named client may go to this one.
    in_rotation: bool = True


@dataclass
class Invoice:
    """An invoice. ``word`` is what a person did with it; paid and overdue follow from the rest.

    Amounts are decimal strings; ``created_at`` and ``version`` are US/Eastern.
    """

    id: int
    number: str
    client_id: int
    word: str
    create_date: str
    due_date: str
    amount: str
    outstanding: str
    currency: str
    language: str
    organization: str
    created_at: str
    version: str
    vis_state: int = 0


@dataclass
class Payment:
    """Money that came in for an invoice."""

    id: int
    invoice_id: int
    client_id: int
    amount: str
    currency: str
    date: str
    updated: str
    type: str = "Check"
    vis_state: int = 0


@dataclass
class Text:
    """A text message that Twilio accepted. Times are epoch seconds.

    ``fate`` is the scenario that decides what becomes of it, or "".
    """

    sid: str
    to: str
    sender: str | None
    service: str | None
    body: str
    status: str
    created: float
    updated: float
    sent: float | None
    callback_url: str
    notification_id: str | None
    fate: str
    error_code: int | None = None


@dataclass
class Tunables:
    """What tests and benchmarks may turn; all durations in seconds."""

    expires_in: int = 43200
    handshake_first: bool = True
    delivery_tries: int = 4
    retry_seconds: float = 1.0
    delivery_timeout_seconds: float = 10.0
    slow_seconds: float = 2.0
    sent_after_seconds: float = 0.05
    final_after_seconds: float = 0.2


@dataclass
class State:
    """The whole memory of a sandbox; times and ids are given to it, it makes none."""

    tokens: Tokens = field(default_factory=Tokens)
    tunables: Tunables = field(default_factory=Tunables)
    callbacks: dict[int, CallbackRecord] = field(default_factory=dict)
    clients: dict[int, Client] = field(default_factory=dict)
    invoices: dict[int, Invoice] = field(default_factory=dict)
    payments: dict[int, Payment] = field(default_factory=dict)
    texts: dict[str, Text] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    #: The last id given out, by kind of record: ids of removed records never come back.
    last_ids: dict[str, int] = field(default_factory=dict)

    def count(self, name: str) -> None:
        """Count one more of something."""
        self.counters[name] = self.counters.get(name, 0) + 1

    def next_id(self, kind: str, first: int) -> int:
        """A new id of this kind."""
        number = self.last_ids.get(kind, first - 1) + 1
        self.last_ids[kind] = number
        return number


def _by_id(rows: Iterable[dict[str, Any]], make: Callable[..., Any]) -> dict[int, Any]:
    return {row["id"]: make(**row) for row in rows}


def dump(state: State) -> bytes:
    """The state as JSON."""
    content: dict[str, Any] = {"version": VERSION, **vars(state)}
    for name in ("callbacks", "clients", "invoices", "payments", "texts"):
        content[name] = list(content[name].values())
    # ``default=vars`` turns the records into objects without copying them first.
    return json.dumps(content, default=vars).encode()


def parse(raw: bytes) -> State:
    """The state from its JSON."""
    content = json.loads(raw)
    return State(
        tokens=Tokens(**content["tokens"]),
        tunables=Tunables(**content["tunables"]),
        callbacks=_by_id(content["callbacks"], CallbackRecord),
        clients=_by_id(content["clients"], Client),
        invoices=_by_id(content["invoices"], Invoice),
        payments=_by_id(content["payments"], Payment),
        texts={row["sid"]: Text(**row) for row in content["texts"]},
        counters=content["counters"],
        last_ids=content["last_ids"],
    )


def write_whole(path: Path, raw: bytes) -> None:
    """Replace the file at once, so that a reader or a crash never meets half of one."""
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(raw)
    os.replace(beside, path)
