"""What is to be expected: whether more will be told of a record, as far as the ledger knows.

Nothing is asked of FreshBooks. It is what the newest look at a record showed, and whether the last
look found anybody who can be reached; both may change, so it is always said when that was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from duebell.domain.circumstances import Paused
from duebell.domain.decisions import Verdict
from duebell.domain.ladder import MissedRungs, Rung
from duebell.domain.pauses import paused_until
from duebell.domain.planning import NOTHING_TOLD
from duebell.domain.reasons import DELETED
from duebell.domain.rules import Rule, Rulebook, shown_audience
from duebell.domain.sentences import as_part
from duebell.explaining.happenings import Row
from duebell.explaining.legend import Legend
from duebell.explaining.times import minute
from duebell.ledger.story import Found
from duebell.people.comparable import comparable

_UNTOLD = (Verdict.SKIPPED, Verdict.SUPPRESSED)
#: What FreshBooks' own word for an invoice says, where that keeps rungs from being told.
_STATES = {"disputed": "the invoice is disputed", "draft": "the invoice is a draft"}


def seen(row: Row) -> str:
    """When something was looked at, in brackets."""
    return seen_at(row["at"])


def seen_at(moment: datetime) -> str:
    """The same of a moment."""
    return f" (seen {minute(moment)})"


def settled(facts: Mapping[str, str]) -> str:
    """Why nothing is owed, by what was seen of the invoice; empty where something is."""
    if facts.get("status") == "paid":
        return "the invoice was paid"
    if facts.get("outstanding") and Decimal(facts["outstanding"]) <= 0:
        return "nothing was outstanding"
    return ""


def says_nothing(row: Row) -> bool:
    """A look at which nothing was to be told says nothing of what else is."""
    is_nothing = row["reason"].startswith((NOTHING_TOLD, "no rule is about"))
    return is_nothing or row["verdict"] in (Verdict.MERGED, Verdict.REPEATED)


def ended(row: Row) -> str:
    """Why nobody is told of an invoice at all while it is as this look showed it; maybe empty."""
    if not row["event"].startswith("invoice."):
        return ""
    if row["facts"].get("is_active") is False:
        return DELETED
    if not row["facts"] and not says_nothing(row):
        return str(row["reason"])  # FreshBooks had nothing to show
    return _STATES.get(row["facts"].get("status", ""), "")


def over(looks: Sequence[Row]) -> str:
    """Why nothing more is told of an invoice, by the newest look at it that showed anything."""
    for row in reversed(looks):
        if reason := ended(row) or settled(row["facts"]):
            return f"{as_part(reason)}{seen(row)}"
        if row["facts"].get("status"):
            return ""
    return ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What keeps the people of an invoice from hearing of its next rungs.

    ``looks`` are the decisions about it and about its payments, the oldest first.
    """

    found: Found
    looks: Sequence[Row]
    rulebook: Rulebook
    legend: Legend
    missed: MissedRungs

    def unreachable(self, rule: Rule) -> str:
        """Why nobody of the rule's audience could be told at the last look; empty if somebody."""
        rows = [row for row in self.looks if self._is_like(row, rule)]
        together = [row for row in rows if row["at"] == rows[-1]["at"]]
        reasons = [self._why_not(row) for row in together]
        if not reasons or not all(reasons):
            return ""
        return "; ".join(dict.fromkeys(reasons))

    def _is_like(self, row: Row, rule: Rule) -> bool:
        """Whether a decision was about the same people on the same channels."""
        if row["audience"] != shown_audience(rule.audience) or says_nothing(row):
            return False
        others = [one for one in self.rulebook.rules if one.name == row["rule"]]
        # What a person heard before says nothing of another event.
        return any(one.channels == rule.channels and _is_of(one, rule) for one in others)

    def _why_not(self, row: Row) -> str:
        message = self._message(row["notification_id"])
        if message is not None:
            return self._suppressed(message)
        is_lifted = any(
            one["lifted_at"] is not None and one["lifted_at"] >= row["at"]
            for one in self.found.suppressions
        )
        if row["verdict"] not in _UNTOLD or (is_lifted and row["verdict"] == Verdict.SUPPRESSED):
            return ""
        return f"{as_part(self.legend.text(row['reason'], row['rulebook']))}{seen(row)}"

    def _message(self, id_: str | None) -> Row | None:
        return next((row for row in self.found.notifications if row["id"] == id_), None)

    def _suppressed(self, message: Row) -> str:
        """Why the address of a message must not be used any more."""
        channel = message["channel"]
        place = (channel, comparable(channel, message["recipient"]))
        for row in self.found.suppressions:
            if row["lifted_at"] is None and (row["channel"], row["address"]) == place:
                return f"{as_part(row['reason'])}{seen_at(row['since'])}"
        return ""

    def paused(self, rule: Rule, rung: Rung) -> tuple[str, str]:
        """What a pause makes of a rung to come: the verdict, and why; both empty without one."""
        for row in self.found.pauses:
            until = date.fromisoformat(str(row["until"]))
            if row["lifted_at"] is None and rung.on < until and self._is_about(row):
                reason = paused_until(row["kind"], until)
                if self._is_told_late(rule, rung, until):
                    return "to come", f"not before {until}: {reason}"
                return "not told", reason
        return "", ""

    def _is_about(self, pause: Row) -> bool:
        last = self.looks[-1]
        if pause["account_id"] not in ("", last["account_id"]):
            return False
        if pause["kind"] == Paused.CLIENT:
            return any(pause["object_id"] == row["client_id"] for row in self.looks)
        names = {name for row in self.looks for name in (row["object_id"], row["invoice_number"])}
        return pause["object_id"] in names

    def _is_told_late(self, rule: Rule, rung: Rung, until: date) -> bool:
        """Whether a rung is still told when a pause ends on that day."""
        if self.missed is MissedRungs.NONE or (rung.days <= 0 and until > rung.due_on):
            return False
        ladder = next((one for one in self.rulebook.ladders(rule.on) if rule in one), (rule,))
        later = {days for one in ladder for days in one.days if days > rung.days}
        is_passed = any(rung.due_on + timedelta(days=days) <= until for days in later)
        return self.missed is MissedRungs.ALL or not is_passed


def _is_of(one: Rule, rule: Rule) -> bool:
    return one.name == rule.name or one.when.first_time is None
