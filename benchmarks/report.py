"""The table of a run: Duebell beside the bare script, and whether it reached what it must."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table

Measures = Mapping[str, Mapping[str, float]]

#: Of a process that reads, beyond what it takes when it has nothing to do.
FLAT = ("≤", 50.0)

#: What must be reached, per measure and number; the direction is in the sign.
TARGETS: dict[tuple[str, str], tuple[str, float]] = {
    ("quiet", "webhook → Twilio p50 (s)"): ("≤", 0.3),
    ("quiet", "webhook → Twilio p95 (s)"): ("≤", 1.0),
    ("burst", "events/s"): ("≥", 150),
    ("burst", "ack p99 (s)"): ("≤", 1.0),
    ("burst", "acks not 2xx"): ("≤", 0),
    ("burst", "texts per event"): ("=", 1),
    ("burst", "peak memory (MB)"): ("≤", 600),
    ("steady", "ack p99 (s)"): ("≤", 0.1),
    ("idle", "CPU (% of a core)"): ("≤", 5),
    ("poll, filters honoured", "requests per page"): ("=", 1),
    ("poll, filters honoured", "found"): ("=", 50),
    ("poll, filters honoured", "memory over idle (MB)"): FLAT,
    ("poll, all remembered first", "requests per page"): ("=", 1),
    ("poll, all remembered first", "found"): ("=", 50),
    ("poll, all remembered first", "memory over idle (MB)"): FLAT,
    ("poll, filters ignored", "requests per page"): ("=", 1),
    ("poll, filters ignored", "found"): ("=", 50),
    ("poll, filters ignored", "memory over idle (MB)"): FLAT,
    ("poll, nothing new", "requests per account and kind"): ("=", 1),
    ("poll, nothing new", "CPU ms per account and kind"): ("≤", 20),
    ("poll, nothing new", "found"): ("=", 0),
    ("poll, nothing new", "memory over idle (MB)"): FLAT,
    ("backfill, dry run", "told"): ("=", 1),
    ("backfill, dry run", "records/s"): ("≥", 100),
    ("backfill, dry run", "memory over idle (MB)"): FLAT,
    ("backfill", "told"): ("=", 1),
    ("backfill", "records/s"): ("≥", 50),
    ("backfill", "memory over idle (MB)"): FLAT,
    ("rate", "texts per record"): ("=", 1),
    ("rate", "share of the allowed rate"): ("≥", 0.95),
    ("rate", "refused with 429, share"): ("≤", 0.01),
    ("rate", "memory over idle (MB)"): FLAT,
    ("rate, less allowed", "texts per record"): ("=", 1),
    ("rate, less allowed", "share of the allowed rate"): ("≥", 0.7),
    ("rate, less allowed", "refused with 429, share"): ("≤", 0.05),
}


def is_met(sign: str, target: float, value: float) -> bool:
    """Whether a value is what it must be."""
    return {"≤": value <= target, "≥": value >= target, "=": value == target}[sign]


def table(ours: Measures, bare: Measures) -> tuple[Table, bool]:
    """All numbers with their ratios, and whether every target is met."""
    made = Table("measure", "number", "bare script", "Duebell", "ratio", "target", "")
    all_met = True
    for measure, numbers in ours.items():
        for name, value in numbers.items():
            other = bare.get(measure, {}).get(name)
            sign, target = TARGETS.get((measure, name), ("", 0.0))
            met = is_met(sign, target, value) if sign else True
            all_met = all_met and met
            made.add_row(
                measure,
                name,
                "" if other is None else f"{other:.3f}",
                f"{value:.3f}",
                f"{value / other:.2f}" if other else "",
                f"{sign} {target:g}" if sign else "",
                ("✓" if met else "✗") if sign else "",
            )
    return made, all_met
