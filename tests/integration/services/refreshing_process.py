"""A process that needs access tokens, as every worker does. It may be told to die in the middle.

Its arguments are a JSON object: see :class:`Order`. It says how it ended in one word.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta

from duebell.domain.connections import TokenPair
from duebell.domain.failures import ConnectionLost
from duebell.ledger.ledger import Ledger, LedgerTokens, utc_now
from duebell.ledger.sealing import Sealer
from duebell.providers.freshbooks.oauth import AccessTokens
from duebell.providers.http import open_client
from duebell.sandbox import credentials


@dataclass(frozen=True)
class Order:
    """What a process is to do: ``rounds`` times, ``callers`` at once ask for a token."""

    ledger_url: str
    key: str
    sandbox_url: str
    owner: str
    rounds: int = 1
    callers: int = 1
    #: How far its clock is ahead.
    ahead_seconds: float = 0.0
    #: Whether it is killed between FreshBooks' answer and its commit.
    dies: bool = False


class Deadly(LedgerTokens):
    """A store before which the process dies."""

    async def replace(self, generation: int, pair: TokenPair) -> bool:
        """Die as a crash does; the pair was in this process's memory alone."""
        os.kill(os.getpid(), signal.SIGKILL)
        return False


async def ask(order: Order) -> None:
    """Ask for tokens."""

    def now() -> datetime:
        return utc_now() + timedelta(seconds=order.ahead_seconds)

    sealer = Sealer(order.key)
    ledger = Ledger(order.ledger_url, sealer, now=now)
    store = (Deadly if order.dies else LedgerTokens)(ledger, sealer, now)
    async with open_client(order.sandbox_url) as http:
        tokens = AccessTokens(
            store,
            http,
            credentials.CLIENT_ID,
            credentials.CLIENT_SECRET,
            "https://duebell.example/oauth",
            now=now,
            owner=order.owner,
        )
        for _ in range(order.rounds):
            await asyncio.gather(*(tokens.current() for _ in range(order.callers)))
    ledger.close()


if __name__ == "__main__":
    try:
        asyncio.run(ask(Order(**json.loads(sys.argv[1]))))
    except ConnectionLost:
        sys.stdout.write("lost\n")
    else:
        sys.stdout.write("good\n")
