"""An installation that is started first and connected later, and connected anew, while it runs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from duebell.domain.connections import StoredPair
from duebell.ledger.ledger import Ledger, LedgerTokens, utc_now
from duebell.ledger.sealing import open_sealer
from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.acceptance.part import Part, wait_until
from tests.acceptance.promises import texts_by_invoice
from tests.flows.checking import NAMES, check, clean_environment, settings_in_words
from tests.flows.commands import Told
from tests.flows.consenting import Command, come_back, decide
from tests.flows.surroundings import ROOT, free_port
from tests.sandbox.program import Program

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

START_SECONDS = 90.0
WAITS, READY = "Duebell runs, and waits.", "Duebell is ready now."


@dataclass(frozen=True)
class Installation:
    """``duebell up`` in a directory, and the sandbox that it works with."""

    place: Path
    environment: dict[str, str]
    up: Part
    control: SandboxControl

    def connect(self) -> Command:
        """Run the command, and agree in the browser; gives it when it has ended."""
        command = Command(self.place, self.environment)
        try:
            come_back(decide(command.address()))
            assert 0 == command.wait(), command.said
        finally:
            command.end()
        return command

    def check(self) -> Told:
        """Run ``duebell check --json`` without the credentials, which are in the blocks by now."""
        rest = self.environment.keys() - credentials.as_settings().keys()
        return check(self.place, {name: self.environment[name] for name in rest}, "--json")

    def missing(self) -> list[str]:
        """What ``/readyz`` says."""
        url = f"{self.environment['DUEBELL_PUBLIC_URL']}/readyz"
        return [str(one) for one in httpx.get(url, trust_env=False).json()]

    def is_told(self, number: str) -> bool:
        """Whether somebody got a text about an invoice."""
        return number in texts_by_invoice(self.control)

    def pair(self) -> StoredPair:
        """The pair that the ledger has."""
        home = self.place / ".duebell"
        sealer = open_sealer(home, None)
        ledger = Ledger(f"sqlite:///{home / 'duebell.db'}", sealer)
        try:
            pair = asyncio.run(LedgerTokens(ledger, sealer, utc_now).read())
        finally:
            ledger.close()
        assert pair is not None
        return pair

    def lose_connection(self) -> None:
        """Let FreshBooks refuse both tokens, as when a person takes the consent back."""
        pair = self.pair()
        for token in (pair.access, pair.refresh):
            address = f"{self.control.base_url}/auth/oauth/revoke"
            httpx.post(address, json={"token": token}, trust_env=False).raise_for_status()


@pytest.fixture(scope="module")
def installation(
    tmp_path_factory: pytest.TempPathFactory, prefect_home: Path
) -> Iterator[Installation]:
    """Started with everything but a refresh token, on free ports."""
    place, port = tmp_path_factory.mktemp("unconnected"), free_port()
    shutil.copytree(prefect_home, place / ".duebell" / "prefect")
    program = Program(place / "sandbox.json")
    environment = clean_environment(
        **settings_in_words(program.url)
        | {
            "DUEBELL_PORT": str(port),
            "DUEBELL_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "DUEBELL_FRESHBOOKS_REDIRECT_URI": f"https://localhost:{free_port()}/callback",
            "PREFECT_SERVER_API_PORT": str(free_port()),
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "200",
        }
    )
    del environment["DUEBELL_FRESHBOOKS_REFRESH_TOKEN"]
    up = Part("up", ["-m", "duebell", "up"], environment, place / "out.txt", place)
    up.start()
    try:
        with SandboxControl(program.url) as control:
            yield Installation(place, environment, up, control)
    finally:
        up.end()
        program.end()


@pytest.fixture(scope="module")
def waiting(installation: Installation) -> list[str]:
    """What is missing once everything has started that starts by itself."""
    installation.up.wait_until(lambda: WAITS in installation.up.said(), "waits", START_SECONDS)
    return installation.missing()


@pytest.fixture(scope="module")
def connected(installation: Installation, waiting: list[str]) -> Command:
    """The command by which a person has connected it."""
    return installation.connect()


def test_it_starts_unconnected(installation: Installation, waiting: list[str]) -> None:
    """Without a refresh token everything runs, and both say which command connects."""
    assert "`duebell connect freshbooks`" in installation.up.said()
    assert "`duebell connect freshbooks`" in waiting[0]
    assert [] == [one for one in waiting if "worker" in one]


def test_connecting_is_enough(installation: Installation, connected: Command) -> None:
    """Without a restart the worker registers the webhooks, all is ready, and a webhook is told."""
    installation.up.wait_until(lambda: READY in installation.up.said(), "is ready")

    (record,) = installation.control.fire("invoice.create")
    wait_until(lambda: installation.is_told(record["number"]), "it was told")

    assert "The worker has taken the connection over." in connected.said
    wait_until(lambda: not installation.missing(), "nothing is missing")


def test_the_check_is_well(installation: Installation, connected: Command) -> None:
    """Afterwards every check is well, and needs no credentials but those in the blocks."""
    told = installation.check()

    assert (0, "", True) == (told.code, told.err, told.json["ok"])
    assert NAMES == [name for name, (ok, _) in told.findings.items() if ok]
    places = "FreshBooks' in Prefect's block, Twilio's in Prefect's block"
    assert places == told.findings["credentials"][1]
    assert f"Harbor Lane Accounting ({credentials.ACCOUNT_ID})" in told.findings["freshbooks"][1]
    assert "good for" in told.findings["connection"][1]


def test_a_disabled_webhook_is_found(installation: Installation, connected: Command) -> None:
    """A webhook that FreshBooks has disabled is told by its event, whatever the ledger thinks."""
    callbacks = installation.control.callbacks()
    row = next(one for one in callbacks if one["event"] == "invoice.update")
    installation.control.disable_callback(row["id"])

    told = installation.check()

    is_ok, message = told.findings["webhooks"]
    assert (3, False) == (told.code, is_ok)
    assert f"webhook of {credentials.ACCOUNT_ID} for invoice.update" in message
    assert "invoice.create" not in message


def test_the_ledgers_lost_key_is_told_and_not_made_anew(
    installation: Installation, connected: Command
) -> None:
    """Without the key file the check says what to restore, and makes no other key."""
    key = installation.place / ".duebell" / "secret.key"
    aside = key.rename(key.with_suffix(".aside"))

    told = installation.check()

    was_made = key.exists()
    aside.rename(key)
    assert (False, False) == (was_made, told.findings["ledger"][0])
    assert "secret.key" in told.findings["ledger"][1]
    assert told.findings["worker"][0]


def test_a_lost_connection_is_made_anew(installation: Installation, connected: Command) -> None:
    """What is announced while the connection is lost is kept, and told once it is made anew."""
    installation.lose_connection()
    (record,) = installation.control.fire("invoice.create", wait=True)
    wait_until(lambda: any("is lost" in one for one in installation.missing()), "the loss is told")
    was_told = installation.is_told(record["number"])

    installation.connect()
    wait_until(lambda: installation.is_told(record["number"]), "it was told")

    wait_until(lambda: not installation.missing(), "nothing is missing any more")
    assert not was_told
    assert 1 == len(texts_by_invoice(installation.control)[record["number"]])
