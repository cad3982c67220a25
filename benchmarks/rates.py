"""Many texts at a provider that takes so many in a second and refuses the others with 429.

The bare script sends as fast as it can and, refused, waits a second and tries again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.orders import Numbers
from benchmarks.polls import Sides
from benchmarks.reading import ReadingRoom, rule
from benchmarks.stage import sandbox

#: Texts in a second that the stand-in takes, and how long it takes for one, as Twilio does.
ALLOWED = 100.0
#: What it takes where less is allowed than the sender's rate, and the share of the texts for that.
LESS, SHARE = 50.0, 5
ANSWER_SECONDS = 0.1
DAYS = 30
CLIENTS = 100
RULES = rule("invoice.create", "invoice_created")


def measure(directory: Path, size: int) -> Sides:
    """As many texts as ``size``, of one segment each; a fifth of them where less is allowed."""
    found = {
        "rate": _at(directory / "rate", size, ALLOWED),
        "rate, less allowed": _at(directory / "less", size // SHARE, LESS),
    }
    return found, {}


def _at(directory: Path, size: int, allowed: float) -> Numbers:
    with sandbox(directory / "books") as control:
        control.populate(invoices=size, overdue=size, clients=CLIENTS, spread_days=DAYS)
        control.set_scenario("callbacks-lost")
        control.change_settings(texts_per_second=allowed, answer_seconds=ANSWER_SECONDS)
        return _send(ReadingRoom(control, directory), size, allowed)


def _send(room: ReadingRoom, size: int, allowed: float) -> Numbers:
    today = datetime.now(UTC).date()
    period = {"since": str(today - timedelta(days=2 * DAYS)), "until": str(today)}
    long_ago = {"since": "2001-01-01", "until": "2001-12-31"}
    with room.worker("sender", RULES, sms_per_second=ALLOWED) as worker:
        room.measured(worker, "backfill", id="nothing", **long_ago)
        found = room.measured(worker, "backfill", id="everything", **period)
    stats = room.sandbox.stats()
    sent = stats.get("twilio.accepted", 0)
    return {
        "texts": sent,
        "texts per record": sent / size,
        "texts/s": sent / found["seconds"],
        "share of the allowed rate": sent / found["seconds"] / allowed,
        "refused with 429": stats.get("twilio.429s", 0),
        "refused with 429, share": stats.get("twilio.429s", 0) / size,
        "CPU ms per text": found["cpu_seconds"] / size * 1000,
        "idle memory (MB)": found["idle_mb"],
        "memory over idle (MB)": found["over_mb"],
    }
