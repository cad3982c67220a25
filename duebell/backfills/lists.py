"""The lists of a backfill: what a request comes to, and which rows of a page it is about."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import date

from duebell.domain.backfill import (
    Asked,
    Request,
    belongs,
    check_period,
    choose_events,
    kind_listed,
    rung_days,
    search_for,
)
from duebell.domain.books import Page, Record
from duebell.domain.cursors import Step
from duebell.domain.failures import (
    AccountInactive,
    FeatureAbsent,
    RecordGone,
    RequestRefused,
)
from duebell.notifying.deciding import zone_of
from duebell.polling.list_passes import BookList
from duebell.runtime import Runtime

#: A list that cannot be read, today or ever: the others are read all the same.
UNREADABLE = (FeatureAbsent, RequestRefused, RecordGone, AccountInactive)


async def settle_request(runtime: Runtime, request: Request) -> tuple[Asked, tuple[Step, ...]]:
    """What a request comes to for the accounts and the rulebook at hand.

    Raises:
        BackfillRefused: where it makes no sense.
    """
    accounts = await runtime.accounts()
    since, until = check_period(request.since, request.until, await _today(runtime, accounts))
    events = choose_events(request.events, runtime.rulebook, request.client)
    steps = tuple(Step(account, event) for event in events for account in accounts)
    return Asked(since, until, events, request.client), steps


async def _today(runtime: Runtime, accounts: Sequence[str]) -> date:
    """The latest of the days that it is now in the businesses."""
    now, days = runtime.now(), []
    for account_id in accounts:
        # One that the user may not see any more is a fault of its lists, and not of the others.
        with contextlib.suppress(RecordGone):
            days.append(now.astimezone(zone_of(await runtime.business(account_id))).date())
    return max(days, default=now.date())


async def read_page(runtime: Runtime, step: Step, asked: Asked, number: int) -> Page:
    """One page of the list of a step."""
    search = search_for(step.event, asked)
    return await BookList(runtime.books, step.account_id, kind_listed(step.event), search).page(
        number
    )


async def chosen_from(runtime: Runtime, step: Step, asked: Asked, page: Page) -> list[Record]:
    """The records of a page that the backfill is about, each once."""
    zone = zone_of(await runtime.business(step.account_id))
    rungs = rung_days(runtime.rulebook, step.event)
    chosen = (row for row in page.records if belongs(row, step.event, asked, zone, rungs))
    return list({row.id: row for row in chosen}.values())
