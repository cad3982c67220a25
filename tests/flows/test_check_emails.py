"""What ``duebell check`` finds about emails; Prefect's server is asked for nothing here."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from blocks import TwilioCredentials
from deployments import reaching_emails
from deployments.inspection import Known, NotChecked
from duebell.connection.credentials import twilio_from
from duebell.domain.failures import ConfigurationError, CredentialsRefused, TryAgain
from duebell.domain.rules import Channel, Rule, Rulebook
from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.flows.installation import settings_for
from tests.flows.surroundings import free_port

pytestmark = pytest.mark.flow

TWILIO = {"twilio_email_from": credentials.EMAIL_FROM}
SENDGRID = {
    "email_transport": "sendgrid",
    "sendgrid_api_key": credentials.SENDGRID_API_KEY,
    "sendgrid_webhook_key": credentials.SENDGRID_WEBHOOK_KEY,
    "sendgrid_email_from": credentials.EMAIL_FROM,
}
A_TEXT = Rule("invoice.create", "client", Channel.SMS, "invoice_created", line=2)
AN_EMAIL = Rule("payment.create", "client", Channel.EMAIL, "payment_received", line=8)
BESIDES = Rule(
    "bill.create", "+12125550101", Channel.SMS, "bill_approval", fallback=Channel.EMAIL, line=14
)


def known_of(home: Path, url: str, *rules: Rule, **changes: object) -> Known:
    """What a check knows when it comes to emails."""
    settings = settings_for(home, url, **changes)
    return Known(
        settings,
        rulebook=Rulebook(rules or (A_TEXT, AN_EMAIL)),
        twilio=TwilioCredentials.from_keys(twilio_from(settings)),
    )


def told_of(known: Known) -> list[str]:
    """What both lines say."""

    async def both() -> list[str]:
        return [await reaching_emails.emails(known), await reaching_emails.email_reports(known)]

    return asyncio.run(both())


def test_nobody_need_carry_emails_that_no_rule_sends(tmp_path: Path) -> None:
    """Where all rules are for texts, emails are not looked at, and that is no fault."""
    known = known_of(tmp_path, "http://127.0.0.1:9", A_TEXT)

    with pytest.raises(NotChecked, match="no rule sends emails") as reason:
        told_of(known)

    assert not reason.value.matters


def test_twilio_carries_emails(tmp_path: Path, sandbox: SandboxControl) -> None:
    """The key, and the address that emails come from, are told; reports need nothing set up."""
    told, reports = told_of(known_of(tmp_path, sandbox.base_url, **TWILIO))

    assert told.startswith("Twilio Email accepts the key; emails come from billing@")
    assert "Twilio Email is asked what became of each email" in reports


def test_sendgrid_carries_emails(tmp_path: Path, sandbox: SandboxControl) -> None:
    """The key is tried, and the address is told to which SendGrid has to be pointed."""
    told, reports = told_of(known_of(tmp_path, sandbox.base_url, **SENDGRID))

    assert told.startswith("SendGrid accepts the key; emails come from billing@")
    assert reports.endswith("http://127.0.0.1:9/webhooks/sendgrid/events")


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({}, ["Set DUEBELL_TWILIO_EMAIL_FROM to the address that they come from."]),
        (
            {**SENDGRID, "sendgrid_webhook_key": None, "sendgrid_email_from": None},
            [
                (
                    "DUEBELL_SENDGRID_WEBHOOK_KEY is missing: set it to the verification key of the"
                    " signed event webhook."
                ),
                (
                    "DUEBELL_SENDGRID_EMAIL_FROM is missing: set it to the address that emails come"
                    " from."
                ),
            ],
        ),
    ],
    ids=["twilio", "sendgrid"],
)
def test_rules_whose_emails_nobody_carries(
    tmp_path: Path, changes: dict[str, object], missing: list[str]
) -> None:
    """The lines of the rules are told with everything that is to be set."""
    known = known_of(tmp_path, "http://127.0.0.1:9", A_TEXT, AN_EMAIL, BESIDES, **changes)

    with pytest.raises(NotChecked) as reason:
        told_of(known)

    what = "The rules of lines 8 and 14 may send emails, which nobody carries yet."
    assert (True, (what, *missing)) == (reason.value.matters, reason.value.faults)


def test_prefects_blocks_have_no_address_either(tmp_path: Path) -> None:
    """Where the blocks were looked at, too, it is a fault, with the one rule's line."""
    known = known_of(tmp_path, "http://127.0.0.1:9")
    known.prefect_answers = True

    with pytest.raises(ConfigurationError) as refusal:
        told_of(known)

    assert "The rule of line 8 may send emails" in refusal.value.faults[0]


def test_the_address_in_the_block_is_used(tmp_path: Path, sandbox: SandboxControl) -> None:
    """Twilio's block may have the address, and wins over the settings, as it does when sending."""
    known = known_of(tmp_path, sandbox.base_url, **TWILIO)
    assert known.twilio is not None
    known.twilio.email_from = "books@harborlane.example"

    told, _ = told_of(known)

    assert "emails come from books@harborlane.example" in told


def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    """An address in a block may be anything; one that cannot be written to is found beforehand."""
    known = known_of(tmp_path, "http://127.0.0.1:9")
    assert known.twilio is not None
    known.twilio.email_from = "billing.harborlane.example"

    with pytest.raises(ConfigurationError, match=r"billing\.harborlane\.example, .*mend it"):
        told_of(known)


@pytest.mark.parametrize(
    ("changes", "block"),
    [
        ({**TWILIO, "twilio_api_key_secret": "wr0ng" * 6}, "twilio-credentials/duebell"),
        ({**SENDGRID, "sendgrid_api_key": "SG.wr0ngwr0ng"}, "sendgrid-credentials/duebell"),
    ],
)
def test_a_wrong_key_for_emails_is_told_and_not_shown(
    tmp_path: Path, sandbox: SandboxControl, changes: dict[str, object], block: str
) -> None:
    """Where the provider refuses the key, the line says what to mend, and not the key."""
    known = known_of(tmp_path, sandbox.base_url, **changes)

    with pytest.raises(CredentialsRefused) as refusal:
        told_of(known)

    assert block in str(refusal.value)
    assert "wr0ng" not in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "setting"),
    [(TWILIO, "DUEBELL_TWILIO_EMAIL_URL"), (SENDGRID, "DUEBELL_SENDGRID_API_URL")],
)
def test_a_carrier_of_emails_that_is_away_is_told(
    tmp_path: Path, changes: dict[str, object], setting: str
) -> None:
    """Where nobody answers, the line names the setting for the address."""
    known = known_of(tmp_path, f"http://127.0.0.1:{free_port()}", **changes)

    with pytest.raises(TryAgain, match=setting):
        told_of(known)


def test_a_key_of_events_that_is_none_is_told(tmp_path: Path, sandbox: SandboxControl) -> None:
    """A verification key that verifies nothing is found before SendGrid's first event is."""
    changes = {**SENDGRID, "sendgrid_webhook_key": "bm8ga2V5"}
    known = known_of(tmp_path, sandbox.base_url, **changes)

    with pytest.raises(ConfigurationError, match="DUEBELL_SENDGRID_WEBHOOK_KEY is not a"):
        told_of(known)
