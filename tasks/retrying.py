"""Sending again what failed, as tasks: plan, wait for what becomes of each, and show it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from prefect import get_run_logger, task
from prefect.artifacts import acreate_table_artifact
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from sqlalchemy import Connection

from duebell.ledger import retrying
from duebell.ledger.businesses import local_times
from duebell.ledger.retrying import Answered, Terms
from duebell.retrying.doubts import comes_again, leaves_open
from duebell.retrying.standing import Standing, outcome_of, standings
from duebell.runtime import Runtime
from tasks import policies
from tasks.runtime import current

#: What Prefect calls the maker of a run that an automation has made.
_AUTOMATION = "AUTOMATION"
#: For how long a run waits until each message has moved on, and how often it looks.
MOST_SECONDS = 60.0
LOOK_EVERY_SECONDS = 0.5
MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be sent again: messages by their ids, or all that failed (since a day)."""

    ids: tuple[str, ...]
    all_failed: bool
    since: date | None
    even_if_doubtful: bool

    @property
    def fault(self) -> str:
        """What makes no sense about it; empty where nothing does."""
        if bool(self.ids) is self.all_failed:
            return "name notifications by their ids, or choose all that failed; one of the two"
        if self.since is not None and not self.all_failed:
            return "a day goes with all that failed, and not with ids"
        return ""


@dataclass(frozen=True, slots=True)
class Starter:
    """Who started a run, as the audit trail names people."""

    name: str
    is_automation: bool = False


def started_by() -> Starter:
    """Who started the run; inside a flow run."""
    context = FlowRunContext.get()
    return starter_of(context.flow_run if context is not None else None)


def starter_of(run: FlowRun | None) -> Starter:
    """Who made a run; Prefect knows nobody where it asks for no name."""
    creator = run.created_by if run is not None else None
    name = (creator.display_value or creator.type) if creator is not None else None
    is_automation = creator is not None and creator.type == _AUTOMATION
    return Starter(f"prefect:{name}" if name else "prefect", is_automation)


@task(name="plan again", **policies.LEDGER)
async def plan_again(wanted: Wanted, by: Starter) -> list[Answered]:
    """Have each sent again that may be; a repeat finds them planned already."""
    runtime, terms = current(), _terms(current(), wanted, by)

    def work(connection: Connection) -> list[Answered]:
        ids = list(wanted.ids)
        if wanted.all_failed:
            ids = retrying.failed_ids(connection, _since(connection, wanted.since))
        return retrying.retry(connection, ids, terms)

    answers = await runtime.ledger.write(work)
    refused = sum(one.is_refused for one in answers)
    get_run_logger().info("%d to be sent again, %d refused", len(answers) - refused, refused)
    return answers


def _terms(runtime: Runtime, wanted: Wanted, by: Starter) -> Terms:
    return Terms(
        *(by.name, runtime.now(), leaves_open, wanted.even_if_doubtful, wanted.all_failed),
        comes_again=comes_again,
        grace=timedelta(seconds=runtime.settings.unknown_grace_seconds),
        is_automation=by.is_automation,
        anyway="choose even_if_doubtful in the form",
    )


def _since(connection: Connection, day: date | None) -> datetime | None:
    if day is None:
        return None
    return local_times(connection).aware(datetime.combine(day, time.min))


@task(name="wait for them", **policies.ONCE)
async def wait_for(answers: Sequence[Answered]) -> list[Standing]:
    """Wait until each has moved on that was not refused, a minute at most; gives how they stand."""
    moved = [one for one in answers if not one.is_refused]
    runtime, loop = current(), asyncio.get_running_loop()
    deadline = loop.time() + MOST_SECONDS

    def look(connection: Connection) -> list[Standing]:
        return standings(connection, moved, local_times(connection), runtime.now())

    found = await runtime.ledger.read(look)
    while not all(one.is_settled for one in found) and loop.time() < deadline:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        found = await runtime.ledger.read(look)
    return found


@task(name="show what became of them", **policies.ONCE)
async def show(answers: Sequence[Answered], found: Sequence[Standing]) -> None:
    """List what became of each as an artifact, with masked recipients."""
    runtime = current()
    refused = [one for one in answers[:MOST_ROWS] if one.is_refused]
    others = await runtime.ledger.read(
        lambda c: standings(c, refused, local_times(c), runtime.now())
    )
    by_id = {one.id: one for one in (*found, *others)}
    more = f" The first {MOST_ROWS} of {len(answers)}." if len(answers) > MOST_ROWS else ""
    await acreate_table_artifact(
        key="retried",
        table=[_row(one, by_id.get(one.id)) for one in answers[:MOST_ROWS]],
        description=f"{counted(answers, found)}{more}",
    )


def _row(answered: Answered, standing: Standing | None) -> dict[str, Any]:
    words = f"refused: {answered.reason}"
    if standing and not answered.is_refused:
        words = outcome_of(answered, standing)
    return {
        "id": answered.id,
        "invoice": standing.invoice_number if standing else "",
        "recipient": standing.recipient if standing else "",
        "what became of it": words,
    }


def counted(answers: Sequence[Answered], found: Sequence[Standing]) -> str:
    """What a run came to, in a sentence."""
    refused = sum(one.is_refused for one in answers)
    failed = sum(not one.is_well for one in found)
    moving = len(found) - failed
    return f"{moving} sent or on their way, {failed} not sent, {refused} refused."
