"""``python -m benchmarks``: measure Duebell beside the bare script and print both with the ratio.

Run it on a machine that does nothing else. ``--quick`` takes fewer events; ``--only`` names the
measures; ``--json`` writes the numbers for a program.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import measures
from benchmarks.stage import System, bare_script, duebell

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
}

Numbers = dict[str, dict[str, float]]


def plan(*, quick: bool) -> dict[str, Callable[[System], dict[str, float]]]:
    """The measures, in the order in which they run."""
    events, rounds, seconds, idle_seconds = (300, 10, 5, 10) if quick else (1000, 40, 20, 60)
    return {
        "idle": lambda system: measures.idle(system, idle_seconds),
        "quiet": lambda system: measures.quiet(system, rounds),
        "burst": lambda system: measures.burst(system, events),
        "steady": lambda system: measures.steady(system, 100, seconds // 2),
    }


def _measure(system: System, chosen: list[str], *, quick: bool, console: Console) -> Numbers:
    numbers: Numbers = {}
    for name, measure in plan(quick=quick).items():
        if name in chosen:
            console.print(f"{system.name}: {name} ...", style="dim")
            numbers[name] = measure(system)
    return numbers


def _is_met(sign: str, target: float, value: float) -> bool:
    return {"≤": value <= target, "≥": value >= target, "=": value == target}[sign]


def _table(ours: Numbers, bare: Numbers) -> tuple[Table, bool]:
    table = Table("measure", "number", "bare script", "Duebell", "ratio", "target", "")
    all_met = True
    for measure, numbers in ours.items():
        for name, value in numbers.items():
            other = bare.get(measure, {}).get(name)
            ratio = f"{value / other:.2f}" if other else ""
            sign, target = TARGETS.get((measure, name), ("", 0.0))
            met = _is_met(sign, target, value) if sign else True
            all_met = all_met and met
            table.add_row(
                measure,
                name,
                "" if other is None else f"{other:.3f}",
                f"{value:.3f}",
                ratio,
                f"{sign} {target:g}" if sign else "",
                ("✓" if met else "✗") if sign else "",
            )
    return table, all_met


def main() -> int:
    """Measure and print; 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = list(plan(quick=True))
    parser.add_argument("--quick", action="store_true", help="fewer events")
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="measures")
    parser.add_argument("--json", action="store_true", help="write JSON")
    options = parser.parse_args()
    console = Console(stderr=options.json)
    with tempfile.TemporaryDirectory() as directory:
        results = {}
        for make in (bare_script, duebell):
            with make(Path(directory) / make.__name__) as system:
                results[system.name] = _measure(
                    system, options.only, quick=options.quick, console=console
                )
    table, all_met = _table(results["Duebell"], results["bare script"])
    if options.json:
        sys.stdout.write(json.dumps(results, indent=2) + "\n")
    else:
        console.print(table)
    return 0 if all_met else 1


if __name__ == "__main__":
    sys.exit(main())
