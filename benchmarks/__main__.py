"""``python -m benchmarks [main|poll|backfill|rate ...]``: measure Duebell beside the bare script.

Run it on a machine that does nothing else. Without a part, all of them are measured. ``--quick``
takes less of everything; ``--size`` says how many invoices are polled, of which a tenth is
backfilled, or texted at a limited rate; ``--only`` names measures of the part ``main``; ``--json``
writes the numbers for a program.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from benchmarks import backfills, measures, polls, rates, report
from benchmarks.polls import Sides
from benchmarks.stage import System, bare_script, duebell

PARTS = ("main", "poll", "backfill", "rate")
SIZE, QUICK_SIZE = 100_000, 10_000
ROUNDS, QUICK_ROUNDS = 20, 5

Numbers = dict[str, dict[str, float]]


def plan(*, quick: bool) -> dict[str, Callable[[System], dict[str, float]]]:
    """The measures of the part ``main``, in the order in which they run."""
    events, rounds, seconds, idle_seconds = (300, 10, 5, 10) if quick else (1000, 40, 20, 120)
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


def _measure_main(options: argparse.Namespace, directory: Path, console: Console) -> Sides:
    found = []
    for make in (bare_script, duebell):
        with make(directory / make.__name__) as system:
            found.append(_measure(system, options.only, quick=options.quick, console=console))
    return found[1], found[0]


def _measure_part(
    part: str, options: argparse.Namespace, directory: Path, console: Console
) -> Sides:
    if part == "main":
        return _measure_main(options, directory, console)
    size = options.size or (QUICK_SIZE if options.quick else SIZE)
    console.print(f"{part} ...", style="dim")
    if part == "poll":
        return polls.measure(directory, size, QUICK_ROUNDS if options.quick else ROUNDS)
    measure = backfills.measure if part == "backfill" else rates.measure
    return measure(directory, max(1, size // 10))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = list(plan(quick=True))
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--size", type=int, help="invoices to poll")
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="measures of main")
    parser.add_argument("--json", action="store_true", help="write JSON")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return options


def main() -> int:
    """Measure and print; 1 where a target is missed."""
    options = _options()
    console = Console(stderr=options.json)
    ours: Numbers = {}
    bare: Numbers = {}
    with tempfile.TemporaryDirectory() as directory:
        for part in options.parts or PARTS:
            sides = _measure_part(part, options, Path(directory) / part, console)
            ours.update(sides[0])
            bare.update(sides[1])
    table, all_met = report.table(ours, bare)
    if options.json:
        sys.stdout.write(json.dumps({"bare script": bare, "Duebell": ours}, indent=2) + "\n")
    else:
        console.print(table)
    return 0 if all_met else 1


if __name__ == "__main__":
    sys.exit(main())
