"""The OAuth connection to FreshBooks: one pair of tokens, rotated by one owner at a time.

A refresh token works once, and only the newest is alive
(https://www.freshbooks.com/api/authentication), so a pair that is lost between the answer and the
ledger costs the connection. Hence the rules here:

- one refresh at a time: in this process by a lock, across processes by the store's claim;
- the new pair is committed before its access token is used;
- a refresh token that was answered is never sent again, even if the new pair could not be stored;
- after a lost answer the store is read again; only a later call tries the same token once more,
  because nothing else can tell whether the connection lives;
- a caller that is cancelled does not cancel the refresh it waits for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import httpx

from duebell.domain.connections import StoredPair, TokenPair
from duebell.domain.failures import (
    ConnectionLost,
    CredentialsRefused,
    ProviderError,
    TryAgain,
)
from duebell.providers.freshbooks.grants import Grants, Spent, Unanswered

#: A token is renewed this long before it expires, so that none expires on its way.
EARLY = timedelta(seconds=60)
#: And so long before it by the schedule: twice its pause, so that one round may fail.
AHEAD = timedelta(hours=1)
#: A good token is handed out for this long before the store is looked at again: a person may have
#: connected anew, as another user or with other scopes, which the old token knows nothing of.
LOOK_AGAIN = timedelta(seconds=30)
#: A token that is refused so soon after it was issued is not renewed again: nothing must loop.
YOUNG = timedelta(seconds=30)
#: How long to wait for another process' refresh. Longer than a claim lasts and a request takes.
POLL_SECONDS, POLLS = 0.2, 300
#: How long another process may take to commit the pair that made ours invalid.
GRACE_SECONDS = 1.0
STORE_TRIES = 4

_CONNECT = "run `duebell connect freshbooks`."
NOT_CONNECTED = f"Duebell is not connected to FreshBooks; {_CONNECT}"
LOST = f"FreshBooks no longer accepts the stored refresh token; {_CONNECT}"


def _ahead(pair: StoredPair) -> timedelta:
    """How long before its end a token is renewed on schedule; half of a short life at most."""
    if pair.renewed_at is None or pair.expires_at is None:
        return EARLY
    return min(AHEAD, (pair.expires_at - pair.renewed_at) / 2)


class TokenStore(Protocol):
    """Where the pair is kept. ``generation`` grows by one with every replacement."""

    async def read(self) -> StoredPair | None:
        """The pair as committed, or None where nobody ever connected."""
        ...

    async def claim_refresh(self, generation: int, owner: str) -> bool:
        """Win the right to refresh this generation for a while; False where another holds it."""
        ...

    async def replace(self, generation: int, pair: TokenPair) -> bool:
        """Commit the pair that follows this generation and end the claim.

        False where the store has another generation by now.
        """
        ...

    async def release_refresh(self, generation: int, owner: str) -> None:
        """Give the right back without a new pair."""
        ...

    async def mark_lost(self, generation: int, reason: str) -> None:
        """Note that this generation is dead, so that nobody sends its token again."""
        ...


class AccessTokens:
    """Access tokens for one connection. Shared by all calls of a process.

    ``http``'s base URL is the API's; ``now`` gives aware UTC; ``owner`` names this process among
    those that share the store.
    """

    def __init__(
        self,
        store: TokenStore,
        http: httpx.AsyncClient,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        owner: str,
    ) -> None:
        self._store = store
        self._grants = Grants(http, client_id, client_secret, redirect_uri, now=now)
        self._now = now
        self._sleep = sleep
        self._owner = owner
        self._lock = asyncio.Lock()
        self._pair: StoredPair | None = None
        self._looked_at: datetime | None = None
        self._refreshed: tuple[str, datetime] | None = None
        #: Pairs that came but could not be stored, by the spent token that they follow.
        self._unstored: dict[str, TokenPair] = {}
        self._running: set[asyncio.Task[str]] = set()

    async def current(self) -> str:
        """An access token that is good for another minute at least; refreshes where needed.

        Raises:
            ConnectionLost: a person has to connect again.
            CredentialsRefused: FreshBooks does not know this application or its secret.
            TryAgain: it cannot be told now; a later call may succeed.
        """
        if self._pair is not None and self._is_good(self._pair, None):
            await self._look_again(self._pair)
            if self._pair is not None:
                return self._pair.access or ""
        return await self._undisturbed(None)

    async def renew(self, refused: str) -> str:
        """Another access token than ``refused``, which FreshBooks answered with 401.

        Raises:
            CredentialsRefused: the refused token had only just been issued, so that another one
                would fare no better.
            ConnectionLost, TryAgain: as with :meth:`current`.
        """
        return await self._undisturbed(refused)

    async def keep_fresh(self) -> str:
        """An access token that is good for a good while; whoever calls now and then never waits.

        Raises:
            ConnectionLost, CredentialsRefused, TryAgain: as with :meth:`current`.
        """
        pair = await self._read()
        is_ending = pair.expires_at is not None and self._now() + _ahead(pair) >= pair.expires_at
        return await self._undisturbed(pair.access) if is_ending else await self.current()

    async def _look_again(self, held: StoredPair) -> None:
        """Let go of the pair where the store has a newer one; looks only now and then."""
        now = self._now()
        if self._looked_at is not None and now - self._looked_at < LOOK_AGAIN:
            return
        self._looked_at = now
        try:
            there = await self._store.read()
        except Exception:  # a store that is shut says nothing about a token that is good
            return
        if there is not None and there.generation != held.generation and self._pair is held:
            self._pair = None

    async def _undisturbed(self, refused: str | None) -> str:
        """Run to the end even where the caller is cancelled: an answer must reach the store."""
        task = asyncio.ensure_future(self._next(refused))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _next(self, refused: str | None) -> str:
        async with self._lock:
            if self._pair is not None and self._is_good(self._pair, refused):
                return self._pair.access or ""
            for _ in range(POLLS):
                pair = await self._read()
                if self._is_good(pair, refused):
                    self._pair, self._looked_at = pair, self._now()
                    return pair.access or ""
                if not await self._may_refresh(pair):
                    await self._sleep(POLL_SECONDS)
                elif access := await self._refresh(pair, refused):
                    return access
            raise TryAgain("Another process is still refreshing the FreshBooks connection.")

    async def _may_refresh(self, pair: StoredPair) -> bool:
        """Win the claim; to store what only this process has, none is needed."""
        if pair.refresh in self._unstored:
            return True
        return await self._store.claim_refresh(pair.generation, self._owner)

    def _is_good(self, pair: StoredPair, refused: str | None) -> bool:
        if not pair.access or pair.access == refused or pair.expires_at is None:
            return False
        return self._now() + EARLY < pair.expires_at

    async def _read(self) -> StoredPair:
        pair = await self._store.read()
        if pair is None:
            raise ConnectionLost(NOT_CONNECTED)
        # Another process may have found the token spent that this one holds the answer to.
        if pair.lost_reason and pair.refresh not in self._unstored:
            self._pair = None  # whoever asks next is told so without a request
            raise ConnectionLost(pair.lost_reason)
        return pair

    async def _refresh(self, pair: StoredPair, refused: str | None) -> str | None:
        """Exchange the refresh token and commit what comes; the claim is ours.

        None where the store has to be read again, because another pair counts.
        """
        try:
            self._refuse_to_spin(pair, refused)
            new = self._unstored.get(pair.refresh)
            if new is None:
                new = await self._grants.refresh(pair.refresh)
                self._unstored[pair.refresh] = new
            return await self._commit(pair, new)
        except Spent:
            await self._settle_spent(pair)
        except Unanswered as lost:
            await self._store.release_refresh(pair.generation, self._owner)
            if (await self._read()).generation == pair.generation:
                raise TryAgain(str(lost)) from None
        except ProviderError:
            await self._store.release_refresh(pair.generation, self._owner)
            raise
        return None

    def _refuse_to_spin(self, pair: StoredPair, refused: str | None) -> None:
        """A token refused as soon as it was issued is not mended by another refresh."""
        if refused is None or self._refreshed is None or refused != pair.access:
            return
        token, at = self._refreshed
        if token == refused and self._now() - at < YOUNG:
            raise CredentialsRefused("FreshBooks refuses a token it has only just issued.")

    async def _commit(self, pair: StoredPair, new: TokenPair) -> str | None:
        """Store the new pair, trying hard: it exists nowhere else.

        Where the store stays shut, the pair is kept in memory and stored by a later call. Where
        another pair was stored meanwhile, that one counts.
        """
        if not await self._replace(pair.generation, new):
            return None
        del self._unstored[pair.refresh]
        self._looked_at = self._now()
        self._pair = StoredPair(pair.generation + 1, new.access, new.refresh, new.expires_at)
        self._refreshed = (new.access, self._now())
        return new.access

    async def _replace(self, generation: int, new: TokenPair) -> bool:
        for attempt in range(1, STORE_TRIES):
            try:
                return await self._store.replace(generation, new)
            except Exception:  # whatever keeps the store shut may pass
                await self._sleep(POLL_SECONDS * attempt)
        return await self._store.replace(generation, new)

    async def _settle_spent(self, pair: StoredPair) -> None:
        """``invalid_grant``: either another process was faster, or the connection is lost."""
        await self._sleep(GRACE_SECONDS)
        if (await self._read()).generation != pair.generation:
            return
        await self._store.mark_lost(pair.generation, LOST)
        await self._store.release_refresh(pair.generation, self._owner)
        self._pair = None
        raise ConnectionLost(LOST)
