"""What polling costs: long lists of which little matters, and lists of which nothing does."""

from __future__ import annotations

from pathlib import Path

from benchmarks.orders import Numbers, Program
from benchmarks.reading import ACCOUNT, OTHER_ACCOUNT, ReadingRoom, rule
from benchmarks.stage import sandbox
from duebell.polling.ladder_scan import OPEN_WORDS

OVERDUE = 50
#: The records were made over this time, so that a poll finds few of them changed lately.
SPREAD_DAYS = 365

LADDER_RULES = rule("invoice.create", "invoice_created") + rule(
    "invoice.overdue", "overdue_notice", "days = [5]"
)
#: Changes are found by comparing, so all that there was before is read and remembered first.
HISTORY_RULES = LADDER_RULES + rule("invoice.update", "invoice_changed")
#: Every kind of record is watched, for news and for changes.
ALL_RULES = "".join(
    rule(on, template).replace('"client"', '"+12125550101"')
    for on, template in (
        ("invoice.create", "invoice_created"),
        ("payment.create", "payment_received"),
        ("client.update", "client_changed"),
        ("bill.update", "bill_changed"),
        ("bill_vendor.update", "vendor_changed"),
        ("expense.create", "expense_recorded"),
    )
)
#: Records of a firm whose lists have one page each, as the change of a day or two does.
FIRM = {"clients": 40, "vendors": 40, "invoices": 2000, "payments": 1000, "bills": 90}
FIRM_EXPENSES = 1000

Sides = tuple[dict[str, Numbers], dict[str, Numbers]]


def measure(directory: Path, size: int, rounds: int) -> Sides:
    """The measures of long lists, then that of nothing new: Duebell's and the bare script's."""
    ours: dict[str, Numbers] = {}
    bare: dict[str, Numbers] = {}
    with sandbox(directory / "long") as control:
        control.change_settings(second_business=True)
        control.populate(
            invoices=size, overdue=min(OVERDUE, size), clients=100, spread_days=SPREAD_DAYS
        )
        room = ReadingRoom(control, directory)
        words = [{"v3_status": word} for word in OPEN_WORDS]
        name = "poll, filters honoured"
        ours[name], bare[name] = _long(room, "honoured", words)
        with room.worker("worker-history", HISTORY_RULES) as worker:
            ours["poll, all remembered first"] = _look(room, worker)
        control.change_settings(v3_status_honoured=False, updated_min_kinds="")
        name = "poll, filters ignored"
        ours[name], bare[name] = _long(room, "ignored", [{}])
    with sandbox(directory / "quiet") as control:
        ours["poll, nothing new"] = _quiet(ReadingRoom(control, directory), rounds)
    return ours, bare


def _long(room: ReadingRoom, name: str, searches: list[dict[str, str]]) -> tuple[Numbers, Numbers]:
    with room.worker(f"worker-{name}", LADDER_RULES) as worker:
        ours = _look(room, worker)
    with room.bare(f"bare-{name}") as script:
        room.measured(script, "list", searches=[{"v3_status": "declined"}])
        bare = room.measured(script, "list", searches=searches)
    return ours, _of_long(bare)


def _look(room: ReadingRoom, worker: Program) -> Numbers:
    """A first look at a long list, by a process that has looked at an empty one."""
    room.measured(worker, "poll", account_id=OTHER_ACCOUNT)
    return _of_long(room.measured(worker, "poll", account_id=ACCOUNT))


def _of_long(numbers: Numbers) -> Numbers:
    return {
        "pages": numbers["pages"],
        "requests per page": numbers["requests"] / numbers["pages"],
        "found": numbers["signals"],
        "time (s)": numbers["seconds"],
        "pages/s": numbers["pages"] / numbers["seconds"],
        "CPU ms per page": numbers["cpu_seconds"] / numbers["pages"] * 1000,
        "idle memory (MB)": numbers["idle_mb"],
        "memory over idle (MB)": numbers["over_mb"],
    }


def _quiet(room: ReadingRoom, rounds: int) -> Numbers:
    """Two accounts, all kinds, and nothing new: the cost for each account and kind."""
    accounts = (ACCOUNT, OTHER_ACCOUNT)
    room.sandbox.change_settings(second_business=True)
    for account in accounts:
        room.sandbox.populate(
            account=account, spread_days=SPREAD_DAYS, expenses=FIRM_EXPENSES, **FIRM
        )
    with room.worker("worker-quiet", ALL_RULES) as worker:
        for account in accounts:
            worker.order("poll", account_id=account)
        polls = [
            room.measured(worker, "poll", account_id=account)
            for _ in range(rounds)
            for account in accounts
        ]
    kinds = sum(poll["kinds"] for poll in polls)
    return {
        "kinds of an account": kinds / len(polls),
        "requests per account and kind": sum(poll["requests"] for poll in polls) / kinds,
        "CPU ms per account and kind": sum(poll["cpu_seconds"] for poll in polls) / kinds * 1000,
        "time per account (s)": sum(poll["seconds"] for poll in polls) / len(polls),
        "found": sum(poll["signals"] for poll in polls),
        "memory over idle (MB)": max(poll["over_mb"] for poll in polls),
    }
