"""Runs that a dead worker left behind are marked, and those of the living are left alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import Running

from deployments.executing import create_run
from deployments.sweeping import mark_crashed
from duebell.settings import Settings
from tests.flows.installation import Installation, run, working

pytestmark = pytest.mark.flow


async def taken(installation: Installation, owner: str, *, running: bool = False) -> FlowRun:
    """A run that a worker took, and maybe began to execute."""
    deployment_id = installation.deployments["notify/webhook"]
    made = await create_run(installation.client, deployment_id, "a test", owner, {})
    if running:
        await installation.client.set_flow_run_state(made.id, Running(), force=True)
    return made


async def states(installation: Installation, runs: Sequence[FlowRun]) -> list[str | None]:
    """The names of the states that the runs are in."""
    found = [await installation.client.read_flow_run(one.id) for one in runs]
    return [one.state.name if one.state else None for one in found]


async def sweep(installation: Installation, *living: str) -> int:
    """Sweep our deployments."""
    ids = list(installation.deployments.values())
    return await mark_crashed(installation.client, ids, frozenset(living))


def test_runs_of_dead_workers_crash(settings: Settings) -> None:
    """Pending and running runs of a worker that is gone become Crashed; a living one's stay."""

    async def story() -> tuple[int, list[str | None]]:
        async with working(settings) as installation:
            await sweep(installation, installation.worker_id)
            runs = [
                await taken(installation, "dead"),
                await taken(installation, "dead", running=True),
                await taken(installation, "alive"),
                await taken(installation, "alive", running=True),
            ]
            return await sweep(installation, "alive"), await states(installation, runs)

    count, names = run(story())

    assert (2, ["Crashed", "Crashed", "Pending", "Running"]) == (count, names)


def test_polled_runs_are_known_by_their_infrastructure(settings: Settings) -> None:
    """A run that a worker got by polling has no tag of ours; its infrastructure id says whose."""

    async def story() -> list[str | None]:
        async with working(settings) as installation:
            deployment_id = installation.deployments["notify/webhook"]
            runs = []
            for owner in ("dead", "alive"):
                made = await installation.client.create_flow_run_from_deployment(deployment_id)
                await installation.client.update_flow_run(made.id, infrastructure_pid=owner)
                await installation.client.set_flow_run_state(made.id, Running(), force=True)
                runs.append(made)
            await sweep(installation, "alive")
            return await states(installation, runs)

    names = run(story())

    assert ["Crashed", "Running"] == names


def test_a_run_without_an_owner_is_given_time(settings: Settings) -> None:
    """A run that has only just begun and does not say yet whose it is, is not marked."""

    async def story() -> list[str | None]:
        async with working(settings) as installation:
            deployment_id = installation.deployments["notify/webhook"]
            made = await installation.client.create_flow_run_from_deployment(deployment_id)
            await installation.client.set_flow_run_state(made.id, Running(), force=True)
            await sweep(installation)
            return await states(installation, [made])

    names = run(story())

    assert ["Running"] == names


def test_a_finished_run_is_never_marked(settings: Settings) -> None:
    """What is over stays as it ended, whoever did it."""

    async def story() -> list[str | None]:
        async with working(settings) as installation:
            done = await installation.notify()
            await sweep(installation)
            return await states(installation, [done])

    names = run(story())

    assert ["Completed"] == names
