"""The block that holds Twilio's credentials. (The slug ``twilio-sms`` is Prefect's own block.)"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import ClassVar

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr

from duebell.connection.belonging import require_own_twilio
from duebell.connection.credentials import TwilioKeys
from duebell.providers.http import open_client, open_clients
from duebell.providers.twilio.account import TwilioAccount
from duebell.providers.twilio.emails import TwilioEmails
from duebell.providers.twilio.messages import TwilioMessages
from duebell.settings import Settings


class TwilioCredentials(Block):
    """An API key of a Twilio account, and the tokens that sign the account's callbacks."""

    _block_type_name: ClassVar[str] = "Twilio Credentials"
    _block_type_slug: ClassVar[str] = "twilio-credentials"
    _logo_url: ClassVar[HttpUrl] = HttpUrl("https://www.twilio.com/favicon.ico")
    _documentation_url: ClassVar[HttpUrl] = HttpUrl("https://www.twilio.com/docs/iam/api-keys")
    _description: ClassVar[str] = "Credentials with which Duebell sends texts and emails."

    account_sid: str = Field(description="The account's SID (AC…).")
    api_key_sid: str = Field(description="The API key's SID (SK…).")
    api_key_secret: SecretStr = Field(description="The API key's secret.")
    auth_tokens: list[SecretStr] = Field(
        description="The account's auth tokens that may sign callbacks: the primary one first, and "
        "the secondary one while rotating; also the secret of a SharedKey, where one signs them. "
        "What changes here counts within a minute, without a new start."
    )
    sender: str = Field(description="The From number (+1…) or Messaging Service SID (MG…).")
    email_from: str = Field(
        default="",
        description="The address that emails come from, of a domain verified for Twilio Email; "
        "empty where Twilio carries none, or where DUEBELL_TWILIO_EMAIL_FROM names it.",
    )

    @classmethod
    def from_keys(cls, keys: TwilioKeys) -> TwilioCredentials:
        """The block for these credentials."""
        return cls(
            account_sid=keys.account_sid,
            api_key_sid=keys.api_key_sid,
            api_key_secret=SecretStr(keys.api_key_secret),
            auth_tokens=[SecretStr(token) for token in keys.auth_tokens],
            sender=keys.sender,
            email_from=keys.email_from,
        )

    def require_own(self, settings: Settings) -> None:
        """See that this is the block of the installation with these settings.

        Raises:
            ConfigurationError: if it is a sandbox's and that is a real one, or the reverse.
        """
        require_own_twilio(self.account_sid, settings)

    def tokens(self) -> tuple[str, ...]:
        """The auth tokens in clear, for the ledger, where they are sealed."""
        return tuple(token.get_secret_value() for token in self.auth_tokens)

    def secrets(self) -> tuple[str, ...]:
        """What must never be logged."""
        return (self.api_key_secret.get_secret_value(), *self.tokens())

    def open_client(
        self, api_url: str, status_callback_base: str, *, connections: int
    ) -> TwilioMessages:
        """A client that asks for status callbacks at our public URL."""
        return TwilioMessages(
            open_clients(api_url, connections=connections),
            self.account_sid,
            self.api_key_sid,
            self.api_key_secret.get_secret_value(),
            sender=self.sender,
            status_callback_base=status_callback_base,
            api_url=api_url,
        )

    def open_emails(self, api_url: str, sender: str, *, connections: int) -> TwilioEmails:
        """A client for emails from this address."""
        return TwilioEmails(
            open_clients(api_url, connections=connections),
            self.api_key_sid,
            self.api_key_secret.get_secret_value(),
            sender=sender,
            api_url=api_url,
        )

    @contextlib.asynccontextmanager
    async def open_account(self, api_url: str) -> AsyncIterator[TwilioAccount]:
        """Questions about the account itself."""
        async with open_client(api_url) as http:
            key = (self.api_key_sid, self.api_key_secret.get_secret_value())
            yield TwilioAccount(http, self.account_sid, key, self.tokens())
