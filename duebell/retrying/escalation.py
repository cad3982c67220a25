"""Having staff told of failures that nobody has seen to, as the rulebook says."""

from __future__ import annotations

from datetime import timedelta

from duebell.ledger import escalating
from duebell.ledger.failures import FAILED
from duebell.runtime import Runtime


async def escalate(runtime: Runtime) -> int:
    """Have staff told of what failed, once for each; gives how many digests that makes.

    Without a rule nobody would be told, so nothing is marked as told.
    """
    if not runtime.rulebook.rules_for(FAILED):
        return 0
    terms, now = runtime.rulebook.escalation, runtime.now()
    after = timedelta(hours=terms.after_hours)
    return await runtime.ledger.write(lambda c: escalating.escalate(c, after, terms.failures, now))
