"""Emails through SendGrid: send once, check.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send. SendGrid has no idempotency
key, so a send is never repeated here; what is known after it is a :class:`SendOutcome`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import httpx

from duebell.domain.delivery import OutgoingEmail, ProviderMessage, SendOutcome
from duebell.domain.failures import CredentialsRefused, TryAgain
from duebell.providers.exchange import Exchange, RequestFailed, unanswered
from duebell.providers.sendgrid import wire

PROVIDER = "sendgrid"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SendGridEmails:
    """Emails from one verified address. ``api_url`` is SendGrid's, its European or the sandbox'.

    What became of an email comes by itself to the event webhook: SendGrid answers such questions
    only to accounts that pay for them, and slowly.
    """

    def __init__(
        self,
        http: httpx.AsyncClient | Sequence[httpx.AsyncClient],
        api_key: str,
        *,
        sender: str,
        api_url: str = "https://api.sendgrid.com",
        total_seconds: float = 30.0,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._exchange = Exchange(http, total_seconds=total_seconds)
        self._api_url = api_url.rstrip("/") + "/v3"
        self._sender = sender
        self._now = now
        # SendGrid refuses requests without "Accept" (406).
        self._headers = {"Authorization": f"Bearer {api_key}", "Accept": "application/json"}

    @property
    def provider(self) -> str:
        """The provider's name in the ledger."""
        return PROVIDER

    @property
    def can_be_asked(self) -> bool:
        """False: SendGrid tells by itself."""
        return False

    async def send(self, email: OutgoingEmail) -> SendOutcome:
        """Ask SendGrid to send an email, once; every fault of its or the network is an outcome.

        Raises:
            asyncio.CancelledError: the caller was cancelled; the outcome is then unknown.
        """
        try:
            answer = await self._exchange.request(
                "POST",
                f"{self._api_url}/mail/send",
                headers={**self._headers, "Content-Type": "application/json"},
                content=wire.request_for(email, self._sender),
            )
        except RequestFailed as failed:
            return unanswered(failed, "SendGrid")
        return wire.outcome_from(answer.status, answer.headers, answer.body, self._now())

    async def fetch(self, provider_id: str) -> ProviderMessage | None:
        """None: it cannot be asked."""
        return None

    async def find(
        self, notification_id: str, attempt: int, since: datetime
    ) -> list[ProviderMessage]:
        """Nothing: it cannot be asked, and that is no proof of anything."""
        return []

    async def check(self) -> None:
        """Ask what the key may do, which costs nothing and changes nothing.

        Raises:
            CredentialsRefused: SendGrid does not accept the key, or not for sending.
            ProviderError: of another kind that SendGrid's answer means.
        """
        try:
            answer = await self._exchange.request(
                "GET", f"{self._api_url}/scopes", headers=self._headers
            )
        except RequestFailed as failed:
            raise TryAgain(f"SendGrid was not reached: {failed.why}.") from None
        may_send = wire.may_send(answer.body) if answer.status == 200 else None
        if may_send is None:
            raise wire.failure_from(answer.status, answer.headers, answer.body, self._now())
        if not may_send:
            raise CredentialsRefused(
                "The SendGrid key may not send: give it the permission Mail Send at SendGrid."
            )

    async def close(self) -> None:
        """Close the HTTP clients; nothing can be sent afterwards."""
        await self._exchange.close()
