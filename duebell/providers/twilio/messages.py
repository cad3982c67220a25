"""Text messages through Twilio: send once, find, fetch, check.

https://www.twilio.com/docs/messaging/api/message-resource. ``POST Messages`` has no idempotency
key, so a send is never repeated here; what is known after it is a :class:`SendOutcome`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from twilio.rest import Client  # type: ignore[import-untyped]

from duebell.domain.delivery import OutgoingText, ProviderMessage, SendOutcome
from duebell.domain.failures import RecordGone, TryAgain
from duebell.providers.exchange import Answer, RequestFailed, unanswered
from duebell.providers.twilio import wire
from duebell.providers.twilio.transport import HttpxTransport, answers

STATUS_PATH = "/webhooks/twilio/status"

#: Read by Twilio from the fragment of the callback's URL: three retries, whatever the fault was.
#: Without it only a failed connect is tried again, and once.
#: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
CALLBACK_OVERRIDES = "#rc=3&rp=all"

#: How many seconds a text may wait in Twilio's queue; outside of this it is refused (21624).
SHORTEST_WAIT, LONGEST_WAIT = 1, 36_000

#: What a text is for, which decides about quiet hours where Twilio heeds them by itself.
#: https://www.twilio.com/docs/messaging/features/compliance-toolkit
INTENT = "notifications"

#: All texts to a number are looked through, in whatever order they come: staff gets many.
PAGE_SIZE, MOST_PAGES = 1000, 10

#: Not empty, because the SDK would read the process' environment instead: an edge or region there
#: would rewrite the host of a base URL that was set on purpose.
_ENVIRONMENT = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}


class TwilioMessages:
    """Text messages of one account from one sender.

    ``sender`` is a number in E.164 or a Messaging Service (``MG...``). ``status_callback_base`` is
    the public URL of the webhook process, ``api_url`` Twilio's or the sandbox'. With several
    ``http`` clients (see :func:`duebell.providers.http.open_clients`) they take turns; each has at
    most four requests in flight, and further ones wait for their turn.
    """

    def __init__(
        self,
        http: httpx.AsyncClient | Sequence[httpx.AsyncClient],
        account_sid: str,
        api_key_sid: str,
        api_key_secret: str,
        *,
        sender: str,
        status_callback_base: str,
        api_url: str = "https://api.twilio.com",
        total_seconds: float = 30.0,
    ) -> None:
        self._transport = HttpxTransport(http, total_seconds=total_seconds)
        sdk = Client(
            api_key_sid,
            api_key_secret,
            account_sid,
            http_client=self._transport,
            environment=_ENVIRONMENT,
        )
        self._api_url = sdk.api.base_url = api_url.rstrip("/")
        self._messages = sdk.api.v2010.account.messages
        self._auth = (api_key_sid, api_key_secret)
        self._path = f"/2010-04-01/Accounts/{account_sid}/Messages"
        self._callback = status_callback_base.rstrip("/") + STATUS_PATH
        self._sender = {"messaging_service_sid" if sender.startswith("MG") else "from_": sender}

    async def send(self, text: OutgoingText) -> SendOutcome:
        """Ask Twilio to send a text, once; every fault of Twilio's or the network is an outcome.

        Raises:
            asyncio.CancelledError: the caller was cancelled; the outcome is then unknown.
        """
        kept: list[Answer] = []
        token = answers.set(kept)
        try:
            await self._messages.create_async(
                to=text.to,
                body=text.body,
                status_callback=self._status_callback(text),
                **self._sender,
                message_intent=INTENT,
                **_validity_of(text),
            )
        except RequestFailed as failed:
            return unanswered(failed, "Twilio")
        except Exception:
            # The SDK's view of an answer; the answer itself says more. Without one, the fault is
            # in the call and is ours.
            if not kept:
                raise
        finally:
            answers.reset(token)
        return wire.outcome_from(kept[-1].status, kept[-1].headers, kept[-1].body)

    async def find(self, to: str) -> list[ProviderMessage]:
        """List the account's messages to a number, as Twilio lists them, up to 10,000.

        Filtered by number alone: Twilio ignores filters it does not know, and by date it may drop
        those not sent yet.

        Raises:
            ProviderError: of the kind that Twilio's answer means.
        """
        found: dict[str, ProviderMessage] = {}
        uri: str | None = f"{self._path}.json"
        params: Mapping[str, object] | None = {"To": to, "PageSize": PAGE_SIZE}
        for _ in range(MOST_PAGES):
            page = await self._get(uri or "", params)
            messages = map(wire.message_from, page.get("messages") or ())
            found.update((message.provider_id, message) for message in messages)
            uri, params = page.get("next_page_uri"), None
            if not isinstance(uri, str) or not uri.startswith("/"):
                return list(found.values())
        raise TryAgain(f"Twilio lists more than {len(found)} messages for one number.")

    async def fetch(self, sid: str) -> ProviderMessage | None:
        """Fetch one message; None where Twilio has none by this SID (any more).

        Raises:
            ProviderError: of the kind that Twilio's answer means.
        """
        try:
            return wire.message_from(await self._get(f"{self._path}/{sid}.json", None))
        except RecordGone:
            return None

    async def check(self) -> None:
        """Ask for the newest message, to see that the credentials serve for messages.

        Not the account itself: standard API keys may not read it and are told 401 all the same.

        Raises:
            CredentialsRefused: Twilio does not accept the API key, or not for this account.
            ProviderError: of another kind that Twilio's answer means.
        """
        await self._get(f"{self._path}.json", {"PageSize": 1})

    async def close(self) -> None:
        """Close the HTTP clients; nothing can be sent afterwards."""
        await self._transport.close()

    def _status_callback(self, text: OutgoingText) -> str:
        query = f"?n={text.notification_id}&a={text.attempt}"
        return self._callback + query + CALLBACK_OVERRIDES

    async def _get(self, uri: str, params: Mapping[str, object] | None) -> Mapping[str, Any]:
        try:
            response = await self._transport.request(
                "GET", self._api_url + uri, params=params, auth=self._auth
            )
        except RequestFailed as failed:
            raise TryAgain(f"Twilio was not reached: {failed.why}.") from None
        body: str = response.text
        try:
            payload = json.loads(body)
        except ValueError:
            payload = None
        if response.status_code == 200 and isinstance(payload, dict):
            return payload
        raise wire.failure_from(response.status_code, response.headers, body.encode())


def _validity_of(text: OutgoingText) -> dict[str, int]:
    """How long the text may wait, in the SDK's word; without it Twilio keeps it for ten hours."""
    if text.valid_for is None:
        return {}
    return {"validity_period": max(SHORTEST_WAIT, min(text.valid_for, LONGEST_WAIT))}
