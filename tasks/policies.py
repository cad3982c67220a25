"""The retry policies of tasks, by name, and what all flows have in common.

Prefect repeats reads, and sends that provably did not happen; the ledger's guarded updates make
even a mistaken repeat harmless. No flow has retries: a flow retry runs every task again.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from duebell.domain.failures import ConnectionLost


def _may_pass(task: object, task_run: object, state: State[Any]) -> bool:
    """Whether a failure may be gone in a moment: a lost connection waits for a person."""
    failure = getattr(state.data, "result", state.data)
    return not isinstance(failure, ConnectionLost)


#: Of every flow. No result is kept; but without a place for results the engine asks Prefect's
#: server for one before each run, and the worker's event loop stands still meanwhile.
FLOW: dict[str, Any] = {
    "retries": 0,
    "persist_result": False,
    "result_storage": Path(os.devnull),
}

_EVERY: dict[str, Any] = {"cache_policy": NO_CACHE, "persist_result": False}

#: Questions to FreshBooks or Twilio: asked again after short pauses.
READ: dict[str, Any] = {
    **_EVERY,
    "retries": 2,
    "retry_delay_seconds": [1, 4],
    "retry_condition_fn": _may_pass,
}

#: Sending: what the provider provably did not take (429, no connection) is tried again.
SEND: dict[str, Any] = {**_EVERY, "retries": 3, "retry_delay_seconds": [1, 5, 15]}

#: Changes of the ledger: repeated when the database was busy.
LEDGER: dict[str, Any] = {**_EVERY, "retries": 2, "retry_delay_seconds": [1, 3]}

#: What is only for show, or repeats itself on the next schedule.
ONCE: dict[str, Any] = {**_EVERY, "retries": 0}
