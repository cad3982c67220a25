"""Forgetting what is too old, and keeping the end of the audit trail outside of the ledger."""

from __future__ import annotations

import logging
from datetime import timedelta

from prefect import get_run_logger, task
from prefect.artifacts import acreate_table_artifact

from duebell.auditing.heads import FILE, grouped, write_head
from duebell.ledger import retention
from duebell.ledger.audit_chain import head_of
from duebell.ledger.businesses import local_times
from duebell.ledger.ledger import utc_now
from duebell.ledger.retention import PORTION, REMOVALS, Removal
from tasks import policies
from tasks.runtime import current

log = logging.getLogger(__name__)

PEOPLE = "messages without names, addresses and texts"


@task(name="forget people", **policies.LEDGER)
async def forget_people() -> int:
    """Erase the people of settled messages that are older than RETENTION_DAYS."""
    count = await _all(retention.forget_people, current().settings.retention_days)
    get_run_logger().info("messages from which people were erased: %d", count)
    return count


@task(name="remove history", **policies.LEDGER)
async def remove_history() -> dict[str, int]:
    """Remove rows that are older than HISTORY_DAYS; none where that is not set."""
    days = current().settings.history_days
    if days is None:
        return {}
    counts = {name: await _all(remove, days) for name, remove in REMOVALS.items()}
    get_run_logger().info("removed: %s", counts)
    return counts


async def _all(remove: Removal, days: int) -> int:
    now = utc_now()
    before = now - timedelta(days=days)
    total, last = 0, PORTION
    while last == PORTION:
        last = await current().ledger.write(lambda c: remove(c, before, now))
        total += last
    return total


@task(name="export audit head", **policies.ONCE)
async def export_head() -> str:
    """Keep the end of the audit trail in a file, in the log and in Prefect."""
    head, now = await current().ledger.read(head_of), utc_now()
    if not head.position:
        return "the audit trail is empty"
    write_head(current().settings.home / FILE, head, now)
    log.info("audit_head", extra={"position": head.position, "link": grouped(head.link)})
    times = await current().ledger.read(local_times)
    await acreate_table_artifact(
        key="audit-head",
        table=[{"position": head.position, "link": head.link, "at": times.minute(now)}],
        description="Where the audit trail ended: `duebell audit verify --head POSITION:LINK`.",
    )
    return f"the audit trail has {head.position} links"


@task(name="show retention", **policies.ONCE)
async def show(people: int, removed: dict[str, int]) -> None:
    """List what was forgotten as an artifact."""
    counts = {PEOPLE: people, **removed}
    await acreate_table_artifact(
        key="retention",
        table=[{"what": name, "rows": count} for name, count in counts.items()],
        description="What was older than DUEBELL_RETENTION_DAYS and DUEBELL_HISTORY_DAYS.",
    )
