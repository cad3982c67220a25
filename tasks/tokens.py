"""Keeping the connection to FreshBooks, as a task."""

from __future__ import annotations

from prefect import get_run_logger, task

from tasks import policies
from tasks.runtime import current, load_credentials


@task(name="take over credentials", **policies.READ)
async def take_over_credentials() -> bool:
    """Start anew from a refresh token that a person put into the block; True if there is one."""
    runtime = current()
    freshbooks, twilio = await load_credentials(runtime.settings)
    await runtime.ledger.put_auth_tokens(twilio.tokens())
    is_new = await runtime.ledger.seed_connection(freshbooks.refresh_token.get_secret_value())
    get_run_logger().info("a new refresh token" if is_new else "no new refresh token")
    return is_new


@task(name="refresh token", **policies.READ)
async def refresh_token() -> None:
    """Renew the access token if it is about to expire."""
    await current().books.keep_token_fresh()
    get_run_logger().info("the connection to FreshBooks is good")
