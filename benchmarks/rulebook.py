"""``python -m benchmarks.rulebook``: how long a large rulebook takes to load.

``--rules`` and ``--clients`` say how large it is, ``--json`` writes the numbers for a program. Each
client has everything that an override may have, which is more than any firm writes.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
import tomllib
from collections.abc import Callable

from duebell.rulebook.loading import read_rulebook
from duebell.rulebook.notes import notes_on

RULES, CLIENTS = 1000, 10_000
MOST_SECONDS = 1.0
ROUNDS = 5

_BEGINNING = """
[business]
quiet_hours = { from = "20:00", to = "09:00" }

[lists]
approvers = [{ name = "Dana", sms = "+12125550101", email = "dana@firm.example" }]
"""


def a_rulebook(rules: int, clients: int) -> str:
    """The text of a rulebook with so many rules and overrides, in which nothing is wrong."""
    return "\n".join([_BEGINNING, *map(_rule, range(rules)), *map(_client, range(clients))])


def _rule(number: int) -> str:
    return (
        '[[rule]]\non = "invoice.create"\nto = "client"\nchannel = "sms"\n'
        f'template = "invoice_created"\nwhen = {{ client = "{number}", min_amount = "1.00" }}\n'
    )


def _client(number: int) -> str:
    return (
        f'[client."{number}"]\nalso = ["list:approvers"]\nsilence = ["invoice.update"]\n'
        f'tags = ["vip"]\nlanguage = "fr"\nsms = "+1212555{100 + number % 100:04d}"\n'
        f'email = "ap{number}@acme.example"\n'
    )


def measure(rules: int, clients: int) -> dict[str, float]:
    """Seconds for parsing alone, for loading, for loading with a fault in each override."""
    text = a_rulebook(rules, clients)
    wrong = text.replace("silence =", "silense =")
    book, faults = read_rulebook(text, "duebell.toml")
    assert not faults, faults
    return {
        "size (MB)": len(text) / 1e6,
        "parse (s)": _best(lambda: tomllib.loads(text)),
        "load (s)": _best(lambda: read_rulebook(text, "duebell.toml")),
        "load, all faulty (s)": _best(lambda: read_rulebook(wrong, "duebell.toml")),
        "notes (s)": _best(lambda: notes_on(book)),
    }


def _best(work: Callable[[], object]) -> float:
    found = []
    for _ in range(ROUNDS):
        gc.collect()
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)


def main() -> int:
    """Measure and print; 1 where loading takes longer than it may."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rulebook", description=__doc__)
    parser.add_argument("--rules", type=int, default=RULES, help="how many rules")
    parser.add_argument("--clients", type=int, default=CLIENTS, help="how many overrides")
    parser.add_argument("--json", action="store_true", help="write JSON")
    options = parser.parse_args()
    numbers = measure(options.rules, options.clients)
    if options.json:
        print(json.dumps(numbers, indent=2))
    else:
        for name, value in numbers.items():
            print(f"{name.ljust(22)}{value:.3f}")
    return 0 if numbers["load (s)"] < MOST_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
