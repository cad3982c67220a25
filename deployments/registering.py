"""Telling Prefect's server of our deployments: the same file that ``prefect deploy`` reads.

Repeatable: a deployment that exists is brought up to date, a schedule that a person paused stays
paused.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import yaml
from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.utilities.callables import parameter_schema
from sqlalchemy.exc import SQLAlchemyError

from deployments.pool import POOL_NAME, InProcessWorker
from duebell.ledger import businesses
from duebell.ledger.engine import open_engine
from duebell.settings import Settings

log = logging.getLogger(__name__)

#: Schedules count from here, so that a start does not put off what is due.
ANCHOR = datetime(2024, 1, 1, tzinfo=UTC)
SCHEDULE_SLUG = "interval"
PREFECT_FILE = Path(__file__).parent / "prefect.yaml"


REGISTER_TRIES, REGISTER_AGAIN_SECONDS = 8, 2.0


def _is_refused(failure: httpx.HTTPError) -> bool:
    """Whether the server has said that it will never do this."""
    return isinstance(failure, httpx.HTTPStatusError) and failure.response.status_code < 500


def read_deployments() -> list[dict[str, Any]]:
    """The deployments in ``prefect.yaml``."""
    with PREFECT_FILE.open() as file:
        found: list[dict[str, Any]] = yaml.safe_load(file)["deployments"]
    return found


def flow_of(entrypoint: str) -> Flow[Any, Any]:
    """The flow that a module path names."""
    module, _, name = entrypoint.rpartition(".")
    found: Flow[Any, Any] = getattr(importlib.import_module(module), name)
    return found


def flows_by_name() -> dict[str, Flow[Any, Any]]:
    """Our flows, as the worker executes them."""
    return {flow.name: flow for flow in (flow_of(one["entrypoint"]) for one in read_deployments())}


class Deployments:
    """The ids of our deployments, registered again when Prefect's database was lost."""

    def __init__(
        self,
        client: PrefectClient,
        settings: Settings,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._settings = settings
        self._sleep = sleep
        self._ids: dict[str, UUID] = {}

    async def register(self) -> None:
        """Register all deployments.

        A server that is busy with its own database (503) is asked again for a while: the processes
        of an installation start together.
        """
        for is_last in (*[False] * (REGISTER_TRIES - 1), True):
            try:
                self._ids = await register(self._client, self._settings)
                return
            except httpx.HTTPError as failure:
                if is_last or _is_refused(failure):
                    raise
                log.warning("not_registered_yet", extra={"reason": type(failure).__name__})
                await self._sleep(REGISTER_AGAIN_SECONDS)

    async def register_again(self) -> bool:
        """Register them if the server does not know them; tells whether that was so.

        A server that does not answer is not asked twice; the next look may fare better.
        """
        try:
            await self._client.read_deployment(next(iter(self._ids.values())))
        except ObjectNotFound:
            log.warning("deployments_missing")
            await self.register()
            return True
        except Exception as failure:
            log.warning("deployments_not_readable", extra={"reason": type(failure).__name__})
        return False

    def id_of(self, name: str) -> UUID:
        """The id of a deployment, named ``flow/deployment``."""
        return self._ids[name]

    def ids(self) -> list[UUID]:
        """All ids."""
        return list(self._ids.values())


async def register(client: PrefectClient, settings: Settings) -> dict[str, UUID]:
    """Register the work pool and every deployment; gives the ids by ``flow/deployment``."""
    await _ensure_pool(client)
    zone = await asyncio.to_thread(firms_zone, settings)
    return {
        f"{flow_of(one['entrypoint']).name}/{one['name']}": await _register(
            client, one, settings, zone
        )
        for one in read_deployments()
    }


def firms_zone(settings: Settings) -> str:
    """The clock of the firm that was watched first; empty where none is known yet."""
    engine = open_engine(settings.ledger_url, writer=False)
    try:
        with engine.connect() as connection:
            firms = businesses.read_all(connection)
            times = businesses.local_times(connection)
    except SQLAlchemyError:
        return ""  # whoever needs the ledger says why
    finally:
        engine.dispose()
    return str(times.zone(firms[0].account_id)) if firms else ""


async def _ensure_pool(client: PrefectClient) -> None:
    try:
        await client.create_work_pool(
            WorkPoolCreate(
                name=POOL_NAME,
                type=InProcessWorker.type,
                description="Runs that Duebell's workers execute in their own process.",
                base_job_template=InProcessWorker.get_default_base_job_template(),
            )
        )
    except ObjectAlreadyExists:
        return


async def _register(
    client: PrefectClient, one: dict[str, Any], settings: Settings, zone: str
) -> UUID:
    flow = flow_of(one["entrypoint"])
    flow_id = await client.create_flow_from_name(flow.name)
    paused = await _paused_schedules(client, f"{flow.name}/{one['name']}")
    return await client.create_deployment(
        flow_id=flow_id,
        name=one["name"],
        entrypoint=one["entrypoint"],
        description=" ".join(one["description"].split()),
        tags=one["tags"],
        work_pool_name=one["work_pool"]["name"],
        schedules=_schedules(flow.name, one, settings, paused, zone),
        parameter_openapi_schema=parameter_schema(flow).model_dump_for_openapi(),
        enforce_parameter_schema=True,
        pull_steps=[],
    )


async def _paused_schedules(client: PrefectClient, full_name: str) -> frozenset[str]:
    try:
        known = await client.read_deployment_by_name(full_name)
    except ObjectNotFound:
        return frozenset()
    return frozenset(one.slug for one in known.schedules if one.slug and not one.active)


def _schedules(
    flow_name: str, one: dict[str, Any], settings: Settings, paused: frozenset[str], zone: str
) -> list[DeploymentScheduleCreate]:
    intervals = {
        "ingest": settings.poll_seconds,
        "reconcile": settings.reconcile_seconds,
        "upkeep": settings.upkeep_seconds,
    }
    return [
        DeploymentScheduleCreate(
            schedule=IntervalSchedule(
                interval=timedelta(seconds=intervals.get(flow_name, schedule["interval"])),
                **_clock(schedule, zone),
            ),
            slug=SCHEDULE_SLUG,
            active=SCHEDULE_SLUG not in paused,
        )
        for schedule in one.get("schedules", [])
    ]


def _clock(schedule: dict[str, Any], zone: str) -> dict[str, Any]:
    """From when a schedule counts; one that names a clock goes by the firm's, where it is known."""
    if "timezone" not in schedule:
        return {"anchor_date": ANCHOR}
    name = zone or schedule["timezone"]
    anchor = datetime.fromisoformat(schedule["anchor_date"]).replace(tzinfo=ZoneInfo(name))
    return {"anchor_date": anchor, "timezone": name}
