"""What became of the messages of one run, in a few words: what a bookkeeper asks first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from duebell.domain.delivery import NotificationStatus
from duebell.ledger.audit import without_addresses
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.statements import rows_among
from duebell.measuring.summary import Tally, words_of

#: More reasons than these are summed up.
MOST_REASONS = 5
_PLANNED = NotificationStatus.PLANNED
_WORDS = ("sent", "delivered", "failed", "unknown", "held", "waiting", "suppressed")
#: Outcomes of signals that say the same as the state of their messages.
_OF_MESSAGES = frozenset({"planned", "held", "put off"})
_EXPLAINED = frozenset({"failed", "unknown", "held", "suppressed"})


@dataclass(frozen=True, slots=True)
class Fate:
    """Where a message is, and why it is not on its way."""

    tally: Tally
    why: str


def fates(connection: Connection, ids: Collection[str]) -> list[Fate]:
    """Where these messages are now."""
    table = NOTIFICATIONS.c
    columns = (table.rule, table.status, table.failed, table.hold, table.reason)
    rows = rows_among(connection, select(*columns), table.id, ids)
    return [
        Fate(
            Tally(rule, status, failed, hold is not None, 1),
            without_addresses(hold if hold and status == _PLANNED else reason) or "",
        )
        for rule, status, failed, hold, reason in rows
    ]


def in_words(found: Iterable[Fate]) -> str:
    """All of them in Markdown: how many became what, and why some did not leave or arrive."""
    counts: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    for fate in found:
        words = words_of(fate.tally)
        counts.update(words)
        if fate.why and words[-1] in _EXPLAINED:
            reasons[words[-1], fate.why] += 1
    told = ", ".join(f"**{counts[word]} {word}**" for word in _WORDS if counts[word])
    return "\n".join([f"{told or 'None'}.", *_why(reasons)])


def in_a_line(found: Iterable[Fate], signals: Mapping[str, int]) -> str:
    """The same for the state of a run, with the outcomes of the signals that led to no message.

    Without what was delivered: that is heard of later, or was by chance.
    """
    counts = Counter(word for fate in found for word in words_of(fate.tally))
    told = [f"{counts[word]} {word}" for word in _WORDS if counts[word] and word != "delivered"]
    left_out = _OF_MESSAGES if told else frozenset()
    others = [f"{count} {word}" for word, count in sorted(signals.items()) if word not in left_out]
    messages = ", ".join(told)
    return "; signals: ".join(filter(None, (messages, ", ".join(others))))


def _why(reasons: Mapping[tuple[str, str], int]) -> list[str]:
    ranked = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    lines = [f"- {count} {word}: {why}" for (word, why), count in ranked[:MOST_REASONS]]
    more = sum(count for _, count in ranked[MOST_REASONS:])
    return [*lines, f"- {more} more, for other reasons"] if more else lines


def answers_in_words(statuses: Mapping[str, int]) -> str:
    """What providers said when they were asked, in Markdown."""
    lines = [f"| {status} | {count} |" for status, count in sorted(statuses.items())]
    return "\n".join(["| is now | messages |", "|---|---:|", *lines])
