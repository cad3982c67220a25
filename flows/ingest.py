"""ingest: what changed in the books, and which invoices fall due, becomes signals."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, cast

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from tasks import ingesting
from tasks.policies import FLOW
from tasks.runtime import opened


@flow(name="ingest", flow_run_name="what changed in the books", **FLOW)
async def ingest(account_ids: list[str] | None = None, rescan_ladder: bool = False) -> State[Any]:
    """Look for what no webhook told, and for invoices that fall due by the calendar.

    May be run at any time, also while another run of it is under way: what is found twice is told
    once.

    Args:
        account_ids: The FreshBooks accounts to look at. Leave it empty for all.
        rescan_ladder: Look through all unpaid invoices for due dates even if that was done today
            already, for example after a change of the rulebook.
    """
    async with opened():
        with ingesting.poll_round():
            accounts = await ingesting.list_accounts()
            unknown = [one for one in account_ids or [] if one not in accounts]
            if unknown:
                return Failed(message=f"{', '.join(unknown)}: no account of this installation.")
            chosen = account_ids or accounts
            states = await asyncio.gather(*(_look(one, rescan_ladder) for one in chosen))
            failed = [state for pair in states for state in pair if state.is_failed()]
            told = ingesting.summary()
            said = [*ingesting.faults(), *(str(state.message) for state in failed)]
    if said:
        return Failed(message=f"{told}. {'; '.join(dict.fromkeys(said))}")
    return Completed(message=told)


async def _look(account_id: str, rescan_ladder: bool) -> list[State[Any]]:
    """Both looks at one account; trouble with the first does not stop the second."""
    changes = await _state_of(ingesting.read_changes(account_id, return_state=True))
    ladder = await _state_of(ingesting.scan_ladder(account_id, rescan_ladder, return_state=True))
    return [changes, ladder]


def _state_of(task_run: object) -> Awaitable[State[Any]]:
    """What ``return_state=True`` gives for a coroutine; Prefect's types leave the waiting out."""
    return cast(Awaitable[State[Any]], task_run)
