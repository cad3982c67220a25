"""Everything the sandbox remembers, as plain values, and the file that it survives a restart in."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from duebell.sandbox import credentials
from duebell.sandbox.books import Bill, Books, Client, Expense, Invoice, Payment, Vendor
from duebell.sandbox.businesses import BUSINESSES
from duebell.sandbox.kinds import SCOPES
from duebell.sandbox.tunables import Tunables

VERSION = 2

#: What the refresh token of a fresh sandbox was granted: everything.
DEFAULT_SCOPE = " ".join(sorted(SCOPES))

_RECORDS: dict[str, Callable[..., Any]] = {
    "clients": Client,
    "invoices": Invoice,
    "payments": Payment,
    "bills": Bill,
    "vendors": Vendor,
    "expenses": Expense,
}


class UnknownVersion(ValueError):
    """The file was written by another version of the sandbox."""


@dataclass
class Code:
    """An OAuth code: its end in epoch seconds, and what the token request is held to.

    An empty ``redirect_uri`` holds it to none.
    """

    ends_at: float
    scope: str
    redirect_uri: str


@dataclass
class Tokens:
    """OAuth: one living refresh token with its scopes; access tokens with their end and scopes."""

    refresh: str = credentials.REFRESH_TOKEN
    scope: str = DEFAULT_SCOPE
    spent: list[str] = field(default_factory=list)
    access: dict[str, float] = field(default_factory=dict)
    access_scopes: dict[str, str] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)


@dataclass
class CallbackRecord:
    """A webhook subscription. ``updated_at`` is UTC; ``failures`` counts those in a row.

    A foreign one belongs to another application: it is listed, but nothing is delivered to it.
    """

    id: int
    account: str
    event: str
    uri: str
    verifier: str
    verified: bool
    updated_at: str
    failures: int = 0
    is_disabled: bool = False
    is_foreign: bool = False


@dataclass
class Text:
    """A text message that Twilio accepted. Times are epoch seconds.

    ``fate`` is the scenario that decides what becomes of it, or "", ``fate_code`` the error code
    that goes with it; ``telling`` are the scenarios that decide how it is told. ``valid_for`` is
    how many seconds it may wait to be sent.
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
    fate_code: int | None = None
    telling: list[str] = field(default_factory=list)
    valid_for: int | None = None


@dataclass
class Email:
    """An email that Twilio Email or SendGrid accepted, for one recipient.

    ``labels`` are Twilio Email's tags or SendGrid's custom_args; ``batch_id`` is the operation or
    the X-Message-Id under which it was accepted, with others perhaps. Times are epoch seconds.
    """

    id: str
    provider: str
    batch_id: str
    to: str
    to_name: str
    sender: str
    sender_name: str
    subject: str
    text: str
    html: str
    status: str
    created: float
    updated: float
    labels: dict[str, str]
    headers: dict[str, str]
    fate: str
    fate_code: str = ""
    telling: list[str] = field(default_factory=list)

    @property
    def notification_id(self) -> str | None:
        """Whom of the customer's it is about, by the label that says so."""
        return self.labels.get("nid")


def _empty_books() -> dict[str, Books]:
    return {business.account_id: Books() for business in BUSINESSES}


@dataclass
class State:
    """The whole memory of a sandbox; times and ids are given to it, it makes none."""

    tokens: Tokens = field(default_factory=Tokens)
    tunables: Tunables = field(default_factory=Tunables)
    callbacks: dict[int, CallbackRecord] = field(default_factory=dict)
    #: The books by account.
    books: dict[str, Books] = field(default_factory=_empty_books)
    texts: dict[str, Text] = field(default_factory=dict)
    emails: dict[str, Email] = field(default_factory=dict)
    #: The numbers that answered STOP.
    opted_out: list[str] = field(default_factory=list)
    #: The addresses to which SendGrid sends nothing any more, and why.
    unmailable: dict[str, str] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    #: The last id given out, by kind; records' ids are counted in their books.
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
    for name in ("callbacks", "texts", "emails"):
        content[name] = list(content[name].values())
    # ``default=vars`` turns the records into objects without copying them first.
    return json.dumps(content, default=vars).encode()


def parse(raw: bytes) -> State:
    """The state from its JSON.

    Raises:
        UnknownVersion: if another version of the sandbox wrote it.
    """
    content = json.loads(raw)
    if content["version"] != VERSION:
        raise UnknownVersion(f"the state is of version {content['version']}, not {VERSION}")
    tokens = content["tokens"]
    codes = {word: Code(**code) for word, code in tokens.pop("codes").items()}
    return State(
        tokens=Tokens(**tokens, codes=codes),
        tunables=Tunables(**content["tunables"]),
        callbacks=_by_id(content["callbacks"], CallbackRecord),
        books={account: _books(rows) for account, rows in content["books"].items()},
        texts={row["sid"]: Text(**row) for row in content["texts"]},
        # Older files have no opt-outs, or no emails.
        emails={row["id"]: Email(**row) for row in content.get("emails", [])},
        opted_out=content.get("opted_out", []),
        unmailable=content.get("unmailable", {}),
        counters=content["counters"],
        last_ids=content["last_ids"],
    )


def _books(content: dict[str, Any]) -> Books:
    tables = {name: _by_id(content[name].values(), make) for name, make in _RECORDS.items()}
    return Books(**tables, last_ids=content["last_ids"], changes=content["changes"])


def write_whole(path: Path, raw: bytes) -> None:
    """Replace the file at once, so that a reader or a crash never meets half of one."""
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(raw)
    os.replace(beside, path)
