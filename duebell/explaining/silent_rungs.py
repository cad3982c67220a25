"""Why a rung of the ladder was told to nobody, where there is no row that says so.

It is worked out from what the ledger knows of that day; where it knows nothing, that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType

from duebell.domain.ladder import LONGEST_DELAY_DAYS, MissedRungs, Rung
from duebell.domain.local_times import LocalTimes
from duebell.domain.rules import Rule
from duebell.domain.sentences import as_part
from duebell.explaining.happenings import Row
from duebell.explaining.outlook import Outlook, over, says_nothing, seen, settled
from duebell.explaining.times import minute

_UNKNOWN = "no decision is on record for this rung"


@dataclass(frozen=True, slots=True)
class LadderTerms:
    """What is known besides: now, the clocks, and since when the invoices of each are watched."""

    now: datetime
    times: LocalTimes = field(default_factory=LocalTimes)
    missed: MissedRungs = MissedRungs.LATEST
    watched: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))


class SilentRungs:
    """The looks at one invoice, in the order in which they were written.

    ``outlook`` has those at payments of it, too, which show the invoice; ``facts`` are what was
    last seen of it.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        facts: Mapping[str, str],
        outlook: Outlook,
        terms: LadderTerms,
    ) -> None:
        self._rows = rows
        self._looks = outlook.looks
        self._facts = facts
        self._outlook = outlook
        self._rulebook = outlook.rulebook
        self._legend = outlook.legend
        self._terms = terms
        self._zone = terms.times.zone(rows[0]["account_id"])
        self._today = terms.now.astimezone(self._zone).date()
        self.due_on = date.fromisoformat(facts["due_on"])

    def why(self, rule: Rule, rung: Rung, on: date) -> tuple[str, str]:
        """What became of a rung of which nothing was decided: the verdict, and why."""
        issued = self._facts.get("issued_on")
        if issued and on <= date.fromisoformat(issued):
            return "not told", f"the invoice was issued on {issued}, not before that day"
        if on > self._today:
            return self._to_come(rule, rung)
        reasons = (self._why_then(rule, rung), self._paid_by(on), self._watched_since(on))
        for reason in (*reasons, self._passed_over(rule, rung)):
            if reason:
                return "not told", reason
        if on == self._today:
            verdict, reason = self._to_come(rule, rung)
            return verdict, reason or "today; nothing is decided about it yet"
        if (self._today - on).days > LONGEST_DELAY_DAYS:
            return "unknown", f"{_UNKNOWN}; by now it is too late for it"
        return "unknown", _UNKNOWN

    def _to_come(self, rule: Rule, rung: Rung) -> tuple[str, str]:
        if reason := over(self._looks) or self._outlook.unreachable(rule):
            return "not told", f"{reason}; it is told if that changes"
        verdict, reason = self._outlook.paused(rule, rung)
        return verdict or "to come", reason

    def _why_then(self, rule: Rule, rung: Rung) -> str:
        """What was said about the invoice as a whole while this rung was the one to tell."""
        later = [days for days in self._ladder_of(rule) if days > rung.days]
        until = min(later, default=rung.days + LONGEST_DELAY_DAYS + 1)
        for row in reversed(self._rows):
            is_then = rung.days <= (self._day(row) - self.due_on).days < until
            is_whole = row["occurrence"] is None and row["notification_id"] is None
            is_by = row["rule"] in (None, rule.name)
            if is_then and is_whole and is_by and not says_nothing(row):
                return f"{as_part(self._legend.text(row['reason']))}{seen(row)}"
        return ""

    def _paid_by(self, on: date) -> str:
        """Whether the invoice was known to be owed no more when the day came."""
        before = [one for one in self._looks if self._day(one) <= on and one["facts"].get("status")]
        state = settled(before[-1]["facts"]) if before else ""
        return f"{state} by then{seen(before[-1])}" if state else ""

    def _watched_since(self, on: date) -> str:
        since = self._terms.watched.get(self._rows[0]["account_id"])
        if since is None or since.astimezone(self._zone).date() <= on:
            return ""
        return f"that was before Duebell began to watch these books ({minute(since)})"

    def _passed_over(self, rule: Rule, rung: Rung) -> str:
        """Whether a later rung of the same ladder was told first."""
        if self._terms.missed is not MissedRungs.LATEST:
            return ""
        for days in sorted(number for number in self._ladder_of(rule) if number > rung.days):
            later = Rung(days, self.due_on)
            for row in self._rows:
                if row["occurrence"] == later.occurrence and row["rule"]:
                    return (
                        f"nobody looked in time; {minute(row['at'])} day {days:+d} was reached, "
                        "and of missed rungs only the last is told"
                    )
        return ""

    def _ladder_of(self, rule: Rule) -> set[int]:
        """The days of the ladder to which a rule belongs."""
        for ladder in self._rulebook.ladders(rule.on):
            if rule in ladder:
                return {days for one in ladder for days in one.days}
        return set(rule.days)

    def _day(self, row: Row) -> date:
        day: date = row["at"].astimezone(self._zone).date()
        return day
