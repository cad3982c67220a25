"""The block that holds FreshBooks' credentials. What rotates lives in the ledger, not here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr

from duebell.connection.belonging import require_own_freshbooks
from duebell.connection.credentials import FreshBooksKeys
from duebell.providers.freshbooks.client import FreshBooksClient
from duebell.providers.freshbooks.oauth import AccessTokens, TokenStore
from duebell.providers.freshbooks.transport import CONNECTIONS
from duebell.providers.http import open_clients
from duebell.settings import Settings


class FreshBooksCredentials(Block):
    """The app registered with FreshBooks and the connection of one user to it."""

    _block_type_name: ClassVar[str] = "FreshBooks Credentials"
    _block_type_slug: ClassVar[str] = "freshbooks-credentials"
    _logo_url: ClassVar[HttpUrl] = HttpUrl("https://www.freshbooks.com/favicon.ico")
    _documentation_url: ClassVar[HttpUrl] = HttpUrl("https://www.freshbooks.com/api/authentication")
    _description: ClassVar[str] = "Credentials with which Duebell reads the books of a firm."

    client_id: str = Field(description="The app's client id.")
    client_secret: SecretStr = Field(description="The app's client secret.")
    redirect_uri: str = Field(description="The redirect URI registered for the app.")
    refresh_token: SecretStr = Field(
        default=SecretStr(""),
        description="The refresh token with which the connection began; `duebell connect "
        "freshbooks` writes it. It is used once; what follows it is kept in Duebell's ledger.",
    )
    account_ids: list[str] = Field(
        default_factory=list,
        description="The accounts to work with; all that the user may see where empty.",
    )

    @classmethod
    def from_keys(cls, keys: FreshBooksKeys) -> FreshBooksCredentials:
        """The block for these credentials."""
        return cls(
            client_id=keys.client_id,
            client_secret=SecretStr(keys.client_secret),
            redirect_uri=keys.redirect_uri,
            refresh_token=SecretStr(keys.refresh_token),
            account_ids=list(keys.account_ids),
        )

    def require_own(self, settings: Settings) -> None:
        """See that this is the block of the installation with these settings.

        Raises:
            ConfigurationError: if it is a sandbox's and that is a real one, or the reverse.
        """
        require_own_freshbooks(self.client_id, settings)

    def secrets(self) -> tuple[str, ...]:
        """What must never be logged."""
        values = (self.client_secret, self.refresh_token)
        return tuple(value.get_secret_value() for value in values if value.get_secret_value())

    def open_client(
        self,
        api_url: str,
        store: TokenStore,
        *,
        owner: str,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
    ) -> FreshBooksClient:
        """A client that keeps its token pair in ``store``."""
        clients = open_clients(api_url, connections=CONNECTIONS)
        tokens = AccessTokens(
            store,
            clients[0],
            self.client_id,
            self.client_secret.get_secret_value(),
            self.redirect_uri,
            now=now,
            owner=owner,
        )
        return FreshBooksClient(clients, tokens, jitter=jitter)
