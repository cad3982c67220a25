"""The block that holds SendGrid's credentials, where SendGrid carries the emails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr

from duebell.connection.belonging import require_own_sendgrid
from duebell.connection.credentials import SendGridKeys
from duebell.providers.http import open_clients
from duebell.providers.sendgrid.client import SendGridEmails
from duebell.settings import Settings


class SendGridCredentials(Block):
    """An API key of a SendGrid account, and the key that verifies the account's events."""

    _block_type_name: ClassVar[str] = "SendGrid Credentials"
    _block_type_slug: ClassVar[str] = "sendgrid-credentials"
    _logo_url: ClassVar[HttpUrl] = HttpUrl("https://sendgrid.com/favicon.ico")
    _documentation_url: ClassVar[HttpUrl] = HttpUrl(
        "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys"
    )
    _description: ClassVar[str] = "Credentials with which Duebell sends emails through SendGrid."

    api_key: SecretStr = Field(description="An API key that may send emails (SG.…).")
    webhook_key: str = Field(
        description="The verification key of the signed event webhook, from SendGrid's mail "
        "settings. It is public."
    )
    email_from: str = Field(description="The address that emails come from; SendGrid verified it.")

    @classmethod
    def from_keys(cls, keys: SendGridKeys) -> SendGridCredentials:
        """The block for these credentials."""
        return cls(
            api_key=SecretStr(keys.api_key),
            webhook_key=keys.webhook_key,
            email_from=keys.email_from,
        )

    def require_own(self, settings: Settings) -> None:
        """See that this is the block of the installation with these settings.

        Raises:
            ConfigurationError: if it is a sandbox's and that is a real one, or the reverse.
        """
        require_own_sendgrid(self.webhook_key, settings)

    def secrets(self) -> tuple[str, ...]:
        """What must never be logged."""
        return (self.api_key.get_secret_value(),)

    def open_client(
        self, api_url: str, *, connections: int, now: Callable[[], datetime]
    ) -> SendGridEmails:
        """A client for emails from the block's address."""
        return SendGridEmails(
            open_clients(api_url, connections=connections),
            self.api_key.get_secret_value(),
            sender=self.email_from,
            api_url=api_url,
            now=now,
        )
