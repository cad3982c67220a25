"""What Twilio posts to its customers: forms that it signs, tried again as the URL's fragment asks.

https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

from __future__ import annotations

import asyncio
import random
import uuid
from urllib.parse import parse_qsl, urldefrag, urlencode

from duebell.sandbox import credentials
from duebell.sandbox.posting import Posted, Poster
from duebell.sandbox.state import State
from duebell.sandbox.twilio_wire import sign

TIMEOUT_SECONDS = 15.0
RETRY_PAUSE_SECONDS = 0.1

#: The auth tokens that may sign; the last is one that nobody was given.
_TOKENS = {
    "auth-token": credentials.AUTH_TOKEN,
    "second-token": credentials.SECOND_AUTH_TOKEN,
    "unknown-token": "0" * 32,
}


class SignedPoster:
    """Posts forms with Twilio's signature."""

    def __init__(self, state: State, poster: Poster, rng: random.Random) -> None:
        self._state = state
        self._poster = poster
        self._rng = rng

    async def post(self, address: str, fields: dict[str, str], counter: str) -> Posted:
        """Post until it is taken or the tries are used up; each is counted under this name."""
        url, fragment = urldefrag(address)
        overrides = dict(parse_qsl(fragment))
        word = overrides.get("rc", "")
        tries = 1 + (min(int(word), 5) if word.isdecimal() else 1)
        retried = overrides.get("rp", "ct").split(",")
        token = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        headers = {"I-Twilio-Idempotency-Token": token, **self._signature(url, fields)}
        body = urlencode(fields).encode()
        while True:
            tries -= 1
            posted = await self._poster.post_form(url, body, headers, TIMEOUT_SECONDS)
            self._state.count(f"twilio.{counter}.{posted.status or posted.failure}")
            if posted.is_success or not tries or not _is_retried(posted, retried):
                return posted
            await asyncio.sleep(RETRY_PAUSE_SECONDS)

    def _signature(self, url: str, fields: dict[str, str]) -> dict[str, str]:
        how = self._state.tunables.twilio_signs_with
        if how in _TOKENS:
            return {"X-Twilio-Signature": sign(url, fields, _TOKENS[how])}
        algorithm = how.rpartition("-")[2]
        settings = f"key={credentials.SHARED_KEY_SID},algorithm=HMAC_{algorithm.upper()}"
        return {
            "X-Twilio-Signature": sign(url, fields, credentials.SHARED_KEY_SECRET, algorithm),
            "X-Twilio-Webhooks-Signature-Settings": settings,
        }


def _is_retried(posted: Posted, retried: list[str]) -> bool:
    if posted.status is None:
        kind = "ct" if posted.failure == "connect" else "rt"
    else:
        kind = f"{posted.status // 100}xx"
    return kind in retried or "all" in retried
