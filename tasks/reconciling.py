"""Asking Twilio about messages, as tasks."""

from __future__ import annotations

from prefect import get_run_logger, task

from duebell.notifying import reconciling
from tasks import policies
from tasks.runtime import current


@task(name="find doubts", **policies.LEDGER)
async def find_doubts() -> int:
    """Find calls whose outcome nobody recorded."""
    count = await reconciling.find_doubts(current())
    get_run_logger().info("%d calls are in doubt", count)
    return count


@task(name="ask twilio", **policies.READ)
async def ask_twilio() -> dict[str, int]:
    """Ask about every message that is due; what is not answered is asked again later."""
    result = await reconciling.ask_all(current())
    get_run_logger().info(
        "asked about %d messages, %d unanswered: %s",
        result.asked,
        result.unanswered,
        result.statuses,
    )
    return result.statuses
