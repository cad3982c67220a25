"""A worker that runs takes a new connection over; one that still starts does so by itself."""

from __future__ import annotations

import pytest

from deployments.taking_over import hand_over
from duebell.settings import Settings
from tests.flows.installation import forget_registration, run, working

pytestmark = pytest.mark.flow


def test_a_worker_that_still_starts_is_waited_for_and_told_of(settings: Settings) -> None:
    """Where no deployment is registered yet, a sentence says so, after half a minute."""
    told: list[str] = []
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def story() -> bool:
        async with working(settings) as installation:
            for id_ in installation.deployments.values():
                await installation.client.delete_deployment(id_)
        return await hand_over(told.append, sleep)

    try:
        assert not run(story())
    finally:
        forget_registration()
    assert ["The worker still starts; it takes the connection over by itself."] == told
    assert 30 == sum(waits)
