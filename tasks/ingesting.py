"""Polling as tasks, one for each account and step. The round is found through the context."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from prefect import get_run_logger, task

from duebell.polling import ladder_scan, report
from duebell.polling.ingesting import AccountPoll, watch_chosen_only
from duebell.polling.report import AccountFound
from tasks import policies
from tasks.runtime import current

_polls: ContextVar[dict[str, AccountPoll]] = ContextVar("polls")
_found: ContextVar[dict[str, AccountFound]] = ContextVar("found")


@contextlib.contextmanager
def poll_round() -> Iterator[None]:
    """Let the tasks inside be one look at the books: a repeated task does what is left of it."""
    polls, found = _polls.set({}), _found.set({})
    try:
        yield
    finally:
        _polls.reset(polls)
        _found.reset(found)


@task(name="list accounts", **policies.READ)
async def list_accounts() -> list[str]:
    """The accounts that this installation works with; no other is watched any more."""
    await watch_chosen_only(current())
    return list(await current().accounts())


@task(name="read changes", task_run_name="read changes of {account_id}", **policies.READ)
async def read_changes(account_id: str) -> None:
    """Record signals for what changed since the last look; repeated for kinds not read yet."""
    poll = _polls.get().setdefault(account_id, AccountPoll(current(), account_id))
    try:
        await poll.run()
    finally:
        found = _account(account_id)
        found.kinds = list(poll.found.values())
        get_run_logger().info("%s", found)


@task(name="scan ladder", task_run_name="scan ladder of {account_id}", **policies.READ)
async def scan_ladder(account_id: str, again: bool) -> None:
    """Record signals for rungs that are reached, once for each calendar day of the business."""
    found = _account(account_id)
    found.ladder = await ladder_scan.scan_ladder(current(), account_id, again=again)
    get_run_logger().info("%s", found)


def _account(account_id: str) -> AccountFound:
    return _found.get().setdefault(account_id, AccountFound(account_id))


def summary() -> str:
    """The round in one sentence."""
    return report.summary(list(_found.get().values()))


def faults() -> list[str]:
    """What could not be read in this round, a sentence each."""
    return report.faults(_found.get().values())
