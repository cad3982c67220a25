"""notify: a batch of signals becomes messages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, cast

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from tasks import artifacts, notifying
from tasks.policies import FLOW
from tasks.runtime import opened

#: The most signals that a run takes by itself when it is started without a batch.
MOST_SIGNALS = 200


@flow(name="notify", **FLOW)
async def notify(batch_id: str | None = None) -> State[Any]:
    """Look the records up, decide who hears what, send it and record what became of it.

    May be retried at any time: it does what is left, and sends nothing twice.

    Args:
        batch_id: The batch of signals to work on. Leave it empty to work on whatever is waiting
            in the inbox.
    """
    async with opened():
        with notifying.batch(batch_id or str(flow_run.id)):
            if not await notifying.claim_signals(0 if batch_id else MOST_SIGNALS):
                return Completed(message="Nothing is left to do.")
            looked_up = await _state_of(notifying.look_up_records(return_state=True))
            failures = [looked_up] if looked_up.is_failed() else []
            if await notifying.decide():
                sent = await asyncio.gather(
                    *(
                        _state_of(notifying.send_texts(ids, return_state=True))
                        for ids in notifying.chunks()
                    )
                )
                failures += [state for state in sent if state.is_failed()]
            told = await notifying.record_outcome()
            if ids := notifying.notification_ids():
                await _state_of(artifacts.show_notifications(ids, return_state=True))
    return _final_state(told, failures)


def _state_of(task_run: object) -> Awaitable[State[Any]]:
    """What ``return_state=True`` gives for a coroutine; Prefect's types leave the waiting out."""
    return cast(Awaitable[State[Any]], task_run)


def _final_state(told: str, failures: list[State[Any]]) -> State[Any]:
    if failures:
        return Failed(message=f"{told}. It goes on by itself. {failures[0].message}")
    return Completed(message=told)
