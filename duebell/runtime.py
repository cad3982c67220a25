"""The live objects of one process: opened once, used by whatever runs in it.

Values that a test or another process would choose differently (time, randomness, clients) come in
here as arguments; nothing is built at import.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from duebell.domain.books import Business
from duebell.domain.brakes import Caps, caps_of
from duebell.domain.failures import RecordGone
from duebell.domain.rules import Channel, Rulebook, SafeMode
from duebell.domain.transports import EmailTransport
from duebell.ledger.ledger import Ledger, utc_now
from duebell.ledger.workers import Worker
from duebell.notifying.client_counts import ClientCounts
from duebell.notifying.pacing import Pacer
from duebell.providers.freshbooks.client import FreshBooksClient
from duebell.providers.twilio.messages import TwilioMessages
from duebell.settings import Settings
from duebell.wording.rendering import Renderer

#: Messages between "intent committed" and "outcome recorded" at the same time. What a crash puts
#: in doubt is at most this many.
MOST_IN_FLIGHT = 40

#: Requests to a provider at the same time, about: Twilio limits those of an account, and httpx
#: slows down beyond (see :mod:`duebell.providers.http`).
CONNECTIONS = 20


def new_notification_id() -> str:
    """An id that cannot be guessed: it stands in the status callback's URL."""
    return "ntf_" + secrets.token_hex(12)


def new_url_token() -> str:
    """The secret part of a webhook's URL."""
    return secrets.token_urlsafe(24)


@dataclass(slots=True)
class Runtime:
    """Everything that flows need, opened once per process."""

    settings: Settings
    ledger: Ledger
    books: FreshBooksClient
    texts: TwilioMessages
    rulebook: Rulebook
    renderer: Renderer
    pacer: Pacer
    worker: Worker
    account_ids: tuple[str, ...]
    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    new_id: Callable[[], str] = new_notification_id
    new_url_token: Callable[[], str] = new_url_token
    jitter: Callable[[], float] = random.random
    in_flight: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_IN_FLIGHT))
    businesses: dict[str, Business] = field(default_factory=dict)
    client_counts: ClientCounts = field(default_factory=ClientCounts)
    #: Who carries emails; None where nobody does.
    emails: EmailTransport | None = None
    email_pacer: Pacer | None = None
    #: All that there are credentials for, by name: who carried an email is asked about it.
    transports: Mapping[str, EmailTransport] = field(default_factory=dict)

    def pacer_of(self, channel: str) -> Pacer:
        """Who keeps to the rate of a channel's sender."""
        if channel == Channel.EMAIL and self.email_pacer is not None:
            return self.email_pacer
        return self.pacer

    async def close(self) -> None:
        """Close the clients."""
        await self.books.close()
        await self.texts.close()
        for transport in self.transports.values():
            await transport.close()

    def renderer_mentions(self, word: str) -> bool:
        """Whether any template that the rulebook uses mentions a word, such as a costly field."""
        used = self.rulebook.used_templates()
        return any(self.renderer.mentions(rule.template, word, channel) for rule, channel in used)

    @property
    def safe_mode(self) -> SafeMode:
        """Where everything goes in safe mode: as the settings say, else the rulebook."""
        return self.settings.safe_mode or self.rulebook.safe_mode

    @property
    def caps(self) -> Caps:
        """Over what brakes engage: as the rulebook says, else the settings."""
        settings = self.settings
        return caps_of(
            self.rulebook.brakes,
            per_run=settings.max_sends_per_run,
            per_hour=settings.max_sends_per_hour,
        )

    async def accounts(self) -> tuple[str, ...]:
        """The accounts to work with: the chosen ones, or all that the connected user may see."""
        if not self.account_ids:
            self.businesses = {found.account_id: found for found in await self.books.businesses()}
            self.account_ids = tuple(self.businesses)
        return self.account_ids

    async def business(self, account_id: str) -> Business:
        """The firm of an account; asked once per process.

        Raises:
            RecordGone: if the connected user has no such business.
        """
        if account_id not in self.businesses:
            self.businesses = {found.account_id: found for found in await self.books.businesses()}
        try:
            return self._corrected(self.businesses[account_id])
        except KeyError:
            raise RecordGone(
                f"the connected FreshBooks user has no business with the account {account_id}"
            ) from None

    def _corrected(self, business: Business) -> Business:
        """The firm as the rulebook corrects it."""
        terms = self.rulebook.business
        return replace(
            business,
            time_zone=terms.time_zone or business.time_zone,
            country=terms.country or business.country,
        )
