"""All that a command tells of something: its story, its ladder, and what its words mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from duebell.domain.local_times import LocalTimes
from duebell.domain.rules import Rulebook
from duebell.explaining.rungs import Ladder, ladders
from duebell.explaining.silent_rungs import LadderTerms
from duebell.explaining.story import Story, tell
from duebell.ledger.queries import by_ids
from duebell.ledger.retention import removed_before
from duebell.ledger.story import Found

#: Of a client with many invoices the ladders would be longer than the story.
_MOST_LADDERS = 3


@dataclass(frozen=True, slots=True)
class Told:
    """What is told, with the clocks of the firms.

    ``listed`` are the messages as lists show them; ``fault`` says why the rulebook in force is not
    known. ``removed_before`` is up to when retention removed what the story would tell besides its
    messages; None where it did not.
    """

    story: Story
    ladders: tuple[Ladder, ...]
    listed: tuple[dict[str, object], ...]
    times: LocalTimes
    accounts: frozenset[str]
    is_empty: bool
    fault: str = ""
    removed_before: datetime | None = None


def tell_all(
    connection: Connection,
    found: Found,
    terms: LadderTerms,
    times: LocalTimes,
    since: datetime | None,
    rulebook: Rulebook | None,
    fault: str,
) -> Told:
    """Tell what was found, of what happened since then."""
    story = tell(found, terms.now, since, rulebook)
    climbed: list[Ladder] = []
    # Of rungs before then there would be no row, though it was decided about them.
    if rulebook is not None and since is None:
        climbed = ladders(found, rulebook, story.legend, terms)
    return Told(
        story=story,
        ladders=tuple(climbed if len(climbed) <= _MOST_LADDERS else ()),
        listed=tuple(by_ids(connection, [row["id"] for row in found.notifications])),
        times=times,
        accounts=frozenset(row["account_id"] for row in (*found.decisions, *found.notifications)),
        is_empty=found.is_empty,
        fault=fault,
        removed_before=_removed_before(connection, found, since),
    )


def _removed_before(
    connection: Connection, found: Found, since: datetime | None
) -> datetime | None:
    """Messages outlive what was decided about them: where one is older, something is missing."""
    first = min((row["created_at"] for row in found.notifications), default=None)
    before = removed_before(connection) if first is not None else None
    if first is None or before is None:
        return None
    return before if max(first, since or first) < before else None
