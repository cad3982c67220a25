"""``duebell check`` beside a running installation."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.flows.checking import NAMES, check, clean_environment, settings_in_words
from tests.flows.surroundings import ROOT, answers, free_port, wait_for
from tests.sandbox.program import Program

pytestmark = pytest.mark.flow


@dataclass(frozen=True)
class Running:
    """``duebell up`` with the sandbox for FreshBooks and Twilio, and where it runs."""

    place: Path
    environment: dict[str, str]
    sandbox: SandboxControl


@pytest.fixture(scope="module")
def running(prefect_api: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An installation that is ready, on a free port, with this session's Prefect server."""
    place, port = tmp_path_factory.mktemp("running"), free_port()
    program = Program(place / "sandbox.json")
    addresses = {
        "PREFECT_API_URL": prefect_api,
        "DUEBELL_PORT": str(port),
        "DUEBELL_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DUEBELL_FRESHBOOKS_API_URL": program.url,
        "DUEBELL_TWILIO_API_URL": program.url,
    }
    environment = clean_environment(**settings_in_words(program.url) | addresses)
    process = start(place, environment)
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/readyz"), "the installation is ready")
        with SandboxControl(program.url) as sandbox:
            # The credentials are in Prefect's blocks by now, and nobody needs to give them again.
            yield Running(place, clean_environment(**addresses), sandbox)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)
        program.end()


def start(place: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start ``duebell up``."""
    return subprocess.Popen(
        [sys.executable, "-m", "duebell", "up"],
        cwd=place,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_all_is_well(running: Running) -> None:
    """Beside a running installation every check is well, and the credentials are in the blocks."""
    told = check(running.place, running.environment, "--json")

    assert (0, "", True) == (told.code, told.err, told.json["ok"])
    assert NAMES == [name for name, (ok, _) in told.findings.items() if ok]
    assert (
        "FreshBooks' in Prefect's block, Twilio's in Prefect's block"
        == (told.findings["credentials"][1])
    )
    assert f"Harbor Lane Accounting ({credentials.ACCOUNT_ID})" in told.findings["freshbooks"][1]
    assert "good for" in told.findings["connection"][1]


def test_a_disabled_webhook_is_found(running: Running) -> None:
    """A webhook that FreshBooks has disabled is told by its event, whatever the ledger thinks."""
    row = next(one for one in running.sandbox.callbacks() if one["event"] == "invoice.create")
    running.sandbox.disable_callback(row["id"])

    told = check(running.place, running.environment, "--json")

    is_ok, message = told.findings["webhooks"]
    assert (3, False) == (told.code, is_ok)
    assert "webhook of 6BApk for invoice.create" in message
    assert "invoice.update" not in message


def test_the_ledgers_lost_key_is_told_and_not_made_anew(running: Running) -> None:
    """Without the key file the check says what to restore, and makes no other key."""
    key = running.place / ".duebell" / "secret.key"
    aside = key.rename(key.with_suffix(".aside"))

    told = check(running.place, running.environment, "--json")

    was_made = key.exists()
    aside.rename(key)
    assert (False, False) == (was_made, told.findings["ledger"][0])
    assert "secret.key" in told.findings["ledger"][1]
    assert told.findings["worker"][0]
