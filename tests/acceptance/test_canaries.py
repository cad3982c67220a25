"""What a run leaves behind names nobody: no secret, no full number, no address of anybody.

Looked for in the files themselves: Prefect's database has every parameter, artifact, event, log
line and state of every run in it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from duebell.sandbox import credentials
from tests.acceptance.installation import Installation
from tests.acceptance.part import wait_until
from tests.flows.surroundings import ROOT

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

#: One message meets each of these, so that failures of every kind leave their words. All are for
#: good: other tests of the installation wait until nothing is left to do.
TROUBLES: tuple[tuple[str, str], ...] = (
    ("refused", "21211"),
    ("refused", "21610"),
    ("refused", "30004"),
    ("failed", "30005"),
    ("undelivered", "30006"),
    ("undelivered", "30007"),
    ("undelivered", "99999"),
)

SECRETS = (
    credentials.CLIENT_SECRET,
    credentials.REFRESH_TOKEN,
    credentials.API_KEY_SECRET,
    credentials.AUTH_TOKEN,
    credentials.SENDGRID_API_KEY,
)

COMMANDS = (
    ("notifications", "list", "--json", "--limit", "1000"),
    ("notifications", "list", "--status", "failed"),
    ("audit", "export", "--format", "json"),
    ("summary", "--json"),
)


@dataclass(frozen=True)
class Scene:
    """An installation after messages that failed in many ways, and what its files were then."""

    installation: Installation
    numbers: frozenset[str]
    files: Path


@pytest.fixture(scope="module")
def troubled(shared: Installation, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """The installation after messages that failed in many ways."""
    shared.mend()
    numbers = set()
    for index, (name, code) in enumerate(TROUBLES):
        phone = f"+12125550{170 + index}"
        fields = {"organization": f"Canary {index}", "mob_phone": phone}
        (client,) = shared.control.fire("client.create", fields=fields, deliver=False)
        shared.control.set_scenario(name, count=1, match=phone, provider="twilio", code=code)
        (record,) = shared.control.fire("invoice.create", client=client["id"])
        numbers.add(record["number"])
    wait_until(lambda: numbers <= ended(shared), "all have failed", 90)
    wait_until(lambda: is_shown(shared, numbers), "their runs have ended", 30)
    files = tmp_path_factory.mktemp("canaries") / "home"
    # Not read here: to close a file of SQLite's gives up all locks that this process has on it.
    subprocess.run(["cp", "-r", str(shared.settings.home), str(files)], check=True)
    return Scene(shared, frozenset(numbers), files)


def is_shown(installation: Installation, numbers: set[str]) -> bool:
    """Whether the artifacts of Prefect's runs, which come last, show these invoices."""
    wanted = {"limit": 200, "sort": "CREATED_DESC"}
    answer = httpx.post(f"{installation.prefect_url}/artifacts/filter", json=wanted)
    return all(number in answer.text for number in numbers)


def ended(installation: Installation) -> set[object]:
    """The numbers of invoices whose message got an error code."""
    return {one["invoice_number"] for one in installation.notifications() if one["error_code"]}


def canaries(scene: Scene) -> dict[bytes, str]:
    """What must be found nowhere, by what it is."""
    control = scene.installation.control
    reached = {text["to"] for text in control.messages()}
    for client in control.clients():
        reached |= {client.get("mob_phone") or "", client.get("email") or ""}
    found = {secret.encode(): "a secret" for secret in SECRETS}
    for address in filter(None, reached):
        digits = re.sub(r"\D", "", address)
        name = address.encode() if "@" in address else digits[-10:].encode()
        found[name] = "somebody's address"
    return found


def traces(scene: Scene) -> Iterator[tuple[str, bytes]]:
    """Everything that is there to be read afterwards, by where it is."""
    installation, own = scene.installation, {"sandbox.log", "sandbox.json", "sandbox.env"}
    for file in sorted(path for path in scene.files.rglob("*") if path.is_file()):
        if file.name not in own and not file.name.startswith("duebell.db"):
            yield str(file.relative_to(scene.files)), file.read_bytes()
    for page in ("metrics", "readyz", "healthz"):
        url = f"http://127.0.0.1:{installation.settings.port}/{page}"
        yield page, urllib.request.urlopen(url).read()
    for command in COMMANDS:
        told = subprocess.run(
            [sys.executable, "-m", "duebell", *command],
            cwd=ROOT,
            env=installation.environment,
            check=True,
            capture_output=True,
        )
        yield " ".join(command), told.stdout + told.stderr


def test_nothing_that_is_left_behind_names_anybody(troubled: Scene) -> None:
    """No log, parameter, artifact, event, metric or listing has a secret or anybody's address."""
    wanted, left = canaries(troubled), dict(traces(troubled))

    found = [
        f"{what} in {place}"
        for place, content in left.items()
        for name, what in wanted.items()
        if name in content
    ]

    assert [] == found
    assert len(wanted) > len(SECRETS) + len(TROUBLES)
    # The numbers of their invoices may stand there, so they tell that the right places were seen.
    seen = {place for place in left if any(one.encode() in left[place] for one in troubled.numbers)}
    assert any("prefect.db" in place for place in seen), seen
    assert any("notifications list --json" in place for place in seen)
    assert any(place.endswith("worker.log") and left[place] for place in left)


def test_the_ledger_itself_has_no_secret_in_clear(troubled: Scene) -> None:
    """The ledger has to know addresses; what opens anything is sealed in it."""
    files = list(troubled.files.glob("duebell.db*"))

    found = [file.name for file in files for one in SECRETS if one.encode() in file.read_bytes()]

    assert [] == found
    assert files
