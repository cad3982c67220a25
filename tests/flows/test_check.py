"""``duebell check`` where nothing runs, or only a part of what is needed."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from blocks import TwilioCredentials
from deployments import inspection, reaching_texts, safe_addresses
from deployments.check import Finding, write_lines
from deployments.inspection import Known
from duebell.connection.credentials import twilio_from
from duebell.domain.consent import Source
from duebell.domain.failures import ConfigurationError, CredentialsRefused, TryAgain
from duebell.domain.rules import SafeMode
from duebell.ledger import suppressions
from duebell.ledger.engine import open_engine, upgrade
from duebell.ledger.ledger import utc_now
from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from duebell.settings_files import write_sandbox
from tests.flows.checking import NAMES, check, clean_environment, settings_in_words
from tests.flows.installation import settings_for
from tests.flows.surroundings import free_port, kept_environment

pytestmark = pytest.mark.flow


def test_an_empty_directory_stays_empty(tmp_path: Path) -> None:
    """Before the first start all checks are told with their mends, and nothing is made."""
    environment = clean_environment(PREFECT_SERVER_API_PORT=str(free_port()))

    told = check(tmp_path, environment, "--json")

    assert (3, "") == (told.code, told.err)
    assert [False, NAMES] == [told.json["ok"], list(told.findings)]
    well = [name for name, (ok, _) in told.findings.items() if ok]
    assert ["settings", "rulebook", "safe mode", "emails", "email reports"] == well
    assert "`duebell db upgrade`" in told.findings["ledger"][1]
    assert "PREFECT_API_URL" in told.findings["prefect"][1]
    assert "DUEBELL_TWILIO_ACCOUNT_SID is missing" in told.findings["credentials"][1]
    (credentials_,) = [one for one in told.json["checks"] if one["name"] == "credentials"]
    assert 9 == len(credentials_["faults"])
    assert [] == list(tmp_path.iterdir())


def test_people_read_one_line_for_each_check(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json every check is one line, marked as well, to be mended, or not checked."""
    findings = [
        Finding("ledger", ok=True, message="reachable"),
        Finding("prefect", ok=False, message="No answer:\n start it."),
        Finding("freshbooks", ok=False, message="not checked: its credentials are not there."),
        Finding("sender", ok=True, message="not checked: only a text can try it."),
        Finding("webhooks", ok=False, message="One. Two.", faults=("One.", "Two.")),
    ]

    write_lines(findings)

    assert [
        "✓ ledger      reachable",
        "✗ prefect     No answer: start it.",
        "– freshbooks  not checked: its credentials are not there.",
        "– sender      not checked: only a text can try it.",
        "✗ webhooks    One.",
        "              Two.",
    ] == capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    ("settings", "text", "line"),
    [
        ({}, "", "off: messages go to whom they are meant for"),
        ({"safe_phone": "+12125550199"}, "", "on: every text goes to +1•••••0199; no email leaves"),
        ({}, "[safe_mode]\nsms = '+12125550177'\n", "on: every text goes to +1•••••0177;"),
    ],
)
def test_safe_mode_is_told(
    tmp_path: Path, settings: dict[str, object], text: str, line: str
) -> None:
    """Whether people themselves hear is said, whoever has decided about it."""
    file = tmp_path / "duebell.toml"
    rule = 'on = "invoice.create"\nto = "client"\nchannel = "sms"\ntemplate = "invoice_created"\n'
    file.write_text(f"{text}[[rule]]\n{rule}")
    known = Known(settings_for(tmp_path, "http://127.0.0.1:9", config=file, **settings))
    asyncio.run(inspection.rulebook(known))

    told = asyncio.run(inspection.safe_mode(known))

    assert told.startswith(line)


def test_a_safe_number_that_opted_out_is_told(tmp_path: Path, migrated_file: Path) -> None:
    """Where nothing can go to where all goes, ``check`` and ``up`` say so with the mend."""
    number = "+12125550177"
    url = f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'duebell.db')}"
    engine = open_engine(url)
    said = {"source": Source.STOP, "reason": "said STOP", "by": number, "now": utc_now()}
    with engine.begin() as connection:
        suppressions.suppress(connection, "sms", number, **said)  # type: ignore[arg-type]
    engine.dispose()
    environment = clean_environment(DUEBELL_HOME=str(tmp_path), DUEBELL_DATABASE_URL=url)
    settings = settings_for(tmp_path, "http://127.0.0.1:9", safe_phone=number)

    with kept_environment():
        os.environ.update(environment)
        with pytest.raises(ConfigurationError) as refusal:
            asyncio.run(inspection.safe_mode(Known(settings, ledger_is_current=True)))
    told = asyncio.run(safe_addresses.look(SafeMode(number), environment))

    (fault,) = refusal.value.faults
    assert "The safe-mode number +1•••••0177 has opted out" in fault
    assert [fault] == told


def test_a_sandbox_that_is_away_is_told(tmp_path: Path) -> None:
    """In a sandbox's data directory the mend is to start it, and not to look at the network."""
    write_sandbox(tmp_path, {})
    settings = settings_for(tmp_path, f"http://127.0.0.1:{free_port()}")
    settings = settings.model_copy(update={"home": tmp_path})
    known = Known(settings, twilio=TwilioCredentials.from_keys(twilio_from(settings)))

    with pytest.raises(TryAgain) as failure:
        asyncio.run(reaching_texts.twilio(known))

    assert "nothing answers at its address" in str(failure.value)
    assert str(failure.value).endswith("start it with `duebell up --sandbox`.")


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
    assert told.findings["sender"][0]
    assert "not checked" in told.findings["connection"][1]
    assert credentials.REFRESH_TOKEN == sandbox.credentials()["refresh_token"]
    assert "`duebell worker`" in told.findings["worker"][1]


def test_a_wrong_key_is_told_and_not_shown(tmp_path: Path, sandbox: SandboxControl) -> None:
    """Where Twilio refuses the API key, the line says what to mend, and not the key."""
    settings = settings_for(tmp_path, sandbox.base_url, twilio_api_key_secret="wr0ngwr0ng")
    known = Known(settings, twilio=TwilioCredentials.from_keys(twilio_from(settings)))

    with pytest.raises(CredentialsRefused) as refusal:
        asyncio.run(reaching_texts.twilio(known))

    assert "twilio-credentials/duebell" in str(refusal.value)
    assert "wr0ngwr0ng" not in str(refusal.value)


def test_a_provider_that_is_away_is_told(tmp_path: Path) -> None:
    """Where nobody answers, the line names the address and the setting for it."""
    settings = settings_for(tmp_path, f"http://127.0.0.1:{free_port()}")
    known = Known(settings, twilio=TwilioCredentials.from_keys(twilio_from(settings)))

    with pytest.raises(TryAgain) as failure:
        asyncio.run(reaching_texts.twilio(known))

    assert settings.twilio_api_url in str(failure.value)
    assert "DUEBELL_TWILIO_API_URL" in str(failure.value)
