"""What the operator changes while everything runs counts from the next message on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from duebell.rulebook.loading import DEFAULT_RULEBOOK
from tests.acceptance.installation import Installation
from tests.acceptance.part import wait_until
from tests.acceptance.promises import texts_by_invoice, wait_until_told
from tests.flows.commands import run_duebell
from tests.flows.surroundings import ROOT

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

RULE = DEFAULT_RULEBOOK.read_text(encoding="utf-8")
CLIENT, NUMBER = "Alder Street Bakery", "+12125550101"


@pytest.fixture
def rulebook(installation: Installation) -> Iterator[Path]:
    """The rulebook's file; afterwards the shipped rule is in force again."""
    file = Path(installation.settings.config)
    yield file
    put(installation, file, RULE)


def put(installation: Installation, file: Path, text: str) -> None:
    """Write a right rulebook, and wait until the worker has taken it over."""
    file.write_text(text, encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    wait_until(lambda: installation.rulebooks() == {digest: []}, "the rulebook is in force", 30)


def duebell(installation: Installation, *arguments: str) -> Any:
    """What a command says, as JSON."""
    return run_duebell(ROOT, installation.environment, *arguments, "--json").json


def an_invoice(installation: Installation) -> dict[str, Any]:
    """An invoice of the client, whose webhook was worked off."""
    [record] = installation.control.fire("invoice.create", 1, client=CLIENT, wait=True)
    wait_until(lambda: installation.count_unfinished() == 0, "all is worked off", 30)
    return dict(record)


def was_told(installation: Installation, record: dict[str, Any]) -> bool:
    """Whether Twilio has a text about an invoice."""
    return record["number"] in texts_by_invoice(installation.control)


def test_a_rulebook_changes_without_a_restart(installation: Installation, rulebook: Path) -> None:
    """A change counts at once and says why; a broken file is told, and changes nothing."""
    client_id = column_of(installation, an_invoice(installation), "client_id")

    put(installation, rulebook, f'{RULE}\n[client."{client_id}"]\nsilence = true\n')
    silenced = an_invoice(installation)
    rulebook.write_text(f"{RULE}\n[client", encoding="utf-8")
    wait_until(lambda: httpx.get(installation.ready_url).status_code == 503, "it is told", 30)
    still_silenced = an_invoice(installation)
    [sentence] = httpx.get(installation.ready_url).json()

    assert not was_told(installation, silenced)
    assert not was_told(installation, still_silenced)
    assert sentence.startswith("The rulebook file is broken; the one of ")
    story = json.dumps(duebell(installation, "why", "--invoice", silenced["number"]))
    assert "the rulebook silences invoice.create for this client" in story


def column_of(installation: Installation, record: dict[str, Any], name: str) -> str:
    """What the ledger says of the notification about an invoice."""
    wait_until_told(installation, [record])
    [found] = [
        one for one in installation.notifications() if one["invoice_number"] == record["number"]
    ]
    return str(found[name])


def test_stop_reaches_the_next_message(installation: Installation) -> None:
    """STOP is on disk when it is acknowledged: nothing is sent after it, until START."""
    first = an_invoice(installation)

    stopped = installation.control.reply(NUMBER, "STOP")
    second = an_invoice(installation)
    started = installation.control.reply(NUMBER, "START")
    third = an_invoice(installation)

    assert (200, 200) == (stopped["status"], started["status"])
    told = [was_told(installation, record) for record in (first, second, third)]
    assert [True, False, True] == told
    assert "twilio.rejected.21610" not in installation.control.stats()
