"""A desk that polls: records are made and changed at the sandbox, and nobody is told of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

from duebell.domain.books import Kind
from duebell.domain.failures import TryAgain
from duebell.domain.signals import Signal
from duebell.ledger import watermarks
from duebell.ledger.watermarks import Watermark
from duebell.polling.ingesting import AccountPoll, KindFound
from duebell.polling.ladder_scan import LadderFound, scan_ladder
from tests.integration.services.desk import ACCOUNT, Desk
from tests.ledger_scenes import rows

#: Who hears of everything in these tests.
STAFF = "+12125550188"
ALL_DAY = "00:00-23:59:59.999999"

TEMPLATES = {
    "invoice.create": "invoice_created",
    "invoice.update": "invoice_changed",
    "invoice.due": "reminder_before_due",
    "invoice.overdue": "overdue_notice",
    "payment.create": "payment_received",
    "client.create": "client_added",
    "client.update": "client_changed",
    "bill.create": "bill_approval",
    "bill.update": "bill_changed",
    "bill_vendor.create": "vendor_added",
    "bill_vendor.update": "vendor_changed",
    "expense.create": "expense_recorded",
}
TABLES = {
    "invoice": "invoices",
    "payment": "payments",
    "client": "clients",
    "bill": "bills",
    "bill_vendor": "vendors",
    "expense": "expenses",
}
_DATED = frozenset({"invoice", "client", "bill", "bill_vendor"})


def rulebook(*events: str, days: Sequence[int] = (5, 10), to: str = STAFF) -> str:
    """A rulebook that tells the staff of these events."""
    return "\n".join(_rule(event, days, to) for event in events)


def _rule(event: str, days: Sequence[int], to: str) -> str:
    chosen = [day for day in days if (day > 0) == (event == "invoice.overdue")] or [0]
    rungs = f"days = {chosen}\n" if event in ("invoice.due", "invoice.overdue") else ""
    return (
        f'[[rule]]\non = "{event}"\n{rungs}to = "{to}"\nchannel = "sms"\n'
        f'template = "{TEMPLATES[event]}"\n'
    )


class Poller:
    """A worker that polls, and the people who work in the books."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    # -- in the books

    def make(self, noun: str, **fields: object) -> str:
        """Somebody makes a record now; gives its id."""
        now = self.desk.clock().isoformat()
        times = {"updated_at": now, "created_at": now} if noun in _DATED else {"updated_at": now}
        fired = self.desk.sandbox.fire(f"{noun}.create", fields={**times, **fields}, deliver=False)
        return str(fired[0]["id"])

    def change(self, noun: str, id_: str, **fields: object) -> None:
        """Somebody changes a record now."""
        times = {"updated_at": self.desk.clock().isoformat()}
        self.desk.sandbox.change_record(TABLES[noun], int(id_), **{**times, **fields})

    # -- doing

    def poll(self, account_id: str = ACCOUNT) -> dict[Kind, KindFound]:
        """Look at all kinds of an account once."""
        return self.desk.run(self.polled(account_id))

    async def polled(self, account_id: str = ACCOUNT) -> dict[Kind, KindFound]:
        """As :meth:`poll`, to be done together with something else."""
        poll = AccountPoll(self.desk.runtime, account_id)
        await poll.run()
        return poll.found

    def poll_in_trouble(self) -> tuple[dict[Kind, KindFound], str]:
        """Look at all kinds while some cannot be read; what was found, and what was said."""
        poll = AccountPoll(self.desk.runtime, ACCOUNT)

        async def trouble() -> str:
            try:
                await poll.run()
            except TryAgain as failure:
                return str(failure)
            return ""

        return poll.found, self.desk.run(trouble())

    def scan(self, *, again: bool = False) -> LadderFound:
        """Look through the ladder."""
        return self.desk.run(self.scanned(again=again))

    async def scanned(self, *, again: bool = False) -> LadderFound:
        """As :meth:`scan`, to be done together with something else."""
        return await scan_ladder(self.desk.runtime, ACCOUNT, again=again)

    def work_off(self) -> None:
        """Let every signal that waits be worked on, until none does."""
        for number in range(20):
            if not self.desk.notify(f"batch-{number}-{self.desk.clock()}"):
                return
        raise AssertionError("signals never end")

    def look(self) -> list[str]:
        """A whole round: poll, ladder, and what follows; gives the texts that it led to."""
        before = len(self.desk.texts())
        self.poll()
        self.scan()
        self.work_off()
        return [text["body"] for text in self.desk.texts()[before:]]

    @staticmethod
    def signal(event: str, object_id: str) -> Signal:
        """What a webhook says."""
        return Signal(ACCOUNT, event, object_id)

    # -- looking

    def signals(self) -> list[tuple[str, str]]:
        """Event and record of every signal there ever was, in order."""
        found = rows(self.desk.ledger, "select event, object_id from signals order by id")
        return [(row[0], row[1]) for row in found]

    def told(self) -> Counter[tuple[str, str]]:
        """How many facts there are of each event and record."""
        found = rows(self.desk.ledger, "select event_type, object_id from occurrences")
        return Counter((row[0], row[1]) for row in found)

    def rungs(self) -> list[tuple[str, str]]:
        """The rungs that were decided about: record and rung, in order."""
        found = rows(
            self.desk.ledger,
            "select object_id, occurrence from occurrences"
            " where event_type in ('invoice.due', 'invoice.overdue') order by id",
        )
        return [(row[0], row[1].partition("@")[0]) for row in found]

    def mark(self, kind: Kind, account_id: str = ACCOUNT) -> Watermark:
        """How far a kind was read."""
        return self.desk.run(self.desk.ledger.read(watermarks.read_all))[account_id, kind]

    def pages_asked(self) -> dict[str, int]:
        """How many pages of lists the sandbox was asked for, by kind."""
        found = self.desk.sandbox.stats().items()
        return {
            name.removeprefix("freshbooks.").removesuffix(".pages"): count
            for name, count in found
            if name.endswith(".pages")
        }


async def all_of(*steps: Any) -> list[Any]:
    """Do several things at the same time."""
    return list(await asyncio.gather(*steps))
