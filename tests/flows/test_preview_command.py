"""``duebell preview EVENT OBJECT_ID`` as a command, with real credentials and a real record."""

from __future__ import annotations

from pathlib import Path

import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings
from tests.flows.checking import clean_environment
from tests.flows.commands import Told, run_duebell
from tests.flows.installation import run, working
from tests.flows.surroundings import free_port

pytestmark = pytest.mark.flow


def previewed(settings: Settings, *arguments: str, prefect: str = "") -> Told:
    """The command as a person gives it; where Prefect is not named, nobody answers there."""
    environment = clean_environment(
        DUEBELL_HOME=str(settings.home),
        DUEBELL_FRESHBOOKS_API_URL=settings.freshbooks_api_url,
        DUEBELL_TWILIO_API_URL=settings.twilio_api_url,
        PREFECT_API_URL=prefect or f"http://127.0.0.1:{free_port()}/api",
        **({} if prefect else credentials.as_settings()),
    )
    return run_duebell(settings.home, environment, "preview", *arguments)


def connected(settings: Settings) -> None:
    """A worker has been there once: the connection is in the ledger, the blocks are in Prefect."""

    async def story() -> None:
        async with working(settings) as installation:
            await installation.runtime.accounts()
            await installation.runtime.books.businesses()

    run(story())


def test_a_real_record_is_shown(
    settings: Settings, sandbox: SandboxControl, prefect_api: str, numbers: list[str]
) -> None:
    """With the blocks' credentials the invoice is read and shown, and nobody is told."""
    connected(settings)
    (invoice,) = sandbox.fire("invoice.create", 1, fields={"number": "INV-7"}, deliver=False)

    shown = previewed(settings, "invoice.create", str(invoice["id"]), "--json", prefect=prefect_api)

    assert (0, "") == (shown.code, shown.err)
    document = shown.json
    (decision,) = document["decisions"]
    assert (credentials.ACCOUNT_ID, False) == (document["account_id"], document["is_sample"])
    assert "INV-7" in decision["text"]
    assert [] == [number for number in numbers if number in shown.out]
    assert [] == sandbox.messages()


def test_prefect_is_not_needed_where_the_settings_have_it_all(
    settings: Settings, sandbox: SandboxControl, prefect_api: str
) -> None:
    """Where no Prefect server answers, the credentials of the environment do; ids are checked."""
    connected(settings)
    (invoice,) = sandbox.fire("invoice.create", 1, deliver=False)

    shown = previewed(settings, "invoice.create", str(invoice["id"]))
    missing = previewed(settings, "invoice.create", "987654")
    number = previewed(settings, "invoice.create", "INV-7")

    assert (0, True) == (shown.code, "1. To " in shown.out)
    assert (1, True) == (missing.code, "FreshBooks has no invoice 987654" in missing.err)
    assert (1, True) == (number.code, "FreshBooks has no invoice called “INV-7”" in number.err)


def test_without_a_ledger_it_says_what_to_do(
    settings: Settings, tmp_path: Path, sandbox: SandboxControl
) -> None:
    """Before the first start there is no connection, and the way to one is told."""
    elsewhere = settings.model_copy(update={"home": tmp_path})

    refused = previewed(elsewhere, "invoice.create", "42")

    assert (1, "") == (refused.code, refused.out)
    assert "There is no ledger yet: start Duebell with `duebell up`" in refused.err
