"""How many clients an account has: asked of FreshBooks only when a share of them may be told."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from duebell.domain.books import Kind
from duebell.domain.brakes import LEAST_CLIENTS, WINDOW
from duebell.domain.failures import ProviderError
from duebell.providers.freshbooks.client import FreshBooksClient

log = logging.getLogger(__name__)

#: A firm does not double its clients in a day; and after a failure FreshBooks is left alone.
COUNTED_FOR = timedelta(days=1)
NOT_AGAIN_FOR = timedelta(minutes=10)


@dataclass(slots=True)
class ClientCounts:
    """What is known of the number of clients of each account, and who was told lately."""

    known: dict[str, int] = field(default_factory=dict)
    _asked_again_from: dict[str, datetime] = field(default_factory=dict)
    _told: dict[str, dict[str, datetime]] = field(default_factory=dict)

    async def see(
        self, books: FreshBooksClient, told: Iterable[tuple[str, str]], now: datetime
    ) -> None:
        """Take note of (account, client) pairs to be told; counts the clients where it matters."""
        for account_id, client_id in told:
            self._told.setdefault(account_id, {})[client_id] = now
        for account_id, lately in self._told.items():
            for client_id in [one for one, at in lately.items() if now - at > WINDOW]:
                del lately[client_id]
            if len(lately) >= LEAST_CLIENTS and self._is_to_be_asked(account_id, now):
                await self._ask(books, account_id, now)

    def _is_to_be_asked(self, account_id: str, now: datetime) -> bool:
        again_from = self._asked_again_from.get(account_id)
        return again_from is None or now >= again_from

    async def _ask(self, books: FreshBooksClient, account_id: str, now: datetime) -> None:
        try:
            page = await books.list_page(account_id, Kind.CLIENT, 1)
        except ProviderError as failure:
            log.warning("clients_not_counted", extra={"reason": type(failure).__name__})
            self._asked_again_from[account_id] = now + NOT_AGAIN_FOR
            return
        self.known[account_id] = page.total
        self._asked_again_from[account_id] = now + COUNTED_FOR
