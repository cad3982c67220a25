"""Days and times as people type them."""

from __future__ import annotations

from datetime import datetime

import typer


def a_moment(text: str) -> datetime:
    """Read a day or a time; one without a zone is left without, for the business' clock.

    Raises:
        typer.BadParameter: if it is neither.
    """
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(
            "use a day like 2026-11-14 or a time like 2026-11-14T09:30"
        ) from None
