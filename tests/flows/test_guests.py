"""Commands that open what a worker opens are no workers: nobody may wait for them to send."""

from __future__ import annotations

import sqlite3

import pytest
from prefect.context import AsyncClientContext

from deployments.executing import create_run
from deployments.registering import register
from deployments.sweeping import mark_crashed
from duebell.domain.readiness import NO_WORKER
from duebell.redaction import Redactor
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings
from tasks.runtime import opened
from tests.flows.checking import clean_environment, settings_in_words
from tests.flows.commands import run_duebell
from tests.flows.installation import run

pytestmark = pytest.mark.flow


def type_(settings: Settings, prefect_api: str, *arguments: str) -> int:
    """Run a command where the settings lead; gives its exit code."""
    environment = clean_environment(
        **settings_in_words(settings.freshbooks_api_url),
        PREFECT_API_URL=prefect_api,
        DUEBELL_HOME=str(settings.home),
    )
    return run_duebell(settings.home, environment, *arguments).code


def lease_holders(settings: Settings) -> list[str]:
    """The ids of all that ever had a lease in the ledger."""
    connection = sqlite3.connect(settings.home / "duebell.db")
    try:
        return [row[0] for row in connection.execute("select id from workers")]
    finally:
        connection.close()


@pytest.mark.parametrize(
    "arguments",
    [
        ("webhooks", "list", "--json"),
        ("backfill", "--since", "2026-01-01", "--until", "2026-01-31", "--dry-run", "--json"),
    ],
)
def test_a_command_is_no_worker(
    settings: Settings, sandbox: SandboxControl, prefect_api: str, arguments: tuple[str, ...]
) -> None:
    """A command at a terminal has its lease as a guest."""
    code = type_(settings, prefect_api, *arguments)

    (holder,) = lease_holders(settings)
    assert 0 == code
    assert holder.startswith("guest:")


def test_a_guest_holds_its_run_and_makes_nobody_ready(settings: Settings) -> None:
    """While a guest is there, readiness misses a worker, and its run is not one of the dead."""

    async def story() -> tuple[list[str], int]:
        remember = Redactor().remember
        async with (
            AsyncClientContext() as context,
            opened(settings, remember, is_guest=True) as runtime,
        ):
            client, ledger = context.client, runtime.ledger
            ids = list((await register(client, settings)).values())
            await mark_crashed(client, ids, frozenset())  # what other tests left
            await create_run(client, ids[0], "a test", runtime.worker.id, {})
            crashed = await mark_crashed(client, ids, await ledger.living_workers(with_guests=True))
            return await ledger.readiness(settings.public_url), crashed

    missing, crashed = run(story())

    assert 0 == crashed
    assert NO_WORKER in missing
