"""The ladder of an invoice, rung by rung: who was told on each, and who was not and why.

Of rungs that were never decided about there is no row. Then the reason is worked out from what the
ledger knows of that day; where it knows nothing, that is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from duebell.domain.delivery import NotificationStatus
from duebell.domain.ladder import Rung
from duebell.domain.rules import Rule, Rulebook
from duebell.explaining.happenings import Row
from duebell.explaining.legend import Legend
from duebell.explaining.outlook import Outlook, seen
from duebell.explaining.silent_rungs import LadderTerms, SilentRungs
from duebell.explaining.standing import state_of
from duebell.ledger.story import Found

#: What became of a rung, where its message was not sent.
_VERDICTS = {
    NotificationStatus.PLANNED: "to come",
    NotificationStatus.SUPPRESSED: "not told",
    NotificationStatus.REJECTED: "not told",
    NotificationStatus.ABANDONED: "not told",
}


@dataclass(frozen=True, slots=True)
class RungTold:
    """What became of one rung by one rule, for one person where it was decided for each.

    ``verdict`` is ``told``, ``not told`` or ``to come``, or ``unknown`` where nobody can say.
    """

    days: int
    on: date
    rule: Rule
    number: int
    verdict: str
    reason: str
    decision: Row | None = None


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of an invoice that is due on ``due_on``, as the rules in force have them."""

    number: str
    due_on: date
    rungs: tuple[RungTold, ...]
    is_moved: bool = False


def ladders(found: Found, rulebook: Rulebook, legend: Legend, terms: LadderTerms) -> list[Ladder]:
    """The ladder of each invoice of a story, as far as its due date is known."""
    invoices: dict[tuple[str, str], list[Row]] = {}
    for row in found.decisions:
        if row["event"].startswith("invoice."):
            invoices.setdefault((row["account_id"], row["object_id"]), []).append(row)
    payments = [row for row in found.decisions if row["event"].startswith("payment.")]
    messages = {row["id"]: row for row in found.notifications}
    climbed = []
    for rows in invoices.values():
        facts = [row["facts"] for row in rows if row["facts"].get("due_on")]
        if facts:
            number = facts[-1].get("number")
            paid = [row for row in payments if number and row["invoice_number"] == number]
            looks = sorted((*rows, *paid), key=lambda row: (row["at"], row["id"]))
            outlook = Outlook(found, looks, rulebook, legend, terms.missed)
            silent = SilentRungs(rows, facts[-1], outlook, terms)
            climbed.append(_Climbing(rows, messages, rulebook, legend, silent).ladder())
    return [ladder for ladder in climbed if ladder.rungs]


class _Climbing:
    """The rungs of one invoice, and its rows in the order in which they were written."""

    def __init__(
        self,
        rows: Sequence[Row],
        messages: Mapping[str, Row],
        rulebook: Rulebook,
        legend: Legend,
        silent: SilentRungs,
    ) -> None:
        self._rows = rows
        self._messages = messages
        self._rulebook = rulebook
        self._names = {rule.name for rule in rulebook.rules}
        self._legend = legend
        self._silent = silent
        self._due_on = silent.due_on

    def ladder(self) -> Ladder:
        """All rungs, the first ones first."""
        rungs = sorted(self._rungs(), key=lambda one: (one.days, one.number))
        known = {row["occurrence"] for row in self._rows if "@" in (row["occurrence"] or "")}
        is_moved = any(not one.endswith(f"@{self._due_on.isoformat()}") for one in known)
        number = self._rows[-1]["invoice_number"] or self._rows[-1]["object_id"]
        return Ladder(number, self._due_on, tuple(rungs), is_moved)

    def _rungs(self) -> Iterator[RungTold]:
        for number, rule in enumerate(self._rulebook.rules, start=1):
            for days in rule.days:
                rung = Rung(days, self._due_on)
                try:
                    on = rung.on
                except OverflowError:
                    continue  # a due date in the year 9999
                for verdict, reason, row in self._told(rule, rung, on):
                    yield RungTold(days, on, rule, number, verdict, reason, row)

    def _told(self, rule: Rule, rung: Rung, on: date) -> Iterator[tuple[str, str, Row | None]]:
        rows = self._decided(rule, rung)
        if not rows:
            yield *self._silent.why(rule, rung, on), None
            return
        for row in rows:
            message = self._messages.get(row["notification_id"])
            if message is not None:
                told = f"{self._legend.message(message)}, {state_of(message)}"
                yield _VERDICTS.get(message["status"], "told"), told, row
            else:
                whom = f"{row['audience']}: " if row["audience"] else ""
                reason = self._legend.text(row["reason"], row["rulebook"])
                yield "not told", f"{whom}{reason}{seen(row)}", row

    def _decided(self, rule: Rule, rung: Rung) -> list[Row]:
        """The last decision about each person, by this rule or by one that was like it."""
        last: dict[object, Row] = {}
        for row in self._rows:
            if row["occurrence"] != rung.occurrence or not self._is_by(rule, row):
                continue
            # What was told once is told, whatever was decided afterwards.
            key = row["notification_id"] or (row["audience"], row["reason"])
            last[key] = row
        told = {row["audience"] for row in last.values() if row["notification_id"]}
        return [
            row
            for row in last.values()
            if row["notification_id"] or row["audience"] not in told or row["verdict"] == "skipped"
        ]

    def _is_by(self, rule: Rule, row: Row) -> bool:
        if row["rule"] == rule.name:
            return True
        # The rule may have had other rungs or another template then.
        return row["rule"] not in self._names and row["audience"] == rule.audience
