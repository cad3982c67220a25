"""Telling staff of failures that nobody has seen to, as a task."""

from __future__ import annotations

from prefect import get_run_logger, task

from duebell.retrying import escalation
from tasks import policies
from tasks.runtime import current


@task(name="escalate failures", **policies.LEDGER)
async def escalate_failures() -> int:
    """Have staff told of what failed, once for each; gives how many digests that makes."""
    count = await escalation.escalate(current())
    if count:
        noun = "digest" if count == 1 else "digests"
        get_run_logger().info("staff is told of failures, in %d %s", count, noun)
    return count
