"""A token store in memory that keeps the promises of the ledger's, and can be told to fail."""

from __future__ import annotations

from dataclasses import replace

from duebell.domain.connections import StoredPair, TokenPair
from duebell.domain.failures import LedgerUnavailable


class MemoryStore:
    """One row, as several processes would share it."""

    def __init__(self, pair: StoredPair | None) -> None:
        self.pair = pair
        self.holder: str | None = None
        self.shut_for = 0
        self.reads_fail = False
        self.commits: list[TokenPair] = []
        self.before_commit: StoredPair | None = None

    async def read(self) -> StoredPair | None:
        """The row as it is."""
        if self.reads_fail:
            raise LedgerUnavailable
        return self.pair

    async def claim_refresh(self, generation: int, owner: str) -> bool:
        """Won by the first who names the right generation, and by nobody twice."""
        if self.pair is None or self.pair.generation != generation or self.holder is not None:
            return False
        self.holder = owner
        return True

    async def replace(self, generation: int, pair: TokenPair) -> bool:
        """Compare and set; refuses as often as it was told to."""
        if self.shut_for:
            self.shut_for -= 1
            raise LedgerUnavailable
        if self.before_commit is not None:
            self.pair, self.before_commit = self.before_commit, None
        if self.pair is None or self.pair.generation != generation:
            return False
        self.commits.append(pair)
        self.pair = StoredPair(generation + 1, pair.access, pair.refresh, pair.expires_at)
        self.holder = None
        return True

    async def release_refresh(self, generation: int, owner: str) -> None:
        """Only the holder's word counts."""
        if self.holder == owner:
            self.holder = None

    async def mark_lost(self, generation: int, reason: str) -> None:
        """Only for the generation it was found out about."""
        if self.pair is not None and self.pair.generation == generation:
            self.pair = replace(self.pair, lost_reason=reason)
