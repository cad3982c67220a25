"""Brakes: over a cap, sending holds until a person says that it may go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from duebell.domain.rules import Brakes

#: Over how long messages and clients are counted.
WINDOW = timedelta(hours=1)
#: With fewer clients told, a share of them says nothing: a small firm tells all four it has.
LEAST_CLIENTS = 25
DEFAULT_SHARE = 0.5


class Cap(StrEnum):
    """Over which cap a brake engaged."""

    RUN = "run"
    HOUR = "hour"
    SHARE = "share"


class BrakeStatus(StrEnum):
    """Where a brake is. An account has one that is engaged at most."""

    ENGAGED = "engaged"
    RELEASED = "released"  # a person let go what it held
    DROPPED = "dropped"  # a person had it suppressed


@dataclass(frozen=True, slots=True)
class Caps:
    """The most messages of an account in a run and in an hour, and the most of its clients.

    ``share_of_clients`` is a part of them, more than 0 and 1 at most.
    """

    per_run: int
    per_hour: int
    share_of_clients: float = DEFAULT_SHARE


@dataclass(frozen=True, slots=True)
class Counts:
    """What was cleared to leave in an account: in this run, and with it within the last hour.

    ``clients`` is how many the account has, None where nobody knows; ``clients_told`` is how many
    of them were told something within the hour.
    """

    run: int
    hour: int
    clients_told: int = 0
    clients: int | None = None


@dataclass(frozen=True, slots=True)
class Trip:
    """That a cap was passed; ``reason`` is a sentence without its full stop."""

    cap: Cap
    reason: str


def caps_of(stated: Brakes, *, per_run: int, per_hour: int) -> Caps:
    """The caps in force: what the rulebook states, and the settings' where it states nothing."""
    share = stated.share_of_clients
    return Caps(
        per_run=per_run if stated.per_run is None else stated.per_run,
        per_hour=per_hour if stated.per_hour is None else stated.per_hour,
        share_of_clients=DEFAULT_SHARE if share is None else share,
    )


def trips(counts: Counts, caps: Caps) -> Trip | None:
    """The cap that these counts pass, the plainest first; None where all is within the caps."""
    if counts.run > caps.per_run:
        return Trip(Cap.RUN, f"{counts.run} messages in one run; the cap is {caps.per_run}")
    if counts.hour > caps.per_hour:
        return Trip(Cap.HOUR, f"{counts.hour} messages within an hour; the cap is {caps.per_hour}")
    return _trips_share(counts, caps.share_of_clients)


def _trips_share(counts: Counts, share: float) -> Trip | None:
    told, clients = counts.clients_told, counts.clients
    if clients is None or told < LEAST_CLIENTS or told <= share * clients:
        return None
    reason = f"{told} of {clients} clients told within an hour; the cap is {share:.0%} of them"
    return Trip(Cap.SHARE, reason)
