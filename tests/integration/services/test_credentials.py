"""Credentials from the settings: all faults at once, and no secret in a word that may be logged."""

from __future__ import annotations

import pytest

from duebell.connection.credentials import faults_in, freshbooks_from, twilio_from
from duebell.domain.failures import ConfigurationError
from duebell.sandbox import credentials
from duebell.settings import Settings, load_settings

GOOD: dict[str, object] = {
    "freshbooks_client_id": credentials.CLIENT_ID,
    "freshbooks_client_secret": credentials.CLIENT_SECRET,
    "freshbooks_redirect_uri": "https://duebell.example/oauth",
    "freshbooks_refresh_token": credentials.REFRESH_TOKEN,
    "freshbooks_account_ids": "6BApk, 7CBql",
    "twilio_account_sid": credentials.ACCOUNT_SID,
    "twilio_api_key_sid": credentials.API_KEY_SID,
    "twilio_api_key_secret": credentials.API_KEY_SECRET,
    "twilio_auth_tokens": f"{credentials.AUTH_TOKEN},fedcba98",
    "twilio_from": credentials.FROM,
}


def given(**changes: object) -> Settings:
    """Good credentials with some of them changed."""
    return load_settings(_env_file=None, **{**GOOD, **changes})


def test_good_credentials_are_taken() -> None:
    """What is complete and of the right shape has no faults."""
    freshbooks, twilio = freshbooks_from(given()), twilio_from(given())

    assert [] == faults_in(given())
    assert ("6BApk", "7CBql") == freshbooks.account_ids
    assert (credentials.AUTH_TOKEN, "fedcba98") == twilio.auth_tokens
    assert credentials.FROM == twilio.sender


def test_no_secret_is_shown() -> None:
    """Printed credentials show who we are, and not what proves it."""
    shown = repr(freshbooks_from(given())) + repr(twilio_from(given()))

    secrets = (
        credentials.CLIENT_SECRET,
        credentials.REFRESH_TOKEN,
        credentials.API_KEY_SECRET,
        credentials.AUTH_TOKEN,
    )
    assert [] == [secret for secret in secrets if secret in shown]
    assert credentials.CLIENT_ID in shown


def test_everything_missing_is_told_at_once() -> None:
    """Without any credentials there is one sentence for each, naming the setting."""
    faults = faults_in(load_settings(_env_file=None))

    assert [
        "DUEBELL_FRESHBOOKS_CLIENT_ID",
        "DUEBELL_FRESHBOOKS_CLIENT_SECRET",
        "DUEBELL_FRESHBOOKS_REDIRECT_URI",
        "DUEBELL_TWILIO_ACCOUNT_SID",
        "DUEBELL_TWILIO_API_KEY_SID",
        "DUEBELL_TWILIO_API_KEY_SECRET",
        "DUEBELL_TWILIO_AUTH_TOKENS",
        "DUEBELL_TWILIO_FROM",
    ] == [fault.split()[0] for fault in faults]
    assert all("missing: set it to" in fault for fault in faults[:-1])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("twilio_account_sid", credentials.API_KEY_SID),
        ("twilio_account_sid", credentials.ACCOUNT_SID[:-1]),
        ("twilio_api_key_sid", credentials.ACCOUNT_SID),
        ("twilio_from", "212-555-0100"),
        ("twilio_from", "+0125550100"),
        ("twilio_messaging_service_sid", "MG123"),
    ],
)
def test_a_wrong_shape_is_told(name: str, value: str) -> None:
    """A value that cannot be right is refused with one sentence, which does not repeat it."""
    with pytest.raises(ConfigurationError) as refusal:
        twilio_from(given(**{name: value}))

    (fault,) = refusal.value.faults
    assert f"DUEBELL_{name.upper()}" in fault
    assert value not in fault


@pytest.mark.parametrize("sender", ["+12125550100", "12345", "MG" + "a" * 32])
def test_texts_may_come_from_a_number_a_short_code_or_a_service(sender: str) -> None:
    """Each kind of sender that Twilio knows is taken."""
    found = twilio_from(given(twilio_from=sender))

    assert sender == found.sender


def test_a_messaging_service_wins_over_a_number() -> None:
    """Where both are set the service sends, which has its numbers by itself."""
    service = "MG" + "5a4db0c5" * 4

    assert service == twilio_from(given(twilio_messaging_service_sid=service)).sender
