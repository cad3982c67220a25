"""What ``duebell up`` will start, and what stands in the way."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deployments.plan import Plan, make_plan
from duebell.domain.failures import ConfigurationError
from tests.flows.surroundings import forget_settings, free_port, kept_environment, plan_for

pytestmark = pytest.mark.flow


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """An environment without settings, in an empty directory, on ports that nobody uses."""
    monkeypatch.chdir(tmp_path)
    with kept_environment():
        forget_settings()
        os.environ["DUEBELL_PORT"] = str(free_port())
        os.environ["PREFECT_SERVER_API_PORT"] = str(free_port())
        os.environ["DUEBELL_PUBLIC_URL"] = "https://duebell.example"
        yield dict(os.environ)


def faults_of(environment: dict[str, str], **changes: str) -> list[str]:
    """The faults that stop ``duebell up``."""
    os.environ.update(changes)
    with pytest.raises(ConfigurationError) as refusal:
        make_plan({**environment, **changes}, sandbox=False)
    return list(refusal.value.faults)


def test_the_sandbox_leads_nowhere_else(tmp_path: Path) -> None:
    """With the sandbox every address is on this machine, whatever the environment says."""
    plan = plan_for(
        tmp_path,
        DUEBELL_FRESHBOOKS_API_URL="https://books.example",
        DUEBELL_TWILIO_API_URL="https://texts.example",
        DUEBELL_TWILIO_API_KEY_SECRET="real",
    )

    settings = plan.settings
    assert plan.sandbox_url == settings.freshbooks_api_url == settings.twilio_api_url
    assert "127.0.0.1" == urlsplit(plan.sandbox_url).hostname
    assert "real" not in plan.environment.values()


def test_the_sandbox_keeps_its_own_data(tmp_path: Path) -> None:
    """The ledger and Prefect's home of the sandbox stand apart from the real ones."""
    plan = plan_for(tmp_path)

    assert tmp_path / "sandbox" == plan.settings.home
    assert str(tmp_path / "sandbox" / "prefect") == plan.environment["PREFECT_HOME"]


def test_every_part_is_a_process_of_its_own(tmp_path: Path) -> None:
    """The sandbox, Prefect's server, the webhook process and the worker are started."""
    plan = plan_for(tmp_path)

    assert {"sandbox", "prefect", "web", "worker"} == set(plan.children)
    assert len({child.log_file for child in plan.children.values()}) == len(plan.children)


def test_a_prefect_server_elsewhere_is_not_started(environment: dict[str, str]) -> None:
    """With PREFECT_API_URL set to another server, that one is used and none is started here."""
    url = "http://127.0.0.1:9/api"

    plan = make_plan({**environment, "PREFECT_API_URL": url}, sandbox=False)

    assert {"web", "worker"} == set(plan.children)
    assert url == plan.children["worker"].environment["PREFECT_API_URL"]


def test_the_sandbox_has_a_prefect_server_of_its_own(tmp_path: Path) -> None:
    """The sandbox's credentials never get to a server that other installations may use."""
    plan = plan_for(tmp_path, PREFECT_API_URL="http://127.0.0.1:9/api")

    assert "prefect" in plan.children
    assert "http://127.0.0.1:9/api" not in plan.children["worker"].environment.values()


def test_the_sandboxs_prefect_server_is_not_on_the_real_database(tmp_path: Path) -> None:
    """What the environment says of the real server's files and database is not passed on."""
    real = {
        "PREFECT_HOME": "/srv/duebell/prefect",
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": "postgresql+asyncpg://db.example/real",
        "PREFECT_API_KEY": "real",
    }

    plan = plan_for(tmp_path, **real)

    found = plan.children["prefect"].environment
    assert str(tmp_path / "sandbox" / "prefect") == found["PREFECT_HOME"]
    assert set() == set(real.values()) & set(found.values())


def test_all_faults_are_told_at_once(environment: dict[str, str]) -> None:
    """Credentials that are missing, and an address that nobody reaches, are told together."""
    faults = faults_of(environment, DUEBELL_PUBLIC_URL="http://127.0.0.1:8484")

    assert "DUEBELL_PUBLIC_URL" == faults[0].split()[0]
    assert {"DUEBELL_FRESHBOOKS_CLIENT_ID", "DUEBELL_TWILIO_ACCOUNT_SID"} <= {
        fault.split()[0] for fault in faults
    }


@pytest.mark.parametrize("name", ["DUEBELL_PORT", "PREFECT_SERVER_API_PORT"])
def test_a_taken_port_is_told(environment: dict[str, str], name: str) -> None:
    """Where something listens already, the fault names the port and the setting that moves it."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        faults = faults_of(environment, **{name: str(port)})

    (fault,) = [fault for fault in faults if str(port) in fault]
    assert name in fault


def test_a_wrong_rulebook_stops_the_start(environment: dict[str, str], tmp_path: Path) -> None:
    """A fault of the rulebook is told before anything is started."""
    (tmp_path / "duebell.toml").write_text('[[rule]]\non = "invoice.crate"\n')

    faults = faults_of(environment)

    assert [] != [fault for fault in faults if "invoice.create" in fault]


def test_a_template_that_fits_no_event_of_its_rule_stops_the_start(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """Words that could not be rendered are told before anybody would have been told with them."""
    rule = 'on = "invoice.create"\nto = "client"\nchannel = "sms"\ntemplate = "bill_approval"\n'
    (tmp_path / "duebell.toml").write_text(f"[[rule]]\n{rule}")

    faults = faults_of(environment)

    assert [] != [fault for fault in faults if "`bill_approval` is for bill.create" in fault]


@pytest.mark.parametrize(
    ("changes", "mend"),
    [
        ({}, "set DUEBELL_TWILIO_EMAIL_FROM to the address that they come from"),
        (
            {
                "DUEBELL_EMAIL_TRANSPORT": "sendgrid",
                "DUEBELL_SENDGRID_EMAIL_FROM": "a@firm.example",
            },
            "set DUEBELL_SENDGRID_API_KEY and DUEBELL_SENDGRID_WEBHOOK_KEY",
        ),
        ({"DUEBELL_TWILIO_EMAIL_FROM": "a@firm.example"}, ""),
    ],
)
def test_emails_that_nobody_carries_stop_the_start(
    environment: dict[str, str], tmp_path: Path, changes: dict[str, str], mend: str
) -> None:
    """A rule with emails is told with its line and what to set; with an address it is right."""
    rule = 'on = "payment.create"\nto = "client"\nchannel = "email"\n'
    (tmp_path / "duebell.toml").write_text(f'[[rule]]\n{rule}template = "payment_received"\n')

    faults = faults_of(environment, **changes)

    sentence = f"line 4: `channel`: this installation sends no emails; {mend}, or use `sms`."
    assert ([sentence] if mend else []) == [
        fault[fault.index("line") :] for fault in faults if "duebell.toml" in fault
    ]


def test_what_was_connected_before_needs_no_environment(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """After a first start credentials and address are in Prefect's blocks, and not asked for."""
    rule = 'on = "payment.create"\nto = "client"\nchannel = "email"\n'
    (tmp_path / "duebell.toml").write_text(f'[[rule]]\n{rule}template = "payment_received"\n')
    (tmp_path / ".duebell" / "prefect").mkdir(parents=True)
    (tmp_path / ".duebell" / "prefect" / "prefect.db").touch()

    plan: Plan = make_plan(environment, sandbox=False)

    assert {"prefect", "web", "worker"} == set(plan.children)
