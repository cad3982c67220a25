"""Reading ``[business]``: time zone, currency, country, quiet times, the attention budget."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

from duebell.domain.rules import (
    BUSINESS_COUNTRY,
    Budget,
    BusinessTerms,
    Channel,
    QuietHours,
    Reminders,
)
from duebell.people.calendars import known_region
from duebell.people.countries import nearest_region, region_of
from duebell.rulebook.faults import Faults, guess, listed
from duebell.rulebook.places import BUDGET, BUSINESS, QUIET_HOURS
from duebell.rulebook.tables import Table
from duebell.rulebook.values import (
    WEEKDAYS,
    country_fault,
    currency_fault,
    time_fault,
    time_zone_fault,
    weekday_fault,
)

KEYS, QUIET_KEYS, BUDGET_KEYS = BUSINESS, QUIET_HOURS, BUDGET

_QUIET_EXAMPLE = '{ from = "20:00", to = "09:00", days = ["sat", "sun"] }'
_BUDGET_EXAMPLE = "{ day = 3, week = 8 }"


def read_business(faults: Faults, values: object) -> BusinessTerms:
    """What holds for every rule; what is wrong is left out."""
    if not isinstance(values, dict):
        faults.add(("business",), "`business` must be a table; start it with `[business]`")
        return BusinessTerms()
    table = Table(faults, ("business",), values, "[business]")
    table.refuse_unknown(KEYS)
    country = _checked(table, "country", country_fault)
    reminders = table.choice("freshbooks_reminders", tuple(map(str, Reminders)), "choice")
    return BusinessTerms(
        time_zone=_checked(table, "time_zone", time_zone_fault),
        currency=_checked(table, "currency", currency_fault),
        country=country,
        quiet=_quiet_hours(table.table("quiet_hours", _QUIET_EXAMPLE)),
        holidays=_holidays(table, country),
        budget=_budget(table.table("budget", _BUDGET_EXAMPLE)),
        freshbooks_reminders=Reminders(reminders) if reminders else Reminders.WARN,
    )


def _checked(table: Table, key: str, fault_of: Callable[[str], str | None]) -> str:
    value = table.text(key)
    if value is not None and (fault := fault_of(value)):
        table.fault(key, fault)
        return ""
    return value or ""


def _holidays(table: Table, country: str) -> str:
    value = table.raw("holidays")
    if isinstance(value, bool):
        if not value:
            return ""
        return region_of(country) or BUSINESS_COUNTRY
    region = table.text("holidays")
    if region is None:
        return ""
    if not known_region(region):
        near = nearest_region(region)
        mend = "write a country or a country and its part, such as `CA` or `CA-ON`"
        mend = f"did you mean `{near[0]}` ({near[1]})?" if near else mend
        table.fault("holidays", f"the holidays of `{region}` are not known; {mend}")
        return ""
    return region


def _budget(table: Table | None) -> Budget | None:
    if table is None:
        return None
    table.refuse_unknown(BUDGET_KEYS)
    if not table:
        mend = f"write one like `budget = {_BUDGET_EXAMPLE}`, or take it out"
        table.faults.add(table.way, f"{table.title} states nothing; {mend}")
    day, week = table.whole("day", 1), table.whole("week", 1)
    if day is not None and week is not None and day > week:
        table.fault("day", f"{day} is more than the {week} of a week; make it less")
    return Budget(day, week)


def _quiet_hours(table: Table | None) -> QuietHours | None:
    if table is None:
        return None
    table.refuse_unknown(QUIET_KEYS)
    if not table.keys & {"from", "to", "days"}:
        mend = f"write them like `quiet_hours = {_QUIET_EXAMPLE}`, or take it out"
        table.faults.add(table.way, f"{table.title} name no hours and no days; {mend}")
    faults_before = len(table.faults)
    begin, end = _time(table, "from"), _time(table, "to")
    if begin == end and table.keys & {"from", "to"} and len(table.faults) == faults_before:
        key = "from" if "from" in table else "to"
        table.fault(key, "no time lies between `from` and `to`; a day begins and ends at `00:00`")
    return QuietHours(begin, end, _days(table), _channels(table))


def _days(table: Table) -> frozenset[int]:
    names = table.texts("days")
    for index, name in enumerate(names):
        if fault := weekday_fault(name):
            table.fault("days", fault, index)
    days = frozenset(WEEKDAYS.index(name) for name in names if name in WEEKDAYS)
    if len(days) == len(WEEKDAYS):
        table.fault("days", "no minute of the week is left to tell anybody; leave a day out")
    return days


def _channels(table: Table) -> frozenset[Channel]:
    names = table.texts("channels")
    known = tuple(map(str, Channel))
    for index, name in enumerate(names):
        if name not in known:
            mend = guess(name, known) or f"there are {listed(known)}"
            table.fault("channels", f"there is no channel `{name}`; {mend}", index)
    return frozenset(Channel(name) for name in names if name in known) or QuietHours().channels


def _time(table: Table, key: str) -> time:
    """A time of day; midnight where there is none."""
    value = table.raw(key)
    if isinstance(value, time):
        table.must(key, f'text; write it like `{key} = "{value:%H:%M}"`')
        return time(0)
    text = _checked(table, key, time_fault)
    return time.fromisoformat(text) if text else time(0)
