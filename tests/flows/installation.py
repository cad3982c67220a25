"""A worker's surroundings inside the test process: settings, an open runtime, registered flows."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from duebell.domain.signals import ClaimedSignal, Signal
from duebell.redaction import Redactor
from duebell.runtime import Runtime
from duebell.sandbox import credentials
from duebell.settings import Settings, load_settings

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun

T = TypeVar("T")

PATIENCE_SECONDS = 20.0
BATCH = "b" * 32


def settings_for(home: Path, sandbox_url: str, **changes: object) -> Settings:
    """Settings that lead to a sandbox and to nothing else."""
    values: dict[str, object] = {
        "home": home,
        "config": home / "duebell.toml",
        "public_url": "http://127.0.0.1:9",
        "sms_per_second": 1000,
        "freshbooks_api_url": sandbox_url,
        "freshbooks_auth_url": sandbox_url,
        "twilio_api_url": sandbox_url,
        "twilio_email_url": sandbox_url,
        "sendgrid_api_url": sandbox_url,
        "freshbooks_client_id": credentials.CLIENT_ID,
        "freshbooks_client_secret": credentials.CLIENT_SECRET,
        "freshbooks_redirect_uri": "https://duebell.example/oauth",
        "freshbooks_refresh_token": credentials.REFRESH_TOKEN,
        "freshbooks_account_ids": credentials.ACCOUNT_ID,
        "twilio_account_sid": credentials.ACCOUNT_SID,
        "twilio_api_key_sid": credentials.API_KEY_SID,
        "twilio_api_key_secret": credentials.API_KEY_SECRET,
        "twilio_auth_tokens": credentials.AUTH_TOKEN,
        "twilio_from": credentials.FROM,
    }
    return load_settings(_env_file=None, **{**values, **changes})


@dataclass(frozen=True)
class Installation:
    """What a worker holds while it works."""

    runtime: Runtime
    client: PrefectClient
    deployments: dict[str, UUID]

    @property
    def worker_id(self) -> str:
        """The word for this worker."""
        return self.runtime.worker.id

    async def hear_of(self, records: Sequence[dict[str, Any]]) -> None:
        """Keep the signals of these invoices' webhooks."""
        for record in records:
            signal = Signal(credentials.ACCOUNT_ID, "invoice.create", str(record["id"]))
            await self.runtime.ledger.record_signal(signal)

    async def claim(self, records: Sequence[dict[str, Any]]) -> list[ClaimedSignal]:
        """Hear of these invoices, and take the signals as a batch."""
        await self.hear_of(records)
        return await self.runtime.ledger.claim(self.worker_id, BATCH, 100)

    async def notify(self, name: str = "a test") -> FlowRun:
        """Run the batch, as the dispatcher does; gives the run as it ended."""
        from deployments.executing import create_run, execute
        from flows.notify import notify

        deployment = self.deployments["notify/webhook"]
        parameters = {"batch_id": BATCH}
        run = await create_run(self.client, deployment, name, self.worker_id, parameters)
        await execute(notify, run)
        return await self.client.read_flow_run(run.id)


def run(story: Coroutine[Any, Any, T]) -> T:
    """Run a test's story to its end.

    Prefect's engine leaves connections to its server to the garbage collector. They are collected
    here, quietly, and not in the middle of a test that has nothing to do with them.
    """
    from prefect.settings import PREFECT_API_URL

    port = urlsplit(PREFECT_API_URL.value() or "").port
    with warnings.catch_warnings():
        left_open = rf"unclosed <socket.*raddr=\('127.0.0.1', {port}\)"
        warnings.filterwarnings("ignore", left_open, ResourceWarning)
        try:
            return asyncio.run(story)
        finally:
            gc.collect()


@contextlib.asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[Installation]:
    """Open what a worker opens; the deployments are registered."""
    from prefect.context import AsyncClientContext

    from tasks.runtime import opened

    async with AsyncClientContext() as context, opened(settings, Redactor().remember) as runtime:
        yield Installation(runtime, context.client, await _registered(context.client, settings))


async def _registered(client: PrefectClient, settings: Settings) -> dict[str, UUID]:
    """The ids of our deployments; one registration serves all tests of a server."""
    from deployments.registering import register

    address = str(client.api_url)
    if address not in _deployments:
        _deployments[address] = await register(client, settings)
    return _deployments[address]


_deployments: dict[str, dict[str, UUID]] = {}


def forget_registration() -> None:
    """Have the deployments registered again for the next test."""
    _deployments.clear()


async def forget_blocks() -> None:
    """Remove our blocks from Prefect's server."""
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    from blocks import FreshBooksCredentials, TwilioCredentials
    from tasks.runtime import BLOCK_NAME

    async with get_client() as client:
        for kind in (FreshBooksCredentials, TwilioCredentials):
            try:
                found = await client.read_block_document_by_name(
                    BLOCK_NAME, kind.get_block_type_slug()
                )
            except ObjectNotFound:
                continue
            await client.delete_block_document(found.id)


async def eventually(look: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not await look():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        await asyncio.sleep(0.1)


def leaks(texts: Sequence[object], numbers: Sequence[str]) -> list[str]:
    """The phone numbers that can be read in any of these values, however they are written."""
    shown = json.dumps(texts, default=str)
    forms = {form for number in numbers for form in (number, number.removeprefix("+1"))}
    return sorted(form for form in forms if form in shown)
