"""backfill, run as its deployment, against the sandbox and a real Prefect server."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import Artifact, FlowRun
from prefect.states import AwaitingRetry
from sqlalchemy import select

from deployments.executing import create_run, execute
from duebell.ledger.audit import AUDIT
from duebell.notifying.batch import Batch
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings
from flows.backfill import backfill
from tests.flows.installation import Installation, leaks, run, working
from tests.flows.test_notify import artifacts_of

pytestmark = pytest.mark.flow

JANUARY = {"since": "2026-01-01", "until": "2026-01-31"}


def new_invoices(sandbox: SandboxControl, count: int) -> list[dict[str, Any]]:
    """Invoices of January that nobody was told of."""
    fields = {"create_date": "2026-01-15"}
    return sandbox.fire("invoice.create", count, fields=fields, deliver=False)


@contextlib.asynccontextmanager
async def worked_off(installation: Installation) -> AsyncIterator[None]:
    """Work signals off beside whatever is done inside, as the dispatcher does."""

    async def work() -> None:
        number = 0
        while True:
            number += 1
            batch = Batch(installation.runtime, f"batch-{number}")
            if await batch.claim(100):
                await batch.look_up()
                await batch.decide()
                await batch.outbox.send(batch.outbox.ready())
                await batch.finish()
            await asyncio.sleep(0.05)

    worker = asyncio.create_task(work())
    try:
        yield
    finally:
        worker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await worker


async def backfilled(installation: Installation, **parameters: object) -> FlowRun:
    """Run the deployment; gives the run as it ended."""
    client, deployment = installation.client, installation.deployments["backfill/on-demand"]
    created = await create_run(client, deployment, "a test", installation.worker_id, parameters)
    await execute(backfill, created)
    return await client.read_flow_run(created.id)


def said(ended: FlowRun) -> tuple[str, str]:
    """The state of a run and its message."""
    assert ended.state is not None
    return ended.state.name or "", ended.state.message or ""


async def shown(client: PrefectClient, ended: FlowRun) -> dict[str | None, Artifact]:
    """The run's artifacts by their keys."""
    return {artifact.key: artifact for artifact in await artifacts_of(client, ended)}


def test_a_run_tells_a_past_month(settings: Settings, sandbox: SandboxControl) -> None:
    """The run ends when everybody is told, shows its progress and its outcome, and is on record."""
    new_invoices(sandbox, 3)
    who = select(AUDIT.c.actor, AUDIT.c.action).where(AUDIT.c.entity == "backfill")

    async def story() -> tuple[FlowRun, dict[str | None, Artifact], list[tuple[str, str]]]:
        async with working(settings) as installation, worked_off(installation):
            ended = await backfilled(installation, **JANUARY)
            ledger = installation.runtime.ledger
            trail = await ledger.read(lambda c: [(*row,) for row in c.execute(who)])
            return ended, await shown(installation.client, ended), trail

    ended, artifacts, trail = run(story())

    assert ("Completed", "3 records read, 3 of the period, 3 planned.") == said(ended)
    assert 3 == len(sandbox.messages())
    assert {"backfill", "backfill-outcome"} == set(artifacts)
    assert 100.0 == artifacts["backfill"].data
    assert [("prefect", "begun")] == trail


def test_a_dry_run_names_nobody(
    settings: Settings, sandbox: SandboxControl, numbers: list[str]
) -> None:
    """Prefect's table of a dry run has masked numbers and no names, and nothing is sent."""
    records = new_invoices(sandbox, 2)

    async def story() -> tuple[FlowRun, dict[str | None, Artifact]]:
        async with working(settings) as installation:
            ended = await backfilled(installation, **JANUARY, dry_run=True)
            return ended, await shown(installation.client, ended)

    ended, artifacts = run(story())

    table = json.loads(str(artifacts["backfill-dry-run"].data))
    everything = [one.model_dump(mode="json") for one in (ended, *artifacts.values())]
    names = [client["organization"] for client in sandbox.clients() if client["organization"]]
    assert "Completed" == said(ended)[0]
    assert sorted(one["number"] for one in records) == sorted(row["number"] for row in table)
    assert all(row["recipient"].startswith("+1•••••") for row in table)
    assert [] == leaks(everything, [*numbers, *names])
    assert [] == sandbox.messages()


def test_a_retry_goes_on(settings: Settings, sandbox: SandboxControl) -> None:
    """A run that the brake held ends well, and its retry in Prefect tells the others."""
    new_invoices(sandbox, 3)
    capped = settings.model_copy(update={"max_sends_per_run": 2})

    async def story() -> list[FlowRun]:
        async with working(capped) as installation, worked_off(installation):
            held = await backfilled(installation, **JANUARY)
            client = installation.client
            await client.set_flow_run_state(held.id, AwaitingRetry(), force=True)
            await execute(backfill, await client.read_flow_run(held.id))
            return [held, await client.read_flow_run(held.id)]

    held, retried = run(story())

    assert "Completed" == said(held)[0]
    assert "held by the brake at 2 messages" in said(held)[1]
    assert f"`duebell backfill --resume {held.id}` goes on" in said(held)[1]
    assert ("Completed", 3) == (said(retried)[0], len(sandbox.messages()))


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({**JANUARY, "events": ["invoice.update"]}, "FreshBooks keeps no history of changes"),
        ({"resume": "nothing"}, "there is no backfill nothing"),
        ({"dry_run": True, "resume": "nothing"}, "a dry run leaves nothing"),
        ({}, "needs both days"),
    ],
)
def test_what_makes_no_sense_fails_with_a_sentence(
    settings: Settings, sandbox: SandboxControl, parameters: dict[str, Any], reason: str
) -> None:
    """A run that was asked for nonsense fails at once and says what is wrong."""

    async def story() -> FlowRun:
        async with working(settings) as installation:
            return await backfilled(installation, **parameters)

    name, message = said(run(story()))

    assert "Failed" == name
    assert reason in message


def test_trouble_with_freshbooks_is_told(settings: Settings, sandbox: SandboxControl) -> None:
    """Where FreshBooks cannot be asked, the run fails with its reason and the way to go on."""
    new_invoices(sandbox, 1)
    sandbox.set_scenario("account-inactive", provider="freshbooks")

    async def story() -> FlowRun:
        async with working(settings) as installation:
            return await backfilled(installation, **JANUARY)

    name, message = said(run(story()))

    assert "Failed" == name
    assert "invoice.create of 6BApk" in message
