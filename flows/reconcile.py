"""reconcile: what became of messages that no callback spoke the final word about."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks import artifacts, escalating, reconciling
from tasks.policies import FLOW
from tasks.runtime import opened


@flow(name="reconcile", flow_run_name="what became of open messages", **FLOW)
async def reconcile() -> State[Any]:
    """Find calls whose outcome is in doubt, and ask Twilio about every message that is due."""
    async with opened():
        doubts = await reconciling.find_doubts()
        statuses = await reconciling.ask_twilio()
        await escalating.escalate_failures()
        if statuses:  # a run every other minute that asked nothing has nothing to show
            await artifacts.show_answers(statuses)
    told = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    doubtful = f"{doubts} new doubt{'' if doubts == 1 else 's'}"
    return Completed(message=f"{doubtful}; {told or 'nothing to ask'}")
