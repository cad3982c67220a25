"""upkeep: the webhooks at FreshBooks are there, verified, ours alone, and not silent."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from tasks import subscribing
from tasks.policies import FLOW
from tasks.runtime import opened


@flow(name="upkeep", flow_run_name="upkeep of webhooks", **FLOW)
async def upkeep() -> State[Any]:
    """Register the webhooks that the rulebook needs, answer FreshBooks' handshakes, remove our own
    webhooks that nothing needs any more, and notice those that say nothing.
    """
    async with opened():
        faults = await subscribing.register_webhooks()
        faults += await subscribing.verify_webhooks()
        faults += await subscribing.remove_stale_webhooks()
        faults += await subscribing.notice_silence()
    if faults:
        return Failed(message="; ".join(faults))
    return Completed(message="All webhooks are verified.")
