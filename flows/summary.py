"""summary: what became of yesterday's messages, and what needs a hand."""

from __future__ import annotations

from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks import summarising
from tasks.policies import FLOW
from tasks.runtime import opened


@flow(name="summary", flow_run_name="summary of the day", **FLOW)
async def summary(day: date | None = None) -> State[Any]:
    """Show what became of a day's messages, by rule, and what needs a hand now.

    Args:
        day: The day. Leave it empty for yesterday, by each business' own clock.
    """
    async with opened():
        told = await summarising.show_summary(day)
    return Completed(message=told)
