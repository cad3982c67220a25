"""A desk where things were recorded, and replays of them with other rulebooks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Connection, func, select
from sqlmodel import SQLModel

from duebell.replaying.candidate import read_candidate
from duebell.replaying.comparing import Change, Difference
from duebell.replaying.period import Period, settle
from duebell.replaying.replay import Progress, Replay
from tests.integration.services.desk import Desk

#: What is in force: texts of new invoices, and one rung.
CREATED = """
[[rule]]
on = "invoice.create"
to = "client"
channel = "sms"
template = "invoice_created"
"""
OVERDUE = """
[[rule]]
on = "invoice.overdue"
days = [5]
to = "client"
channel = "sms"
template = "overdue_notice"
"""


@dataclass
class Replayed:
    """What a replay came to."""

    replay: Replay
    differences: list[Difference] = field(default_factory=list)
    told: list[Progress] = field(default_factory=list)
    is_complete: bool = False

    @property
    def changes(self) -> list[tuple[Change, ...]]:
        """In what each difference lies."""
        return [one.changes for one in self.differences]

    @property
    def messages(self) -> tuple[int, int]:
        """How many messages there are by the one rulebook and by the other."""
        whole = self.replay.totals.whole
        return whole.before.messages, whole.after.messages

    def only(self) -> Difference:
        """The one difference there is."""
        (only,) = self.differences
        return only


def told_of(desk: Desk, count: int = 1, **fields: str) -> list[str]:
    """New invoices that the client is told of; gives their ids."""
    ids = [desk.new_invoice(**fields) for _ in range(count)]
    desk.notify(f"batch-{ids[0]}")
    return ids


def days_ago(desk: Desk, days: int) -> date:
    """A day before the desk's today."""
    return desk.clock().date() - timedelta(days=days)


def the_last_days(desk: Desk, days: int = 40, account: str = "") -> Period:
    """Everything that a test has recorded."""
    return settle(days_ago(desk, days), None, account, days_ago(desk, -1))


def replayed(
    desk: Desk, rules: str, period: Period | None = None, *, stop_after: int | None = None
) -> Replayed:
    """Replay what was recorded with these rules."""
    file = desk.place.home / "new.toml"
    file.write_text(rules, encoding="utf-8")
    result: Replayed
    replay = Replay(
        desk.runtime,
        read_candidate(file, desk.runtime.renderer),
        period or the_last_days(desk),
        take=lambda one: result.differences.append(one),
        tell=lambda progress: result.told.append(progress),
        is_stopped=lambda: stop_after is not None and len(result.told) >= stop_after,
    )
    result = Replayed(replay)
    result.is_complete = desk.run(replay.run())
    return result


def counts(desk: Desk) -> dict[str, int]:
    """How many rows each table of the ledger has."""

    def ask(connection: Connection) -> dict[str, int]:
        tables = SQLModel.metadata.sorted_tables
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables
        }

    return desk.run(desk.ledger.read(ask))
