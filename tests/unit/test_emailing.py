"""Whether an installation can send emails, as far as its settings tell."""

from __future__ import annotations

import pytest

from duebell.connection.credentials import faults_in
from duebell.connection.emailing import block_of, lines_with_emails, unsendable_of
from duebell.domain.rules import Channel
from duebell.settings import Settings, load_settings
from tests.unit.rulebook_texts import a_rule, book_of

SENDGRID = {
    "email_transport": "sendgrid",
    "sendgrid_api_key": "SG.x",
    "sendgrid_webhook_key": "key",
    "sendgrid_email_from": "billing@firm.example",
}


def settings(**values: object) -> Settings:
    """Settings with these values and no others."""
    return load_settings(_env_file=None, **values)


@pytest.mark.parametrize(
    ("values", "mend"),
    [
        ({}, "set DUEBELL_TWILIO_EMAIL_FROM to the address that they come from"),
        ({"twilio_email_from": "billing@firm.example"}, None),
        (SENDGRID, None),
        ({**SENDGRID, "email_transport": "twilio"}, "set DUEBELL_TWILIO_EMAIL_FROM to the address"),
        ({**SENDGRID, "sendgrid_api_key": None}, "set DUEBELL_SENDGRID_API_KEY"),
        (
            {"email_transport": "sendgrid", "twilio_email_from": "billing@firm.example"},
            "set DUEBELL_SENDGRID_API_KEY and DUEBELL_SENDGRID_WEBHOOK_KEY and DUEBELL_SENDGRID_",
        ),
    ],
)
def test_whoever_is_chosen_needs_an_address(values: dict[str, object], mend: str | None) -> None:
    """Emails can be sent when the chosen carrier has all it needs, whatever the other has."""
    lacking = unsendable_of(settings(**values))

    assert {Channel.EMAIL} >= set(lacking)
    assert lacking.get(Channel.EMAIL, "").startswith(mend or "")
    assert (mend is None) == (not lacking)


@pytest.mark.parametrize("transport", ["twilio", "sendgrid"])
def test_an_address_that_was_found_is_enough(transport: str) -> None:
    """Where Prefect's block has the address, the settings need none."""
    lacking = unsendable_of(settings(email_transport=transport), sender="billing@firm.example")

    assert ({}, f"{transport}-credentials/duebell") == (
        dict(lacking),
        block_of(settings(email_transport=transport)),
    )


def test_rules_that_may_send_emails_are_known_by_line() -> None:
    """A rule counts whose first channel is email, and one that falls back on it."""
    texts = a_rule(to="vendor", on="bill.create", template="bill_approval")
    book = book_of(texts + a_rule(channel="email") + a_rule(to="client.contacts", fallback="email"))

    assert (7, 13) == lines_with_emails(book)


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"email_transport": "sendgrid"}, []),
        ({"sendgrid_api_key": "SG.x"}, []),
        (
            {"email_transport": "sendgrid", "sendgrid_api_key": "SG.x"},
            ["DUEBELL_SENDGRID_WEBHOOK_KEY", "DUEBELL_SENDGRID_EMAIL_FROM"],
        ),
    ],
)
def test_half_of_sendgrids_credentials_is_a_fault(
    values: dict[str, object], names: list[str]
) -> None:
    """Who gave SendGrid's key means it to carry emails, and hears what else it needs."""
    faults = [one.partition(" ")[0] for one in faults_in(settings(**values))]

    assert names == [name for name in faults if "SENDGRID" in name]
