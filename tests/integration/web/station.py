"""The webhook application with a real ledger, as tests use it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx

from duebell.domain.connections import KnownCallback
from duebell.domain.signals import Signal
from duebell.ledger.ledger import Ledger
from duebell.metrics import Metrics
from tests.integration.web.deliveries import AUTH_TOKEN, FORM, VERIFIER, delivery, twilio_signature

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Drive a coroutine to its end."""
    return asyncio.run(work)


class Clock:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 14, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.time += timedelta(seconds=seconds)


class SlowLedger(Ledger):
    """A real ledger that counts look-ups and can hold a commit back."""

    lookups = 0
    gate: asyncio.Event | None = None

    async def find_callback(self, url_token: str) -> KnownCallback | None:
        """Count, then look."""
        self.lookups += 1
        return await super().find_callback(url_token)

    async def record_signal(self, signal: Signal) -> None:
        """Wait for the gate, if there is one, then store."""
        if self.gate is not None:
            await self.gate.wait()
        await super().record_signal(signal)


@dataclass
class Station:
    """An application with its ledger, metrics and clock."""

    app: Any
    ledger: SlowLedger
    metrics: Metrics
    clock: Clock
    database: Path

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database beside the ledger, so that only what is committed counts."""
        connection = sqlite3.connect(self.database)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def signals(self) -> list[tuple[Any, ...]]:
        """The inbox."""
        return self.rows("SELECT account_id, event, object_id, deliveries FROM signals")

    def counted(self, name: str, **labels: str) -> float | None:
        """The value of a counter."""
        return self.metrics.registry.get_sample_value(f"duebell_{name}", labels)

    def client(self) -> httpx.AsyncClient:
        """A client of the application. Its Host header is not the public one."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app), base_url="http://inside.example"
        )

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Make one request."""

        async def request() -> httpx.Response:
            async with self.client() as client:
                return await client.request(method, path, **options)

        return run(request())

    def deliver(
        self, fields: dict[str, str], verifier: str | None = VERIFIER, address: str = "invoices"
    ) -> httpx.Response:
        """Deliver as FreshBooks does, signed with this verifier."""
        return self.call("POST", f"/webhooks/freshbooks/{address}", **delivery(fields, verifier))

    def report(
        self, params: list[tuple[str, str]], key: str = AUTH_TOKEN, query: str = "?n=one&a=1"
    ) -> httpx.Response:
        """Report as Twilio does, signed with this auth token."""
        return self.call(
            "POST",
            f"/webhooks/twilio/status{query}",
            content=urlencode(params).encode(),
            headers={
                "content-type": FORM,
                "x-twilio-signature": twilio_signature(query, params, key),
            },
        )
