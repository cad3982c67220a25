"""The account and its numbers, as ``duebell check`` asks about them.

https://www.twilio.com/docs/iam/api/account,
https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from duebell.domain.failures import CredentialsRefused, RequestRefused, TryAgain
from duebell.providers.twilio import wire
from duebell.providers.unreached import why_unreached

ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Number:
    """A number that the account rents."""

    phone_number: str
    can_send_texts: bool


class TwilioAccount:
    """Questions about one account. ``http``'s base URL is the API's, and the caller closes it."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        account_sid: str,
        api_key: tuple[str, str],
        auth_tokens: Sequence[str],
    ) -> None:
        self._http = http
        self._sid = account_sid
        self._api_key = api_key
        self._auth_tokens = auth_tokens

    async def status(self) -> str:
        """The account's status: ``active``, ``suspended`` or ``closed``.

        Standard API keys may not read the account and are told 401, so it is asked for with the
        auth tokens, which proves that Twilio knows at least one of them.

        Raises:
            CredentialsRefused: if Twilio takes none of the auth tokens.
            ProviderError: of another kind that Twilio's answer means.
        """
        refusal: CredentialsRefused | None = None
        for token in self._auth_tokens:
            try:
                found = await self._get(
                    f"/2010-04-01/Accounts/{self._sid}.json", (self._sid, token)
                )
            except CredentialsRefused as refused:
                refusal = refused
            else:
                return str(found.get("status") or "unknown")
        raise refusal or CredentialsRefused("There is no auth token to ask with.")

    async def number(self, phone_number: str) -> Number | None:
        """The rented number like this one; None where the account has none.

        Raises:
            ProviderError: of the kind that Twilio's answer means.
        """
        path = f"/2010-04-01/Accounts/{self._sid}/IncomingPhoneNumbers.json"
        found = await self._get(path, self._api_key, {"PhoneNumber": phone_number})
        for row in found.get("incoming_phone_numbers") or ():
            # Twilio finds parts of numbers as well.
            if isinstance(row, Mapping) and row.get("phone_number") == phone_number:
                capabilities = row.get("capabilities")
                known = capabilities if isinstance(capabilities, Mapping) else {}
                return Number(phone_number, can_send_texts=known.get("sms") is True)
        return None

    async def _get(
        self, path: str, auth: tuple[str, str], query: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        try:
            response = await self._http.get(path, params=query, auth=auth)
        except httpx.RequestError as error:
            raise TryAgain(f"Twilio was not reached: {why_unreached(error)}.") from None
        if response.status_code != 200:
            raise wire.failure_from(response.status_code, response.headers, response.content)
        try:
            payload = json.loads(response.content)
        except ValueError:
            payload = None
        if not isinstance(payload, Mapping):
            raise RequestRefused("Twilio's answer cannot be read.")
        return payload
