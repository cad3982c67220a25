"""Emails through Twilio Email: send once, find, fetch, check.

https://www.twilio.com/docs/email/api. ``POST Emails`` has no idempotency key, so a send is never
repeated here; what is known after it is a :class:`SendOutcome`. Twilio reports nothing about
emails by itself: it is asked, within the seven days for which it keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from duebell.domain.delivery import OutgoingEmail, ProviderMessage, SendOutcome
from duebell.domain.failures import RecordGone, RequestRefused, TryAgain
from duebell.providers.codes import fault_of
from duebell.providers.exchange import Exchange, RequestFailed, unanswered
from duebell.providers.outcomes import object_from
from duebell.providers.twilio import email_reading, email_wire, wire
from duebell.providers.twilio.transport import basic_authorization

PROVIDER = "twilio-email"

PAGE_SIZE, MOST_PAGES = 50, 10

#: How much earlier than the attempt emails are looked for: clocks differ, and the tags are exact.
CLOCKS_DIFFER = timedelta(hours=1)


class TwilioEmails:
    """Emails from one verified address. ``api_url`` is Twilio's for emails, or the sandbox'.

    An email's id is that of the operation that it was accepted with. One whose acceptance was
    never heard of is found with its own id instead; :meth:`fetch` takes both.
    """

    def __init__(
        self,
        http: httpx.AsyncClient | Sequence[httpx.AsyncClient],
        api_key_sid: str,
        api_key_secret: str,
        *,
        sender: str,
        api_url: str = "https://comms.twilio.com",
        total_seconds: float = 30.0,
    ) -> None:
        self._exchange = Exchange(http, total_seconds=total_seconds)
        self._emails = api_url.rstrip("/") + "/v1/Emails"
        self._sender = sender
        self._headers = {
            "Authorization": basic_authorization(api_key_sid, api_key_secret),
            "Accept": "application/json",
        }

    @property
    def provider(self) -> str:
        """The provider's name in the ledger."""
        return PROVIDER

    @property
    def can_be_asked(self) -> bool:
        """True: it says what became of an email, and only when asked."""
        return True

    async def send(self, email: OutgoingEmail) -> SendOutcome:
        """Ask Twilio to send an email, once; every fault of Twilio's or the network is an outcome.

        Raises:
            asyncio.CancelledError: the caller was cancelled; the outcome is then unknown.
        """
        try:
            answer = await self._exchange.request(
                "POST",
                self._emails,
                headers={**self._headers, "Content-Type": "application/json"},
                content=email_wire.request_for(email, self._sender),
            )
        except RequestFailed as failed:
            return unanswered(failed, "Twilio")
        return email_wire.outcome_from(answer.status, answer.headers, answer.body)

    async def fetch(self, provider_id: str) -> ProviderMessage | None:
        """Fetch one email by its operation's id or its own; None where Twilio has none (any more).

        Raises:
            ProviderError: of the kind that Twilio's answer means.
        """
        try:
            if email_reading.EMAIL_ID.fullmatch(provider_id):
                return email_reading.message_from(await self._get(f"/{provider_id}"))
            if email_wire.OPERATION_ID.fullmatch(provider_id):
                return await self._fetch_by_operation(provider_id)
        except RecordGone:
            pass
        return None

    async def find(
        self, notification_id: str, attempt: int, since: datetime
    ) -> list[ProviderMessage]:
        """List the emails of one attempt by their tags; a new one may take a while to be listed.

        Raises:
            ProviderError: of the kind that Twilio's answer means.
        """
        found: dict[str, ProviderMessage] = {}
        params = {
            "tags": email_wire.filter_of(notification_id, attempt),
            "startDate": _written(since - CLOCKS_DIFFER),
            "pageSize": str(PAGE_SIZE),
        }
        for _ in range(MOST_PAGES):
            page = await self._get("", params)
            for email in email_reading.emails_from(page):
                if email_wire.is_tagged(email, notification_id, attempt):
                    message = email_reading.message_from(email)
                    found[message.provider_id] = message
            if not (token := email_reading.next_page_from(page)):
                return list(found.values())
            params["pageToken"] = token
        raise TryAgain("Twilio lists too many emails for one attempt.")

    async def check(self) -> None:
        """Ask for the newest email, to see that the credentials serve for emails; costs nothing.

        Raises:
            CredentialsRefused: Twilio does not accept the API key, or not for emails.
            ProviderError: of another kind that Twilio's answer means.
        """
        await self._get("", {"pageSize": "1"})

    async def close(self) -> None:
        """Close the HTTP clients; nothing can be sent afterwards."""
        await self._exchange.close()

    async def _fetch_by_operation(self, operation_id: str) -> ProviderMessage:
        """The one email of an operation, or what the operation says while it lists no email.

        More than one would mean that the filter was not understood: they are other people's.
        """
        page = await self._get("", {"operationId": operation_id, "pageSize": "2"})
        emails = list(email_reading.emails_from(page))
        if len(emails) == 1:
            errors = await self._errors_of(operation_id, email_reading.word_of(emails[0]))
            return email_reading.message_from(emails[0], operation_id, errors)
        operation = await self._get(f"/Operations/{operation_id}")
        errors = await self._errors_of(operation_id, email_reading.counted_word(operation))
        return email_reading.message_from_operation(operation, operation_id, errors)

    async def _errors_of(self, operation_id: str, word: str) -> Mapping[str, Any]:
        """The operation's errors, asked for where its status leaves room for any."""
        if word not in ("FAILED", "COMPLETED"):
            return {}
        try:
            return await self._get(f"/Operations/{operation_id}/Errors")
        except RecordGone:
            return {}

    async def _get(self, path: str, params: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        try:
            answer = await self._exchange.request(
                "GET", self._emails + path, headers=self._headers, params=params
            )
        except RequestFailed as failed:
            raise TryAgain(f"Twilio was not reached: {failed.why}.") from None
        payload = object_from(answer.body)
        if answer.status == 200 and payload:
            return payload
        if answer.status == 404 and not path:
            # A list is always there: nothing may be called gone because the address is wrong.
            raise RequestRefused(fault_of("email.http.404", is_refusal=True).sentence)
        raise wire.failure_from(answer.status, answer.headers, answer.body)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
