"""Keeping the connection to FreshBooks, as a task."""

from __future__ import annotations

from prefect import get_run_logger, task

from tasks import policies
from tasks.runtime import current


@task(name="refresh token", **policies.READ)
async def refresh_token() -> None:
    """Renew the access token if it is about to expire."""
    await current().books.keep_token_fresh()
    get_run_logger().info("the connection to FreshBooks is good")
