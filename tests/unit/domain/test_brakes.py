"""Brakes: which counts pass a cap, and which do not."""

from __future__ import annotations

import pytest

from duebell.domain.brakes import LEAST_CLIENTS, Cap, Caps, Counts, caps_of, trips
from duebell.domain.rules import Brakes

CAPS = Caps(per_run=500, per_hour=2000, share_of_clients=0.5)


@pytest.mark.parametrize(
    "counts",
    [
        Counts(run=0, hour=0),
        Counts(run=500, hour=2000),
        Counts(run=1, hour=60, clients_told=30, clients=60),
        Counts(run=1, hour=60, clients_told=60, clients=None),
        Counts(run=4, hour=4, clients_told=4, clients=4),
        Counts(run=24, hour=24, clients_told=24, clients=24),
    ],
)
def test_what_is_within_the_caps_goes_on(counts: Counts) -> None:
    """At a cap, with unknown clients, or with few of them, nothing is held."""
    assert trips(counts, CAPS) is None


@pytest.mark.parametrize(
    ("counts", "cap", "reason"),
    [
        (Counts(620, 620), Cap.RUN, "620 messages in one run; the cap is 500"),
        (Counts(5, 2001), Cap.HOUR, "2001 messages within an hour; the cap is 2000"),
        (
            Counts(1, 31, clients_told=31, clients=60),
            Cap.SHARE,
            "31 of 60 clients told within an hour; the cap is 50% of them",
        ),
        (
            Counts(1, 25, clients_told=LEAST_CLIENTS, clients=25),
            Cap.SHARE,
            "25 of 25 clients told within an hour; the cap is 50% of them",
        ),
        (Counts(501, 2001, 30, 30), Cap.RUN, "501 messages in one run; the cap is 500"),
    ],
)
def test_what_passes_a_cap_trips_with_a_sentence(counts: Counts, cap: Cap, reason: str) -> None:
    """One more than a cap trips it; of several the plainest is told."""
    trip = trips(counts, CAPS)

    assert trip is not None
    assert (cap, reason) == (trip.cap, trip.reason)


def test_a_share_of_one_never_holds() -> None:
    """Who allows all clients to be told has no brake by the share of them."""
    everybody = Counts(1, 1000, clients_told=1000, clients=1000)

    without = trips(everybody, Caps(500, 2000, 1.0))
    with_less = trips(everybody, Caps(500, 2000, 0.99))

    assert without is None
    assert with_less is not None


def test_the_rulebook_states_caps_instead_of_the_settings() -> None:
    """What the rulebook states goes before the settings, cap by cap; the share has a default."""
    none = caps_of(Brakes(), per_run=7, per_hour=8)
    some = caps_of(Brakes(per_run=1, share_of_clients=0.25), per_run=7, per_hour=8)

    assert (Caps(7, 8, 0.5), Caps(1, 8, 0.25)) == (none, some)
