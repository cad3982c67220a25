"""refresh-token: the connection to FreshBooks never runs out unnoticed."""

from __future__ import annotations

from prefect import flow

from tasks import tokens
from tasks.policies import FLOW
from tasks.runtime import opened


@flow(name="refresh-token", flow_run_name="connection to FreshBooks", **FLOW)
async def refresh_token() -> None:
    """Take over what a person changed in the blocks, and renew FreshBooks' access token in time."""
    async with opened():
        await tokens.take_over_credentials()
        await tokens.refresh_token()
