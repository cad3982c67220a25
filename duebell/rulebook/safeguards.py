"""Reading ``[brakes]``, ``[escalation]`` and ``[safe_mode]``: what keeps mistakes from going on."""

from __future__ import annotations

import re
from decimal import Decimal

from duebell.domain.rules import Brakes, Escalation, SafeMode
from duebell.rulebook.faults import Faults
from duebell.rulebook.places import BRAKES, ESCALATION, SAFE_MODE
from duebell.rulebook.tables import Table
from duebell.rulebook.values import email_fault, number_fault

BRAKE_KEYS, ESCALATION_KEYS, SAFE_KEYS = BRAKES, ESCALATION, SAFE_MODE

#: Nobody needs to hear of what failed a month ago.
_MOST_HOURS = 720

_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)\s*(%?)")


def read_brakes(faults: Faults, values: object) -> Brakes:
    """The caps over which sending holds and asks; what is wrong is left out."""
    table = _table(faults, "brakes", values)
    table.refuse_unknown(BRAKE_KEYS)
    return Brakes(table.whole("per_run", 1), table.whole("per_hour", 1), _share(table))


def _share(table: Table) -> float | None:
    if percent := _percent(table.raw("share_of_clients")):
        meant = f"{percent / 100:f}".rstrip("0")
        table.must("share_of_clients", f"a part of 1 and no percentage; write `{meant}`")
        return None
    share = table.number("share_of_clients")
    if share is not None and not 0 < share <= 1:
        table.must("share_of_clients", "more than 0 and at most 1, such as `0.5` for a half")
        return None
    return None if share is None else float(share)


def _percent(value: object) -> Decimal | None:
    """The percentage that somebody wrote instead of a part; None where it is none."""
    found = _PERCENT.fullmatch(str(value).strip())
    if found is None or isinstance(value, bool):
        return None
    number, is_percent = Decimal(found[1]), bool(found[2])
    return number if 0 < number < 100 and (is_percent or number >= 2) else None


def read_escalation(faults: Faults, values: object) -> Escalation:
    """When staff is told of messages that failed; what is wrong is left out."""
    usual = Escalation()
    table = _table(faults, "escalation", values)
    table.refuse_unknown(ESCALATION_KEYS)
    hours = table.number("after_hours")
    if hours is not None and not 0 < hours <= _MOST_HOURS:
        must = f"more than 0 and at most {_MOST_HOURS} hours, such as `4` or `0.5`"
        table.must("after_hours", must)
        hours = None
    failures = table.whole("failures", 1)
    return Escalation(
        usual.after_hours if hours is None else float(hours),
        usual.failures if failures is None else failures,
    )


def read_safe_mode(faults: Faults, values: object) -> SafeMode:
    """Where everything goes instead; what is wrong is left out."""
    if values is None:
        return SafeMode()
    table = _table(faults, "safe_mode", values)
    table.refuse_unknown(SAFE_KEYS)
    found = {}
    for key in SAFE_KEYS:
        value = found[key] = table.text(key) or ""
        fault = email_fault(value) if key == "email" else number_fault(value, faults.country)
        if value and fault:
            table.fault(key, fault)
    if values == {}:
        mend = 'write `sms = "+12125550100"`, or take the table out'
        faults.add(("safe_mode",), f"[safe_mode] names nobody, so nothing is safe; {mend}")
    return SafeMode(**found)


def _table(faults: Faults, name: str, values: object) -> Table:
    if isinstance(values, dict):
        return Table(faults, (name,), values, f"[{name}]")
    faults.add((name,), f"`{name}` must be a table; start it with `[{name}]`")
    return Table(faults, (name,), {}, f"[{name}]")
