"""The steps of a batch as tasks. The batch itself is found through the context, never passed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from prefect import get_run_logger, task

from duebell.domain.failures import TryAgain
from duebell.measuring import runs
from duebell.notifying.batch import Batch
from tasks import policies
from tasks.announcing import announce_brake
from tasks.runtime import current, follow_rulebook

#: How many notifications one task run stands for.
CHUNK = 100

_batch: ContextVar[Batch] = ContextVar("batch")


@contextlib.contextmanager
def batch(batch_id: str) -> Iterator[None]:
    """Let the tasks inside work on this batch."""
    token = _batch.set(Batch(current(), batch_id))
    try:
        yield
    finally:
        _batch.reset(token)


@task(name="claim signals", **policies.LEDGER)
async def claim_signals(most: int) -> int:
    """Take what is left of the batch, or what waits in the inbox; by the rulebook as it is now."""
    await follow_rulebook()
    count = await _batch.get().claim(most)
    get_run_logger().info("%d signals to work on", count)
    return count


@task(name="look up records", **policies.READ)
async def look_up_records() -> None:
    """Read the records from FreshBooks; repeated for those that could not be read."""
    failures = await _batch.get().look_up()
    if failures:
        raise TryAgain(f"{len(failures)} records could not be read: {failures[0]}")
    get_run_logger().info("records read")


@task(name="decide", **policies.LEDGER)
async def decide() -> int:
    """Decide who hears what, and record every decision."""
    count = await _batch.get().decide()
    for brake in _batch.get().braked:
        announce_brake(brake)
        get_run_logger().warning("brake %d has engaged: %s", brake.id, brake.reason)
    get_run_logger().info("%d notifications to send", count)
    return count


def chunks() -> list[list[str]]:
    """The ids of the notifications that are ready, in portions for :func:`send_texts`."""
    ready = _batch.get().outbox.ready()
    return [ready[start : start + CHUNK] for start in range(0, len(ready), CHUNK)]


@task(name="send texts", **policies.SEND)
async def send_texts(notification_ids: list[str]) -> int:
    """Send these notifications; repeated for those that provably did not leave."""
    left = await _batch.get().outbox.send(notification_ids)
    if left:
        raise TryAgain(f"{left} of {len(notification_ids)} texts could not be handed over yet")
    get_run_logger().info("%d texts handed over", len(notification_ids))
    return len(notification_ids)


@task(name="record outcome", **policies.LEDGER)
async def record_outcome() -> str:
    """End the signals that are worked off and put off the others; says what became of it all."""
    counts = await _batch.get().finish()
    ids = notification_ids()  # here, because the ledger reads in a thread that knows no batch
    found = await current().ledger.read(lambda c: runs.fates(c, ids))
    told = runs.in_a_line(found, counts)
    get_run_logger().info("%s", told)
    return told


def notification_ids() -> list[str]:
    """All notifications of the batch, for the artifact."""
    return list(_batch.get().outbox.pending)
