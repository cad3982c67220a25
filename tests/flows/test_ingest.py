"""The flow that polls: what its runs find, and what they say of themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prefect.client.schemas.objects import FlowRun, State
from prefect.client.schemas.schedules import IntervalSchedule

from duebell.domain.books import Kind
from duebell.ledger import watermarks
from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings
from tests.flows.installation import Installation, run, working
from tests.integration.services.poller import ALL_DAY, rulebook

pytestmark = pytest.mark.flow

OTHER = "not-one-of-ours"


@pytest.fixture(autouse=True)
def _old_firm(sandbox: SandboxControl) -> None:
    """The firm's clients are older than this second, in which watching them may begin."""
    times = dict.fromkeys(("created_at", "updated_at"), "2026-01-05T12:00:00Z")
    for client in sandbox.clients():
        sandbox.change_client(client["id"], **times)


def chosen(settings: Settings, *events: str) -> Settings:
    """The settings with a rulebook about these events, whose ladder may be told at any time."""
    settings.config.write_text(rulebook(*events))
    return settings.model_copy(update={"ladder_hours": ALL_DAY})


async def ingested(place: Installation, **parameters: Any) -> FlowRun:
    """A run of the deployment; gives it as it ended."""
    from deployments.executing import create_run, execute
    from flows.ingest import ingest

    deployment = place.deployments["ingest/schedule"]
    created = await create_run(place.client, deployment, "a test", place.worker_id, parameters)
    await execute(ingest, created)
    return await place.client.read_flow_run(created.id)


def said(*runs: FlowRun) -> list[tuple[str, str | None]]:
    """The word and the sentence with which runs ended."""
    states: list[State[Any]] = [one.state for one in runs if one.state is not None]
    return [(str(state.name), state.message) for state in states]


def test_a_lost_webhook_is_found_by_the_next_run(
    settings: Settings, sandbox: SandboxControl
) -> None:
    """What was made since the first run becomes a signal, once, and the run says how much."""

    async def story() -> tuple[list[tuple[str, str | None]], int]:
        async with working(chosen(settings, "invoice.create", "client.create")) as place:
            first = await ingested(place)
            sandbox.fire("invoice.create", 2, deliver=False)
            sandbox.fire("client.create", deliver=False)
            second = await ingested(place)
            waiting = await place.runtime.ledger.count_claimable()
            return said(first, second), waiting

    states, waiting = run(story())

    assert [("Completed", "1 account: nothing new"), ("Completed", "1 account: 3 new")] == states
    assert 3 == waiting


def test_the_ladder_is_looked_through_and_again_by_hand(
    settings: Settings, sandbox: SandboxControl
) -> None:
    """A day's rungs are found once; a person may have the day looked through again."""
    past = datetime.now(UTC) - timedelta(days=6)
    days = {"create_date": "2026-01-01", "due_date": past.date().isoformat()}
    times = dict.fromkeys(("created_at", "updated_at"), past.isoformat())
    sandbox.fire("invoice.create", 4, fields={**days, **times}, deliver=False)

    async def story() -> list[tuple[str, str | None]]:
        async with working(chosen(settings, "invoice.overdue")) as place:
            runs = [await ingested(place), await ingested(place)]
            return said(*runs, await ingested(place, rescan_ladder=True))

    states = run(story())

    first, second, again = (message for _, message in states)
    assert {"Completed"} == {name for name, _ in states}
    assert "1 account: 4 due or overdue" == first
    assert "1 account: nothing new" == second
    assert first == again


def test_a_refusal_is_said_and_does_not_stop_the_rest(
    settings: Settings, sandbox: SandboxControl
) -> None:
    """The run fails with FreshBooks' reason; what could be read is in it, and the next is quiet."""
    sandbox.set_scenario("no-bills")

    async def story() -> list[tuple[str, str | None]]:
        async with working(chosen(settings, "bill.create", "client.create")) as place:
            return said(await ingested(place), await ingested(place))

    (failed, reason), quiet = run(story())

    assert "Failed" == failed
    assert str(reason).startswith(
        f"1 account: nothing new. bill of account {credentials.ACCOUNT_ID}: FreshBooks answered 403"
    )
    assert ("Completed", "1 account: nothing new") == quiet


def test_what_passes_is_tried_again_for_what_is_left(
    settings: Settings, sandbox: SandboxControl
) -> None:
    """A task that Prefect repeats reads only the kinds that it could not read before."""

    async def story() -> tuple[list[tuple[str, str | None]], dict[str, int]]:
        async with working(chosen(settings, "invoice.create", "client.create")) as place:
            await ingested(place)
            before = sandbox.stats()
            sandbox.set_scenario("500", count=1, provider="freshbooks")
            ended = said(await ingested(place))
            after = sandbox.stats()
            names = ("freshbooks.invoices.pages", "freshbooks.clients.pages")
            return ended, {name: after[name] - before[name] for name in names}

    states, pages = run(story())

    assert [("Completed", "1 account: nothing new")] == states
    assert 1 == pages["freshbooks.clients.pages"]


def test_only_accounts_of_this_installation_can_be_chosen(settings: Settings) -> None:
    """A wrong account is named; a right one is looked at alone."""

    async def story() -> list[tuple[str, str | None]]:
        async with working(chosen(settings, "client.create")) as place:
            right = await ingested(place, account_ids=[credentials.ACCOUNT_ID])
            return said(right, await ingested(place, account_ids=[OTHER]))

    right, wrong = run(story())

    assert ("Completed", "1 account: nothing new") == right
    assert ("Failed", f"{OTHER}: no account of this installation.") == wrong


def test_an_account_that_is_not_chosen_any_more_is_not_watched(settings: Settings) -> None:
    """A run ends the watching of accounts that are none of this installation."""

    async def story() -> set[str]:
        async with working(chosen(settings, "client.create")) as place:
            ledger, now = place.runtime.ledger, place.runtime.now()
            await ledger.write(lambda c: watermarks.begin(c, OTHER, Kind.CLIENT, now))
            await ingested(place)
            marks = await ledger.read(watermarks.read_all)
            return {account_id for account_id, _ in marks}

    assert {credentials.ACCOUNT_ID} == run(story())


def test_the_schedule_follows_the_setting(settings: Settings) -> None:
    """Polls are as far apart as the setting says."""
    from deployments.registering import register

    async def story() -> timedelta:
        async with working(settings) as place:
            changed = settings.model_copy(update={"poll_seconds": 77.0})
            try:
                ids = await register(place.client, changed)
                (schedule,) = await place.client.read_deployment_schedules(ids["ingest/schedule"])
                assert isinstance(schedule.schedule, IntervalSchedule)
                return schedule.schedule.interval
            finally:
                await register(place.client, settings)

    assert timedelta(seconds=77) == run(story())
