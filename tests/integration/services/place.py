"""Where workers stand: what all processes of one installation share, and how they look at it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from duebell.ledger.ledger import Ledger
from duebell.ledger.sealing import Sealer
from duebell.providers.codes import meaning_of
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings, load_settings
from tests.ledger_scenes import Clock, rows


@dataclass(frozen=True)
class Place:
    """One installation."""

    sandbox: SandboxControl
    ledger_url: str
    public_url: str
    home: Path
    sealer: Sealer
    clock: Clock

    def settings(self, **changes: object) -> Settings:
        """Settings that lead to the sandbox and to nothing else."""
        values: dict[str, object] = {
            "home": self.home,
            "config": self.home / "duebell.toml",
            "public_url": self.public_url,
            "sms_per_second": 1000,
            "freshbooks_api_url": self.sandbox.base_url,
            "twilio_api_url": self.sandbox.base_url,
            "twilio_email_url": self.sandbox.base_url,
            "sendgrid_api_url": self.sandbox.base_url,
            "email_per_second": 1000,
        }
        return load_settings(_env_file=None, **{**values, **changes})

    def open_ledger(self) -> Ledger:
        """One process's way to the ledger."""
        return Ledger(self.ledger_url, self.sealer, now=self.clock, meaning_of=meaning_of)

    async def sleep(self, seconds: float) -> None:
        """Wait without waiting: the clock is turned instead."""
        self.clock.pass_(seconds=seconds)
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Shown:
    """A notification, as far as tests look at it."""

    id: str
    status: str
    recipient: str
    provider_id: str | None
    attempts: int
    reason: str | None
    failed: bool
    error_code: str | None


def notifications_in(ledger: Ledger) -> list[Shown]:
    """All notifications, oldest first."""
    names = list(Shown.__annotations__)
    query = f"select {', '.join(names)} from notifications order by created_at, id"  # noqa: S608
    found = [dict(zip(names, row, strict=True)) for row in rows(ledger, query)]
    return [Shown(**{**row, "failed": bool(row["failed"])}) for row in found]
