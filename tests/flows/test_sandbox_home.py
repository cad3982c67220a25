"""What ``duebell up --sandbox`` leaves for the commands beside it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.plan import Plan, make_plan
from deployments.prefect_environment import adopt
from deployments.sandbox_home import remember
from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import SafeMode
from duebell.settings import load_settings
from tests.flows.surroundings import forget_settings, free_port, kept_environment

pytestmark = pytest.mark.flow

REAL = """
DUEBELL_FRESHBOOKS_API_URL=https://books.example
DUEBELL_FRESHBOOKS_CLIENT_SECRET=real
DUEBELL_TWILIO_API_URL=https://texts.example
DUEBELL_TWILIO_EMAIL_URL=https://emails.example
DUEBELL_SENDGRID_API_URL=https://emails.example
DUEBELL_SENDGRID_API_KEY=real
DUEBELL_EMAIL_TRANSPORT=sendgrid
DUEBELL_TWILIO_API_KEY_SECRET=real
DUEBELL_TWILIO_MESSAGING_SERVICE_SID=MG00000000000000000000000000000000
DUEBELL_DATABASE_URL=postgresql://db.example/real
DUEBELL_PUBLIC_URL=https://duebell.example
DUEBELL_CONFIG=rules.toml
DUEBELL_SAFE_PHONE=+12125550199
"""


@pytest.fixture
def ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A directory with the settings of a real installation; nothing else is set but ports."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(REAL)
    names = ("DUEBELL_PORT", "DUEBELL_SANDBOX_PORT", "PREFECT_SERVER_API_PORT")
    with kept_environment():
        forget_settings()
        yield {name: str(free_port()) for name in names}


def started(environment: dict[str, str]) -> Plan:
    """Do what ``up --sandbox`` does before it starts anything."""
    with kept_environment():
        plan = make_plan({**os.environ, **environment}, sandbox=True)
        remember(plan.settings, plan.environment)
    return plan


def test_commands_beside_a_sandbox_are_in_it(ports: dict[str, str], tmp_path: Path) -> None:
    """With its data directory alone every address and credential is the sandbox's."""
    plan = started(ports)
    os.environ["DUEBELL_HOME"] = ".duebell/sandbox"

    found = load_settings()

    meant = plan.settings.model_copy(
        update={"home": Path(".duebell/sandbox"), "config": tmp_path / "rules.toml"}
    )
    assert meant == found
    assert "real" not in (tmp_path / ".duebell" / "sandbox" / "sandbox.env").read_text()


def test_prefect_beside_a_sandbox_is_its_own(ports: dict[str, str]) -> None:
    """Its server is asked, also where the environment names one with the real blocks."""
    plan = started(ports)
    os.environ["PREFECT_API_URL"] = "https://prefect.example/api"

    adopt(plan.settings.home)

    assert plan.environment["PREFECT_API_URL"] == os.environ["PREFECT_API_URL"]


def test_the_real_system_is_not_started_in_a_sandbox(ports: dict[str, str]) -> None:
    """``up`` without ``--sandbox`` refuses the sandbox's data directory, and says the mend."""
    started(ports)
    environment = {**os.environ, **ports, "DUEBELL_HOME": ".duebell/sandbox"}

    with pytest.raises(ConfigurationError) as refusal:
        make_plan(environment, sandbox=False)

    (fault,) = refusal.value.faults
    assert ("`duebell up --sandbox`" in fault, ".duebell/sandbox" in fault) == (True, True)


def test_a_sandbox_starts_again_in_its_own_directory(ports: dict[str, str]) -> None:
    """Started with its own data directory it is the same sandbox, on the ports of now."""
    first = started(ports)
    port = str(free_port())

    again = started({**ports, "DUEBELL_HOME": str(first.settings.home), "DUEBELL_PORT": port})

    assert first.settings.home == again.settings.home
    assert f"http://127.0.0.1:{port}" == again.settings.public_url
    assert int(port) == load_settings(home=again.settings.home).port


def test_a_copied_sandbox_becomes_one_of_its_own(ports: dict[str, str], tmp_path: Path) -> None:
    """Started in a copy of its directory, a sandbox has its ledger there, for every command."""
    shutil.copytree(started(ports).settings.home, tmp_path / "copy")

    started({**ports, "DUEBELL_HOME": "copy"})

    copied = load_settings(home=Path("copy"))
    assert f"sqlite:///{tmp_path / 'copy' / 'duebell.db'}" == copied.ledger_url


@pytest.mark.parametrize(
    ("chosen", "environment"),
    [
        ("postgresql://db.example/real", {}),
        ("postgresql+psycopg://db.example/real", {"DUEBELL_DATABASE_URL": "sqlite:///other.db"}),
        ("sqlite:///other.db", {"DUEBELL_DATABASE_URL": "sqlite:///other.db"}),
    ],
)
def test_the_real_database_is_not_the_sandboxs(
    ports: dict[str, str], chosen: str, environment: dict[str, str]
) -> None:
    """The ledger that `.env` or the environment names for the real data is refused, with a mend."""
    with pytest.raises(ConfigurationError) as refusal:
        started({**ports, **environment, "DUEBELL_SANDBOX_DATABASE_URL": chosen})

    assert str(refusal.value).startswith("DUEBELL_SANDBOX_DATABASE_URL is the database of the real")


def test_the_sandbox_may_have_a_database_elsewhere(ports: dict[str, str]) -> None:
    """Another database is taken, also when it starts again with the sandbox's own settings."""
    chosen = "postgresql://db.example/sandbox"
    ports |= {"DUEBELL_SANDBOX_DATABASE_URL": chosen}
    home = str(started(ports).settings.home)

    again = started({**ports, "DUEBELL_HOME": home, "DUEBELL_DATABASE_URL": chosen})

    assert chosen == again.settings.database_url


def test_up_knows_of_safe_mode(ports: dict[str, str], tmp_path: Path) -> None:
    """The setting's number, else the rulebook's, is what `up` tells of."""
    rule = '[[rule]]\non="invoice.create"\nto="client"\nchannel="sms"\ntemplate="invoice_created"\n'
    (tmp_path / "rules.toml").write_text(f'[safe_mode]\nsms = "+12125550177"\n{rule}')

    by_setting = started(ports).safe_mode
    by_rulebook = started({**ports, "DUEBELL_SAFE_PHONE": ""}).safe_mode

    assert (SafeMode("+12125550199"), SafeMode("+12125550177")) == (by_setting, by_rulebook)
