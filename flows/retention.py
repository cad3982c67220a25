"""retention: what is too old is forgotten, and the end of the audit trail is kept elsewhere."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks import retention as forgetting
from tasks.policies import FLOW
from tasks.runtime import opened


@flow(name="retention", flow_run_name="what is too old", **FLOW)
async def retention() -> State[Any]:
    """Erase people from old messages, remove old rows, and export the end of the audit trail."""
    async with opened():
        people = await forgetting.forget_people()
        removed = await forgetting.remove_history()
        await forgetting.show(people, removed)
        head = await forgetting.export_head()
    told = "".join(f", {count} {name} removed" for name, count in removed.items() if count)
    return Completed(message=f"{_people(people)}{told}; {head}")


def _people(count: int) -> str:
    if not count:
        return "no message was old enough to forget its people"
    return f"people erased from {count} message{'' if count == 1 else 's'}"
