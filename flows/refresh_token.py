"""refresh-token: the connection to FreshBooks never runs out unnoticed."""

from __future__ import annotations

from prefect import flow

from tasks import tokens
from tasks.runtime import opened


@flow(name="refresh-token", persist_result=False)
async def refresh_token() -> None:
    """Renew FreshBooks' access token well before it expires."""
    async with opened():
        await tokens.refresh_token()
