"""Credentials as values: checked for their shape, with one sentence for each fault."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from duebell.domain.failures import ConfigurationError
from duebell.settings import PREFIX, Settings


@dataclass(frozen=True, slots=True)
class FreshBooksKeys:
    """Who we are to FreshBooks.

    ``refresh_token`` is only the seed of the rotating pair, and may be empty: ``duebell connect
    freshbooks`` puts a pair into the ledger without one.
    """

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    refresh_token: str = field(repr=False)
    account_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TwilioKeys:
    """Who we are to Twilio, and who a text comes from: a number or a Messaging Service."""

    account_sid: str
    api_key_sid: str
    api_key_secret: str = field(repr=False)
    auth_tokens: tuple[str, ...] = field(repr=False)
    sender: str
    email_from: str = ""


@dataclass(frozen=True, slots=True)
class SendGridKeys:
    """Who we are to SendGrid, who an email comes from, and what verifies SendGrid's events."""

    api_key: str = field(repr=False)
    webhook_key: str
    email_from: str


def freshbooks_from(settings: Settings) -> FreshBooksKeys:
    """The FreshBooks credentials in the environment.

    Raises:
        ConfigurationError: with a sentence for each that is missing.
    """
    keys = freshbooks_given(settings)
    _refuse(freshbooks_faults(keys))
    return keys


def freshbooks_given(settings: Settings) -> FreshBooksKeys:
    """What the environment has of FreshBooks' credentials; empty where it has nothing."""
    secret, token = settings.freshbooks_client_secret, settings.freshbooks_refresh_token
    return FreshBooksKeys(
        client_id=settings.freshbooks_client_id or "",
        client_secret=secret.get_secret_value() if secret else "",
        redirect_uri=settings.freshbooks_redirect_uri or "",
        refresh_token=token.get_secret_value() if token else "",
        account_ids=settings.freshbooks_account_ids,
    )


def freshbooks_faults(keys: FreshBooksKeys) -> list[str]:
    """What is missing of FreshBooks' credentials."""
    missing = {
        "CLIENT_ID": (keys.client_id, "the app's client id"),
        "CLIENT_SECRET": (keys.client_secret, "the app's client secret"),
        "REDIRECT_URI": (keys.redirect_uri, "the redirect URI registered for the app"),
    }
    return [
        f"{PREFIX}FRESHBOOKS_{name} is missing: set it to {what}."
        for name, (value, what) in missing.items()
        if not value
    ]


def twilio_from(settings: Settings) -> TwilioKeys:
    """The Twilio credentials in the environment.

    Raises:
        ConfigurationError: with a sentence for each that is missing or of the wrong shape.
    """
    secret = settings.twilio_api_key_secret
    keys = TwilioKeys(
        account_sid=settings.twilio_account_sid or "",
        api_key_sid=settings.twilio_api_key_sid or "",
        api_key_secret=secret.get_secret_value() if secret else "",
        auth_tokens=tuple(token.get_secret_value() for token in settings.twilio_auth_tokens),
        sender=settings.twilio_messaging_service_sid or settings.twilio_from or "",
        email_from=settings.twilio_email_from or "",
    )
    _refuse(twilio_faults(keys))
    return keys


def sendgrid_from(settings: Settings) -> SendGridKeys:
    """The SendGrid credentials in the environment.

    Raises:
        ConfigurationError: with a sentence for each that is missing.
    """
    keys = sendgrid_given(settings)
    _refuse(sendgrid_faults(keys))
    return keys


def sendgrid_given(settings: Settings) -> SendGridKeys:
    """What the environment has of SendGrid's credentials; empty where it has nothing."""
    key = settings.sendgrid_api_key
    return SendGridKeys(
        api_key=key.get_secret_value() if key else "",
        webhook_key=settings.sendgrid_webhook_key or "",
        email_from=settings.sendgrid_email_from or "",
    )


def sendgrid_faults(keys: SendGridKeys) -> list[str]:
    """What is missing of SendGrid's credentials."""
    missing = {
        "API_KEY": (keys.api_key, "an API key that may send (SG.…)"),
        "WEBHOOK_KEY": (keys.webhook_key, "the verification key of the signed event webhook"),
        "EMAIL_FROM": (keys.email_from, "the address that emails come from"),
    }
    return [
        f"{PREFIX}SENDGRID_{name} is missing: set it to {what}."
        for name, (value, what) in missing.items()
        if not value
    ]


#: https://www.twilio.com/docs/glossary/what-is-a-sid
_SHAPES = {
    "TWILIO_ACCOUNT_SID": ("AC", "the account SID from the Twilio console"),
    "TWILIO_API_KEY_SID": ("SK", "the SID of an API key of the account"),
}


def twilio_faults(keys: TwilioKeys) -> list[str]:
    """What is missing or wrong of Twilio's credentials."""
    faults = []
    values = {"TWILIO_ACCOUNT_SID": keys.account_sid, "TWILIO_API_KEY_SID": keys.api_key_sid}
    for name, (prefix, what) in _SHAPES.items():
        if not values[name]:
            faults.append(f"{PREFIX}{name} is missing: set it to {what}.")
        elif not re.fullmatch(prefix + "[0-9a-fA-F]{32}", values[name]):
            faults.append(f"{PREFIX}{name}: must be {prefix} and 32 hexadecimal digits.")
    if not keys.api_key_secret:
        faults.append(f"{PREFIX}TWILIO_API_KEY_SECRET is missing: set it to the API key's secret.")
    if not keys.auth_tokens:
        faults.append(
            f"{PREFIX}TWILIO_AUTH_TOKENS is missing: set it to the account's auth token, which "
            "signs the status callbacks (several, separated by commas, while rotating)."
        )
    return faults + _sender_faults(keys.sender)


def _sender_faults(sender: str) -> list[str]:
    names = f"{PREFIX}TWILIO_FROM or {PREFIX}TWILIO_MESSAGING_SERVICE_SID"
    if not sender:
        return [f"{names} is missing: set one to the number or service that texts come from."]
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}|MG[0-9a-fA-F]{32}|[0-9]{3,8}", sender):
        return [f"{names}: must be a number like +12125550100, a short code, or an MG… SID."]
    return []


def _refuse(faults: list[str]) -> None:
    if faults:
        raise ConfigurationError(faults)


def faults_in(settings: Settings) -> list[str]:
    """Everything that is missing or wrong of the credentials in the environment, at once."""
    faults: list[str] = []
    readers: list[Callable[[Settings], object]] = [freshbooks_from, twilio_from]
    if settings.email_transport == "sendgrid" and settings.sendgrid_api_key is not None:
        readers.append(sendgrid_from)  # else only rules with emails need them, and say so
    for read in readers:
        try:
            read(settings)
        except ConfigurationError as error:
            faults += error.faults
    return faults
