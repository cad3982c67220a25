"""What a run shows in the Prefect UI: its notifications, with masked recipients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect import task
from prefect.artifacts import acreate_table_artifact

from duebell.ledger import queries
from tasks import policies
from tasks.runtime import current

MOST_ROWS = 200
_COLUMNS = ("id", "event", "invoice_number", "recipient", "status", "reason", "attempts")


@task(name="show notifications", **policies.ONCE)
async def show_notifications(ids: Sequence[str]) -> None:
    """List the notifications of a run as an artifact."""
    rows = await current().ledger.read(
        lambda connection: queries.by_ids(connection, list(ids)[:MOST_ROWS])
    )
    more = f" The first {MOST_ROWS} of {len(ids)}." if len(ids) > MOST_ROWS else ""
    await acreate_table_artifact(
        key="notifications",
        table=[_shown(row) for row in rows],
        description=f"{len(ids)} notifications of this run, as they were at its end.{more}",
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("_", " "): row[name] for name in _COLUMNS}
