"""Signals: "look at invoice 42". Ids only: a webhook carries nothing else worth trusting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SignalSource(StrEnum):
    """How Duebell came to look at a record."""

    WEBHOOK = "webhook"
    POLL = "poll"
    BACKFILL = "backfill"
    OWN = "own"  # Duebell tells of itself; no record of the books stands behind it


class SignalStatus(StrEnum):
    """Where a signal is in the inbox."""

    WAITING = "waiting"  # nobody works on it; the same signal again is counted, not added
    CLAIMED = "claimed"  # a living worker works on it
    DEFERRED = "deferred"  # to be worked on again at not_before
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Signal:
    """A hint that a record of FreshBooks is worth looking at."""

    account_id: str
    event: str
    object_id: str
    source: SignalSource = SignalSource.WEBHOOK


@dataclass(frozen=True, slots=True)
class ClaimedSignal:
    """A signal that this worker holds, with its row number in the inbox.

    ``failing_since`` is when looking its record up began to fail; None where it did not fail last.
    """

    id: int
    signal: Signal
    received_at: datetime
    tries: int
    failing_since: datetime | None = None
