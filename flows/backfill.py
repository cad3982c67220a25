"""backfill: what happened in a past period is told to those who were not told of it."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import date
from typing import Any, cast

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from duebell.backfills.progress import Outcome
from duebell.domain.backfill import Request
from tasks import backfilling
from tasks.policies import FLOW
from tasks.runtime import is_open, opened


@flow(name="backfill", **FLOW)
async def backfill(
    since: date | None = None,
    until: date | None = None,
    events: list[str] | None = None,
    client: str | None = None,
    dry_run: bool = False,
    resume: str | None = None,
) -> State[Any]:
    """Look through the records of a past period, and tell what was not told yet.

    Nobody is told twice. A run that broke off or was held by the brake goes on when it is retried.

    Args:
        since: The first day of the period, in each business' own time zone.
        until: The last day of the period; it belongs to it.
        events: The event types to look for, such as invoice.create or invoice.overdue. Leave it
            empty for all that the rulebook tells and that FreshBooks still knows of.
        client: The FreshBooks id of a client, to look at this client's records only.
        dry_run: Only list what would be sent to whom, and what would not and why.
        resume: The id of an earlier backfill to go on with; the other fields are then left empty.
    """
    request = Request(since, until, tuple(events or ()), client or "", resume or "")
    is_worker = is_open()
    async with (
        opened(),
        backfilling.one_run(str(flow_run.id), is_worker=is_worker, dry_run=dry_run) as run,
    ):
        failure = await _failure_in(backfilling.begin(request, return_state=True))
        while (step := run.next_step) is not None and not failure:
            read = backfilling.read_list(step.event, step.account_id, return_state=True)
            failure = await _failure_in(read)
        if run.outcome is None:
            if not dry_run and not failure:
                failure = await _failure_in(backfilling.await_worker(return_state=True))
            await backfilling.end(failure)
    return _final_state(run.outcome)


async def _failure_in(task_run: object) -> str:
    """What ``return_state=True`` gives for a coroutine; Prefect's types leave the waiting out."""
    state = await cast(Awaitable[State[Any]], task_run)
    return str(state.message) if state.is_failed() else ""


def _final_state(outcome: Outcome | None) -> State[Any]:
    if outcome is None:
        return Failed(message="It broke off.")
    told = f"{outcome}. {outcome.how_to_go_on}".strip()
    is_well = outcome.is_done or outcome.status == "held"
    return Completed(message=told) if is_well else Failed(message=told)
