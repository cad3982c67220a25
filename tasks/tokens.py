"""What a person changes in the blocks while workers run; and the connection to FreshBooks."""

from __future__ import annotations

from prefect import get_run_logger, task

from duebell.domain.failures import ConnectionLost
from duebell.ledger.ledger import Ledger
from duebell.settings import Settings
from tasks import policies
from tasks.announcing import announce_loss
from tasks.emailing import load_sendgrid
from tasks.runtime import current, load_credentials, seed


async def tell_signing_keys(ledger: Ledger, settings: Settings) -> None:
    """Tell the webhook process with what Twilio and SendGrid sign, as the blocks have it now."""
    _, twilio = await load_credentials(settings)
    await ledger.put_auth_tokens(twilio.tokens())
    if (sendgrid := await load_sendgrid(settings)) is not None:
        await ledger.put_sendgrid_key(sendgrid.webhook_key)


@task(name="take over credentials", **policies.READ)
async def take_over_credentials() -> bool:
    """Take over the accounts, and a refresh token that a person put into the block: True if so."""
    runtime = current()
    freshbooks, _ = await load_credentials(runtime.settings)
    await tell_signing_keys(runtime.ledger, runtime.settings)
    is_new = await seed(runtime.ledger, freshbooks, runtime.settings)
    # Asked for again where they are needed: another user may see other businesses.
    runtime.account_ids, runtime.businesses = tuple(freshbooks.account_ids), {}
    get_run_logger().info("a new refresh token" if is_new else "no new refresh token")
    return is_new


@task(name="refresh token", **policies.READ)
async def refresh_token() -> None:
    """Renew the access token if it is about to expire; that it cannot be is announced."""
    try:
        await current().books.keep_token_fresh()
    except ConnectionLost:
        await announce_loss(current())
        raise
    get_run_logger().info("the connection to FreshBooks is good")
