"""Trouble with FreshBooks that people have to hear of, whoever notices it.

A lost connection is told by the ledger itself, in the transaction that marks it as lost.
"""

from __future__ import annotations

from duebell.ledger import losses
from duebell.runtime import Runtime


async def report_inactive(runtime: Runtime, account_id: str) -> bool:
    """Tell that FreshBooks calls an account inactive (1042); False where that was told today."""
    now = runtime.now()
    return await runtime.ledger.write(
        lambda connection: losses.tell_inactive(connection, account_id, now)
    )
