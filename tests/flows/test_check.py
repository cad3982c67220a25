"""``duebell check``: what it finds where nothing runs, and beside a running installation."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from blocks import TwilioCredentials
from deployments import inspection, reaching
from deployments.inspection import Known
from duebell.credentials import twilio_from
from duebell.domain.failures import ConfigurationError, CredentialsRefused, TryAgain
from duebell.ledger.engine import upgrade
from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.flows.installation import settings_for
from tests.flows.surroundings import ROOT, answers, free_port, wait_for
from tests.sandbox.program import Program

pytestmark = pytest.mark.flow

NAMES = [
    "settings",
    "rulebook",
    "ledger",
    "prefect",
    "credentials",
    "freshbooks",
    "webhooks",
    "twilio",
    "worker",
]


@dataclass(frozen=True)
class Told:
    """What a check wrote."""

    code: int
    out: str
    err: str

    @property
    def findings(self) -> dict[str, tuple[bool, str]]:
        """What it found, by the names of the checks in their order."""
        return {one["name"]: (one["ok"], one["message"]) for one in self.json["checks"]}

    @property
    def json(self) -> Any:
        """Its output; nothing else may stand there."""
        return json.loads(self.out)


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment, with these settings of Duebell and Prefect and no others."""
    kept = {name: value for name, value in os.environ.items() if "PREFECT" not in name}
    return {name: value for name, value in kept.items() if "DUEBELL" not in name} | settings


def check(place: Path, environment: Mapping[str, str], *options: str) -> Told:
    """Run the command in a directory."""
    done = subprocess.run(
        [sys.executable, "-m", "duebell", "check", *options],
        cwd=place,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Told(done.returncode, done.stdout, done.stderr)


# -- where nothing runs


def test_an_empty_directory_stays_empty(tmp_path: Path) -> None:
    """Before the first start all checks are told with their mends, and nothing is made."""
    environment = clean_environment(PREFECT_SERVER_API_PORT=str(free_port()))

    told = check(tmp_path, environment, "--json")

    assert (3, "") == (told.code, told.err)
    assert [False, NAMES] == [told.json["ok"], list(told.findings)]
    assert ["settings", "rulebook"] == [name for name, (ok, _) in told.findings.items() if ok]
    assert "`duebell db upgrade`" in told.findings["ledger"][1]
    assert "PREFECT_API_URL" in told.findings["prefect"][1]
    assert "DUEBELL_TWILIO_ACCOUNT_SID is missing" in told.findings["credentials"][1]
    assert [] == list(tmp_path.iterdir())


def test_people_read_one_line_for_each_check(tmp_path: Path) -> None:
    """Without --json every check is one line, marked as well, to be mended, or not checked."""
    environment = clean_environment(PREFECT_SERVER_API_PORT=str(free_port()))

    told = check(tmp_path, environment)

    lines = [line.split(maxsplit=2) for line in told.out.splitlines()]
    assert NAMES == [name for _, name, _ in lines]
    assert ["✓", "✓", "✗", "✗", "–", "–", "–", "–", "–"] == [mark for mark, _, _ in lines]


def test_wrong_settings_are_told_and_the_rest_is_tried(tmp_path: Path) -> None:
    """What depends on the settings is not checked then; Prefect's server still is."""
    environment = clean_environment(
        PREFECT_SERVER_API_PORT=str(free_port()), DUEBELL_PORT="99999", DUEBELL_PUBLIC_URL="x"
    )

    told = check(tmp_path, environment, "--json")

    assert 3 == told.code
    assert "DUEBELL_PORT" in told.findings["settings"][1]
    assert "DUEBELL_PUBLIC_URL" in told.findings["settings"][1]
    assert "No Prefect server" in told.findings["prefect"][1]
    assert {"not checked"} == {
        message.partition(":")[0]
        for name, (_, message) in told.findings.items()
        if name not in ("settings", "prefect")
    }


def test_a_template_that_does_not_render_is_found(tmp_path: Path) -> None:
    """A template of the operator's that names no field of the record is told with its name."""
    templates = tmp_path / "templates" / "sms"
    templates.mkdir(parents=True)
    (templates / "invoice_created.txt.j2").write_text("{{ invoice.nonsense }}")
    known = Known(settings_for(tmp_path, "http://127.0.0.1:9", templates=templates.parent))

    with pytest.raises(ConfigurationError) as refusal:
        asyncio.run(inspection.rulebook(known))

    assert "invoice_created.txt.j2" in str(refusal.value)
    assert known.rulebook is None


def test_providers_are_tried_without_prefect(tmp_path: Path, sandbox: SandboxControl) -> None:
    """With credentials in the environment Twilio is asked although Prefect is away, and
    FreshBooks' first token, which works once, is left alone.
    """
    environment = clean_environment(
        PREFECT_SERVER_API_PORT=str(free_port()), **settings_in_words(sandbox.base_url)
    )
    upgrade(f"sqlite:///{tmp_path / '.duebell' / 'duebell.db'}")

    told = check(tmp_path, environment, "--json")

    assert (True, "FreshBooks' in the environment, Twilio's in the environment") == (
        told.findings["credentials"]
    )
    assert told.findings["twilio"][0]
    assert "not checked" in told.findings["freshbooks"][1]
    assert credentials.REFRESH_TOKEN == sandbox.credentials()["refresh_token"]
    assert "`duebell worker`" in told.findings["worker"][1]


def test_a_wrong_key_is_told_and_not_shown(tmp_path: Path, sandbox: SandboxControl) -> None:
    """Where Twilio refuses the API key, the line says what to mend, and not the key."""
    settings = settings_for(tmp_path, sandbox.base_url, twilio_api_key_secret="wr0ngwr0ng")
    known = Known(settings, twilio=TwilioCredentials.from_keys(twilio_from(settings)))

    with pytest.raises(CredentialsRefused) as refusal:
        asyncio.run(reaching.twilio(known))

    assert "twilio-credentials/duebell" in str(refusal.value)
    assert "wr0ngwr0ng" not in str(refusal.value)


def test_a_provider_that_is_away_is_told(tmp_path: Path) -> None:
    """Where nobody answers, the line names the address and the setting for it."""
    settings = settings_for(tmp_path, f"http://127.0.0.1:{free_port()}")
    known = Known(settings, twilio=TwilioCredentials.from_keys(twilio_from(settings)))

    with pytest.raises(TryAgain) as failure:
        asyncio.run(reaching.twilio(known))

    assert settings.twilio_api_url in str(failure.value)
    assert "DUEBELL_TWILIO_API_URL" in str(failure.value)


def settings_in_words(sandbox_url: str) -> dict[str, str]:
    """All credentials of the sandbox as a person writes them into the environment."""
    return {
        "DUEBELL_FRESHBOOKS_API_URL": sandbox_url,
        "DUEBELL_TWILIO_API_URL": sandbox_url,
        "DUEBELL_FRESHBOOKS_CLIENT_ID": credentials.CLIENT_ID,
        "DUEBELL_FRESHBOOKS_CLIENT_SECRET": credentials.CLIENT_SECRET,
        "DUEBELL_FRESHBOOKS_REDIRECT_URI": "https://duebell.example/oauth",
        "DUEBELL_FRESHBOOKS_REFRESH_TOKEN": credentials.REFRESH_TOKEN,
        "DUEBELL_TWILIO_ACCOUNT_SID": credentials.ACCOUNT_SID,
        "DUEBELL_TWILIO_API_KEY_SID": credentials.API_KEY_SID,
        "DUEBELL_TWILIO_API_KEY_SECRET": credentials.API_KEY_SECRET,
        "DUEBELL_TWILIO_AUTH_TOKENS": credentials.AUTH_TOKEN,
        "DUEBELL_TWILIO_FROM": credentials.FROM,
    }


# -- beside a running installation


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


def test_a_disabled_webhook_is_found(running: Running) -> None:
    """A webhook that FreshBooks has disabled is told by its event, whatever the ledger thinks."""
    row = next(one for one in running.sandbox.callbacks() if one["event"] == "invoice.create")
    running.sandbox.disable_callback(row["id"])

    told = check(running.place, running.environment, "--json")

    is_ok, message = told.findings["webhooks"]
    assert (3, False) == (told.code, is_ok)
    assert "invoice.create (6BApk)" in message
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
