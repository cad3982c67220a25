"""What a run shows in the Prefect UI: its notifications, with masked recipients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect import task
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact

from duebell.ledger import queries
from duebell.ledger.audit import without_addresses
from duebell.measuring import runs
from tasks import policies
from tasks.runtime import current

MOST_ROWS = 200
_COLUMNS = ("id", "event", "invoice_number", "recipient", "status", "attempts", "reason")


@task(name="show notifications", **policies.ONCE)
async def show_notifications(ids: Sequence[str]) -> None:
    """List the notifications of a run as an artifact, with what became of them in a few words.

    Both in one artifact: each costs the server of Prefect as much as a task.
    """
    rows, found = await current().ledger.read(
        lambda connection: (
            queries.by_ids(connection, list(ids)[:MOST_ROWS]),
            runs.fates(connection, list(ids)),
        )
    )
    more = f" The first {MOST_ROWS} of {len(ids)}." if len(ids) > MOST_ROWS else ""
    await acreate_table_artifact(
        key="notifications",
        table=[_shown(row) for row in rows],
        description=(
            f"{len(ids)} notification{'s' if len(ids) != 1 else ''} of this run, as "
            f"{'they were' if len(ids) != 1 else 'it was'} at its end.{more}\n\n"
            f"{runs.in_words(found)}"
        ),
    )


@task(name="show answers", **policies.ONCE)
async def show_answers(statuses: dict[str, int]) -> None:
    """Show what became of the messages that were asked about."""
    await acreate_markdown_artifact(
        key="answers",
        markdown=runs.answers_in_words(statuses),
        description=f"{sum(statuses.values())} messages were asked about.",
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    # A provider may name the number that it refuses.
    row = {**row, "reason": without_addresses(row["reason"])}
    return {name.replace("_", " "): row[name] for name in _COLUMNS}
