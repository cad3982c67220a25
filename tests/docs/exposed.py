"""The names of all metrics, as `/metrics` shows them."""

from __future__ import annotations

import re

from duebell.measuring.numbers import Numbers
from duebell.measuring.source import written
from duebell.metrics import Metrics


def exposed_metrics() -> set[str]:
    """The families by name."""
    body, _ = Metrics().render(written(Numbers(plain={})))
    names = set(re.findall(r"^# TYPE (\w+) ", body.decode(), re.MULTILINE))
    return {name for name in names if not name.endswith("_created")}
