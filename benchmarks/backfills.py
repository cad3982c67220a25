"""What a backfill costs: every record of a period looked up and told, beside the bare script.

The sandbox keeps to itself what becomes of the texts: reports are not what is measured here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.orders import Numbers
from benchmarks.polls import Sides
from benchmarks.reading import ReadingRoom, rule
from benchmarks.stage import sandbox

DAYS = 30
CLIENTS = 100
RULES = rule("invoice.create", "invoice_created")


def measure(directory: Path, size: int) -> Sides:
    """A dry run, and the backfill itself: Duebell's numbers and the bare script's."""
    with sandbox(directory / "books") as control:
        # All of them are unpaid, so that there is something to tell of each.
        control.populate(invoices=size, overdue=size, clients=CLIENTS, spread_days=DAYS)
        control.set_scenario("callbacks-lost")
        room = ReadingRoom(control, directory)
        ours, bare = _duebell(room), _bare(room)
    return ours, bare


def _duebell(room: ReadingRoom) -> dict[str, Numbers]:
    today = datetime.now(UTC).date()
    period = {"since": str(today - timedelta(days=2 * DAYS)), "until": str(today)}
    long_ago = {"since": "2001-01-01", "until": "2001-12-31"}
    with room.worker("worker", RULES) as worker:
        room.measured(worker, "rehearse", **long_ago)
        dry = room.measured(worker, "rehearse", **period)
    with room.worker("sender", RULES) as worker:
        room.measured(worker, "backfill", id="nothing", **long_ago)
        before = _texts(room)
        real = room.measured(worker, "backfill", id="everything", **period)
    return {
        "backfill, dry run": {**_of(dry), "told": dry.get("planned", 0) / dry["records"]},
        "backfill": {**_of(real), "told": (_texts(room) - before) / real["records"]},
    }


def _bare(room: ReadingRoom) -> dict[str, Numbers]:
    since = str(datetime.now(UTC).date() - timedelta(days=2 * DAYS))
    nothing, everything = {"date_max": "2001-12-31"}, {"date_min": since}
    with room.bare("bare-looking") as script:
        room.measured(script, "look", search=nothing)
        dry = room.measured(script, "look", search=everything)
    with room.bare("bare-telling") as script:
        room.measured(script, "tell", search=nothing)
        before = _texts(room)
        real = room.measured(script, "tell", search=everything)
    return {
        "backfill, dry run": _of(dry),
        "backfill": {**_of(real), "told": (_texts(room) - before) / real["records"]},
    }


def _texts(room: ReadingRoom) -> int:
    return room.sandbox.stats().get("twilio.accepted", 0)


def _of(numbers: Numbers) -> Numbers:
    return {
        "records": numbers["records"],
        "pages": numbers["pages"],
        "records/s": numbers["records"] / numbers["seconds"],
        "CPU ms per record": numbers["cpu_seconds"] / numbers["records"] * 1000,
        "requests per record": numbers["requests"] / numbers["records"],
        "idle memory (MB)": numbers["idle_mb"],
        "memory over idle (MB)": numbers["over_mb"],
    }
