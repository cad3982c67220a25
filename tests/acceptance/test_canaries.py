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
from pathlib import Path

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


@pytest.fixture(scope="module")
def troubled(shared: Installation) -> Installation:
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
    return shared


def ended(installation: Installation) -> set[object]:
    """The numbers of invoices whose message got an error code."""
    return {one["invoice_number"] for one in installation.notifications() if one["error_code"]}


def canaries(installation: Installation) -> dict[bytes, str]:
    """What must be found nowhere, by what it is."""
    control = installation.control
    reached = {text["to"] for text in control.messages()}
    for client in control.clients():
        reached |= {client.get("mob_phone") or "", client.get("email") or ""}
    found = {secret.encode(): "a secret" for secret in SECRETS}
    for address in filter(None, reached):
        digits = re.sub(r"\D", "", address)
        name = address.encode() if "@" in address else digits[-10:].encode()
        found[name] = "somebody's address"
    return found


def traces(installation: Installation) -> Iterator[tuple[str, bytes]]:
    """Everything that is there to be read afterwards, by where it is."""
    home = installation.settings.home
    own = {"sandbox.log", "sandbox.json", "sandbox.env"}
    for file in sorted(path for path in home.rglob("*") if path.is_file()):
        if file.name not in own and not file.name.startswith("duebell.db"):
            yield str(file.relative_to(home)), file.read_bytes()
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


def test_nothing_that_is_left_behind_names_anybody(troubled: Installation) -> None:
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
    # The number of such an invoice may stand there, so it tells that the right places were seen.
    number = min(map(str, ended(troubled))).encode()
    places = " ".join(place for place in left if number in left[place])
    assert "prefect.db" in places, places
    assert "notifications list --json" in places
    assert any(place.endswith("worker.log") and left[place] for place in left)


def test_the_ledger_itself_has_no_secret_in_clear(troubled: Installation) -> None:
    """The ledger has to know addresses; what opens anything is sealed in it."""
    files = [Path(one) for one in troubled.settings.home.glob("duebell.db*")]

    found = [file.name for file in files for one in SECRETS if one.encode() in file.read_bytes()]

    assert [] == found
    assert files
