"""What a backfill shows in the Prefect UI: how far it is, and what came of it; nobody's name."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from prefect.artifacts import (
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)

from duebell.backfills.progress import Outcome, Progress
from duebell.backfills.rehearsing import Rehearsed

log = logging.getLogger(__name__)

MOST_ROWS = 200
EVERY_SECONDS = 1.0
_SHOWN = (
    *("day", "event", "object_id", "number", "audience"),
    *("recipient", "verdict", "reason", "template"),
)


class ProgressArtifact:
    """The progress bar of a run."""

    def __init__(self) -> None:
        self._id: UUID | None = None
        self._shown_at = 0.0

    async def show(self, progress: Progress, *, is_last: bool = False) -> None:
        """Show how far it is, once a second at most; that it cannot be shown stops nothing."""
        now = asyncio.get_running_loop().time()
        if self._id is not None and not is_last and now - self._shown_at < EVERY_SECONDS:
            return
        self._shown_at = now
        try:
            await self._show(progress)
        except Exception as failure:
            log.warning("progress_not_shown", extra={"reason": type(failure).__name__})

    async def _show(self, progress: Progress) -> None:
        percent = round(100 * progress.share, 1)
        if self._id is None:
            self._id = await acreate_progress_artifact(percent, "backfill", str(progress))
        else:
            await aupdate_progress_artifact(self._id, percent, str(progress))


async def show_outcome(outcome: Outcome) -> None:
    """Show how often what was decided, and why."""
    await acreate_table_artifact(
        key="backfill-outcome",
        table=_counts(outcome),
        description=str(outcome),
    )


async def show_rehearsal(outcome: Outcome, rows: Sequence[Rehearsed]) -> None:
    """Show the first rows of a dry run, and the counts of all."""
    await show_outcome(outcome)
    await acreate_table_artifact(
        key="backfill-dry-run",
        table=[{name: _in_words(getattr(row, name)) for name in _SHOWN} for row in rows],
        description=f"The first {len(rows)} rows of the dry run; nothing was sent. {outcome}",
    )


def _counts(outcome: Outcome) -> list[dict[str, Any]]:
    return [
        {"verdict": verdict, "reason": reason, "count": count}
        for verdict, reason, count in outcome.decisions[:MOST_ROWS]
    ]


def _in_words(value: object) -> str:
    return "" if value is None else str(value)
