"""FreshBooks' webhook deliveries: signed with each callback's verifier, tried a few times.

https://www.freshbooks.com/api/webhooks
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from duebell.sandbox.background import Background
from duebell.sandbox.businesses import BUSINESSES, Business
from duebell.sandbox.faults import Faults
from duebell.sandbox.posting import Posted, Poster
from duebell.sandbox.scenarios import FRESHBOOKS
from duebell.sandbox.state import CallbackRecord, State
from duebell.sandbox.subscriptions import Subscriptions

#: The latest deliveries that are remembered.
REMEMBERED = 200_000

_FAULTS = frozenset({"deliveries-doubled", "deliveries-late", "deliveries-lost"})
_BUSINESSES = {business.account_id: business for business in BUSINESSES}


def sign(fields: dict[str, str], verifier: str) -> str:
    """The signature: over Python's own JSON of the form fields in their order, not over the body.

    https://www.freshbooks.com/api/webhooks, "Verifying webhook requests"
    """
    text = json.dumps(fields)
    digest = hmac.new(verifier.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


@dataclass(frozen=True)
class Job:
    """A delivery that is to be made."""

    callback: CallbackRecord
    event: str
    object_id: int

    @property
    def business(self) -> Business:
        """Whose books it is about."""
        return _BUSINESSES[self.callback.account]

    def fields(self) -> dict[str, str]:
        """The form fields of an event, in FreshBooks' order."""
        return {
            "name": self.event,
            "object_id": str(self.object_id),
            "account_id": self.callback.account,
            "business_id": str(self.business.id),
            "identity_id": "1234",
            "user_id": "1",
        }


class Deliveries:
    """Makes deliveries and remembers how each try ended."""

    def __init__(
        self,
        state: State,
        faults: Faults,
        poster: Poster,
        background: Background,
        subscriptions: Subscriptions,
        now: Callable[[], datetime],
    ) -> None:
        self._state = state
        self._faults = faults
        self._poster = poster
        self._background = background
        self._subscriptions = subscriptions
        self._now = now
        self.log: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)

    def jobs_for(self, account: str, event: str, object_id: int) -> list[Job]:
        """One job for each verified callback that listens to the event or to its noun."""
        return [
            Job(callback, event, object_id)
            for callback in self._subscriptions.listed(account, event)
            if callback.verified and not callback.is_foreign
        ]

    async def deliver_all(self, jobs: list[Job], copies: int, concurrency: int) -> None:
        """Make these deliveries, so many at a time; the copies of one go out together."""
        waiting = deque(jobs)

        async def work() -> None:
            while waiting:
                await self._deliver_copies(waiting.popleft(), copies)

        await asyncio.gather(*(work() for _ in range(min(concurrency, len(jobs)))))

    async def shake_hands(self, callback: CallbackRecord) -> None:
        """Post a callback its verifier. Order and the extra field are as seen in real traffic."""
        if callback.is_foreign:
            return
        job = Job(callback, "callback.verify", callback.id)
        fields = {
            "user_id": "1",
            "name": job.event,
            "verifier": callback.verifier,
            "object_id": str(callback.id),
            "account_id": callback.account,
            "business_id": str(job.business.id),
            "identity_id": "1234",
            "system": job.business.site,
        }
        await self._try_often(job, fields)

    async def _deliver_copies(self, job: Job, copies: int) -> None:
        fault = self._faults.take(FRESHBOOKS, _FAULTS, job.callback.account)
        if fault == "deliveries-lost":
            self._record(job, Posted(None, "lost", 0.0), number=0)
            return
        if fault == "deliveries-late":
            # Those behind it overtake it.
            self._background.start(self._deliver_late(job, copies))
            return
        if fault == "deliveries-doubled":
            copies *= 2
        fields = job.fields()
        if copies == 1:
            await self._try_once_then_behind(job, fields)
        else:
            tries = (self._try_once_then_behind(job, fields) for _ in range(copies))
            await asyncio.gather(*tries)

    async def _deliver_late(self, job: Job, copies: int) -> None:
        await asyncio.sleep(self._state.tunables.late_seconds)
        await asyncio.gather(
            *(self._try_once_then_behind(job, job.fields()) for _ in range(copies))
        )

    async def _try_once_then_behind(self, job: Job, fields: dict[str, str]) -> None:
        # Further tries must not hold up the deliveries that wait behind this one.
        if not await self._try(job, fields, 1):
            self._background.start(self._try_often(job, fields, number=2))

    async def _try_often(self, job: Job, fields: dict[str, str], number: int = 1) -> None:
        tunables = self._state.tunables
        for current in range(number, tunables.delivery_tries + 1):
            if current > 1:
                await asyncio.sleep(tunables.retry_seconds)
            is_removed = job.callback.id not in self._state.callbacks
            if is_removed or await self._try(job, fields, current):
                return

    async def _try(self, job: Job, fields: dict[str, str], number: int) -> bool:
        headers = {"X-FreshBooks-Hmac-SHA256": sign(fields, job.callback.verifier)}
        posted = await self._poster.post_form(
            job.callback.uri,
            urlencode(fields).encode(),
            headers,
            self._state.tunables.delivery_timeout_seconds,
        )
        self._record(job, posted, number)
        self._subscriptions.note_try(job.callback, posted.is_success)
        return posted.is_success

    def _record(self, job: Job, posted: Posted, number: int) -> None:
        self._state.count(f"deliveries.{posted.status or posted.failure}")
        self.log.append(
            {
                "account": job.callback.account,
                "event": job.event,
                "object_id": job.object_id,
                "callback_id": job.callback.id,
                "try": number,
                "status": posted.status,
                "failure": posted.failure,
                "ms": round(posted.ms, 3),
                "at": self._now().isoformat(),
            }
        )
