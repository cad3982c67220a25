"""upkeep: the webhooks at FreshBooks are there and verified."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from tasks import subscribing
from tasks.runtime import opened


@flow(name="upkeep", flow_run_name="upkeep of webhooks", retries=0, persist_result=False)
async def upkeep() -> State[Any]:
    """Register the webhooks that the rulebook needs and answer FreshBooks' handshakes."""
    async with opened():
        faults = await subscribing.register_webhooks()
        await subscribing.verify_webhooks()
    if faults:
        return Failed(message="; ".join(faults))
    return Completed(message="All webhooks are verified.")
