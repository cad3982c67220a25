"""What Duebell asks of a way to send emails, whoever stands behind it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from duebell.domain.delivery import OutgoingEmail, ProviderMessage, SendOutcome


class EmailTransport(Protocol):
    """Sends emails, once each; every fault of a provider or the network is an outcome."""

    @property
    def provider(self) -> str:
        """The provider's name in the ledger: ``twilio-email`` or ``sendgrid``."""

    @property
    def can_be_asked(self) -> bool:
        """Whether it can tell what became of an email; else it only reports by itself."""

    async def send(self, email: OutgoingEmail) -> SendOutcome:
        """Ask the provider to send an email, once."""

    async def fetch(self, provider_id: str) -> ProviderMessage | None:
        """The email that was accepted under this id; None where there is none (any more).

        Raises:
            ProviderError: of the kind that the answer means.
        """

    async def find(
        self, notification_id: str, attempt: int, since: datetime
    ) -> list[ProviderMessage]:
        """The emails of one attempt, whether or not its acceptance was ever heard of.

        Raises:
            ProviderError: of the kind that the answer means.
        """

    async def check(self) -> None:
        """See that the credentials serve for emails; sends nothing.

        Raises:
            ProviderError: of the kind that the answer means.
        """

    async def close(self) -> None:
        """Close the HTTP clients."""
