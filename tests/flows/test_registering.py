"""Deployments become known to Prefect's server, and stay as people left them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.settings import get_current_settings

from deployments.pool import POOL_NAME, InProcessWorker
from deployments.registering import Deployments, register
from duebell.domain.books import Business
from duebell.ledger import businesses
from duebell.ledger.engine import open_engine
from duebell.settings import Settings
from tests.flows.installation import run

pytestmark = pytest.mark.flow


async def read(client: PrefectClient, ids: dict[str, UUID]) -> dict[str, DeploymentResponse]:
    """The deployments as the server has them."""
    return {name: await client.read_deployment(id_) for name, id_ in ids.items()}


def interval(deployment: DeploymentResponse) -> timedelta:
    """The interval of a deployment's only schedule."""
    (one,) = deployment.schedules
    assert isinstance(one.schedule, IntervalSchedule)
    return one.schedule.interval


def test_registering_twice_changes_nothing(settings: Settings) -> None:
    """The second time finds the same deployments, each with as many schedules as before."""

    async def story() -> list[dict[str, tuple[UUID, int]]]:
        async with get_client() as client:
            seen = []
            for _ in range(2):
                found = await read(client, await register(client, settings))
                seen.append({name: (one.id, len(one.schedules)) for name, one in found.items()})
            return seen

    first, second = run(story())

    assert first == second
    assert {"notify/webhook": 0, "reconcile/schedule": 1, "upkeep/schedule": 1} == {
        name: first[name][1] for name in ("notify/webhook", "reconcile/schedule", "upkeep/schedule")
    }


class Unreliable(httpx.AsyncHTTPTransport):
    """A connection on which the first requests get this answer instead of the server's."""

    def __init__(self, status: int, times: int) -> None:
        super().__init__()
        self.status, self.left = status, times

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.left:
            self.left -= 1
            return httpx.Response(self.status, json={"detail": "no"}, request=request)
        return await super().handle_async_request(request)


@pytest.mark.parametrize(("status", "times", "pauses"), [(500, 2, [2.0, 2.0]), (422, 1, None)])
def test_a_busy_server_is_asked_again(
    settings: Settings, status: int, times: int, pauses: list[float] | None
) -> None:
    """A server that is out of order at the start is asked again; what it refuses is raised."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def story() -> None:
        url = get_current_settings().api.url
        assert url
        connection = {"transport": Unreliable(status, times)}
        async with PrefectClient(url, httpx_settings=connection) as client:
            deployments = Deployments(client, settings, sleep=sleep)
            if pauses is None:
                with pytest.raises(httpx.HTTPStatusError):
                    await deployments.register()
            else:
                await deployments.register()
                assert deployments.id_of("notify/webhook")

    run(story())

    assert (pauses or []) == slept


def test_the_pool_is_ours(settings: Settings) -> None:
    """All deployments are executed by workers of our own type, without pull steps."""

    async def story() -> tuple[str, list[DeploymentResponse]]:
        async with get_client() as client:
            found = await read(client, await register(client, settings))
            return (await client.read_work_pool(POOL_NAME)).type, list(found.values())

    pool_type, deployments = run(story())

    assert InProcessWorker.type == pool_type
    assert {POOL_NAME} == {one.work_pool_name for one in deployments}
    assert [] == [step for one in deployments for step in one.pull_steps or []]


def test_a_paused_schedule_stays_paused(settings: Settings) -> None:
    """A schedule that a person paused is still paused after the next start; the others run."""

    async def story() -> tuple[bool, bool]:
        async with get_client() as client:
            ids = await register(client, settings)
            (schedule,) = await client.read_deployment_schedules(ids["reconcile/schedule"])
            await client.update_deployment_schedule(
                ids["reconcile/schedule"], schedule.id, active=False
            )
            found = await read(client, await register(client, settings))
            # Other tests of this session want it to run.
            (schedule,) = await client.read_deployment_schedules(ids["reconcile/schedule"])
            await client.update_deployment_schedule(
                ids["reconcile/schedule"], schedule.id, active=True
            )
            return (
                found["reconcile/schedule"].schedules[0].active,
                found["upkeep/schedule"].schedules[0].active,
            )

    reconcile, upkeep = run(story())

    assert (False, True) == (reconcile, upkeep)


def test_intervals_follow_the_settings(settings: Settings) -> None:
    """A changed setting is the interval of the schedule after the next start."""
    changed = settings.model_copy(update={"reconcile_seconds": 77.0, "upkeep_seconds": 1234.0})

    async def story() -> tuple[list[timedelta], list[timedelta]]:
        async with get_client() as client:
            names = ("reconcile/schedule", "upkeep/schedule")
            before = await read(client, await register(client, settings))
            after = await read(client, await register(client, changed))
            return [interval(before[one]) for one in names], [interval(after[one]) for one in names]

    before, after = run(story())

    assert [timedelta(seconds=120), timedelta(seconds=900)] == before
    assert [timedelta(seconds=77), timedelta(seconds=1234)] == after


def test_the_summary_comes_in_the_morning(settings: Settings) -> None:
    """It runs at seven: New York's time at first, the firm's once it is known."""

    async def story() -> list[tuple[str | None, str]]:
        clocks = []
        async with get_client() as client:
            for time_zone in ("", "Europe/Berlin"):
                if time_zone:
                    _watch_firm(settings, time_zone)
                found = await read(client, await register(client, settings))
                schedule = found["summary/schedule"].schedules[0].schedule
                assert isinstance(schedule, IntervalSchedule)
                local = schedule.anchor_date.astimezone(ZoneInfo(str(schedule.timezone)))
                clocks.append((schedule.timezone, f"{local:%H:%M} {schedule.interval.days}"))
        return clocks

    clocks = run(story())

    assert [("America/New_York", "07:00 1"), ("Europe/Berlin", "07:00 1")] == clocks


def _watch_firm(settings: Settings, time_zone: str) -> None:
    """Remember a firm with this clock."""
    engine = open_engine(settings.ledger_url)
    with engine.begin() as connection:
        businesses.remember(connection, Business("6BApk", "1", "Firm", time_zone, "Germany"))
    engine.dispose()


def test_prefect_knows_what_parameters_mean(settings: Settings) -> None:
    """The form for starting a run by hand explains its fields."""

    async def story() -> DeploymentResponse:
        async with get_client() as client:
            return (await read(client, await register(client, settings)))["notify/webhook"]

    deployment = run(story())

    schema = deployment.parameter_openapi_schema
    assert schema is not None
    assert "Leave it empty" in str(schema["properties"]["batch_id"])
    assert "waiting signals" in str(deployment.description)
