"""The daily summary, as a task."""

from __future__ import annotations

from datetime import date

from prefect import task
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact

from duebell.measuring import summary
from duebell.measuring.summary_reading import summarise
from tasks import policies
from tasks.runtime import current


@task(name="show summary", **policies.ONCE)
async def show_summary(day: date | None) -> str:
    """Show the summary of a day as artifacts; gives it in a few words."""
    runtime = current()
    base_url, now = runtime.settings.public_url, runtime.now()
    found = await runtime.ledger.read(lambda c: summarise(c, base_url, now, day))
    await acreate_markdown_artifact(
        key="daily-summary",
        markdown=summary.markdown(found),
        description="What became of the day's messages, and what needs a hand.",
    )
    await acreate_table_artifact(
        key="daily-summary-by-rule",
        table=summary.table(found),
        description="What became of the day's messages, by rule.",
    )
    return summary.in_a_line(found)
