"""The whole story of a client, an invoice or a notification, in order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from duebell.domain.rules import Rulebook
from duebell.explaining import words
from duebell.explaining.changes import change
from duebell.explaining.folding import folded, without_repeated_plans
from duebell.explaining.happenings import Happening, Kind, Row
from duebell.explaining.legend import Legend
from duebell.explaining.standing import standing
from duebell.explaining.stops import stops
from duebell.ledger.story import Found


@dataclass(frozen=True, slots=True)
class Story:
    """What happened: ``told`` for people, with repetitions in one; ``now`` is where it stands.

    ``messages`` are the notifications by the short names that the lines have for them, and
    ``legend`` says what the lines call the rules and the people.
    """

    happenings: tuple[Happening, ...]
    told: tuple[Happening, ...]
    messages: Mapping[str, Row]
    now: str
    legend: Legend
    is_cut: bool = False


def tell(
    found: Found,
    now: datetime,
    since: datetime | None = None,
    rulebook: Rulebook | None = None,
) -> Story:
    """Tell what was found, of what happened since then. ``rulebook`` is the one in force."""
    legend = Legend(found, rulebook)
    telling = _Telling(found, legend)
    happenings = sorted(telling.all(), key=lambda one: one.order)
    if since is not None:
        happenings = [one for one in happenings if one.at >= since]
    messages = {name: telling.notifications[id_] for id_, name in legend.messages.items()}
    return Story(
        tuple(happenings),
        tuple(folded(without_repeated_plans(_of_its_time(happenings)))),
        messages,
        standing(found, now, legend),
        legend,
        found.is_cut,
    )


def _of_its_time(happenings: list[Happening]) -> list[Happening]:
    """Without what people answered before there was anything to tell of; decisions say it."""
    begin = next((one.at for one in happenings if one.kind is not Kind.OPT_OUT), None)
    if begin is None:
        return happenings
    return [one for one in happenings if one.kind is not Kind.OPT_OUT or one.at >= begin]


class _Telling:
    """The rows of a story, and what the ones say about the others."""

    def __init__(self, found: Found, legend: Legend) -> None:
        self._found = found
        self._legend = legend
        self.notifications = {row["id"]: row for row in found.notifications}
        self._names = {id_: legend.message(row) for id_, row in self.notifications.items()}
        self._by_sid = {row["provider_id"]: row["notification_id"] for row in found.attempts}

    def all(self) -> Iterator[Happening]:
        """Everything, in no order."""
        yield from self._heard()
        yield from self._decided()
        yield from self._sent()
        yield from self._changed()
        yield from self._kept_back()
        yield from stops(self._found.audit)

    def _heard(self) -> Iterator[Happening]:
        numbers = {
            row["signal_id"]: row["invoice_number"]
            for row in self._found.decisions
            if row["invoice_number"]
        }
        by_object = {
            row["object_id"]: row["invoice_number"]
            for row in self._found.decisions
            if row["event"].startswith(("invoice.", "bill.")) and row["invoice_number"]
        }
        for row in self._found.signals:
            yield words.heard(row, numbers.get(row["id"]) or by_object.get(row["object_id"]))

    def _decided(self) -> Iterator[Happening]:
        rulebook, facts = "", dict[str, str]()
        for row in self._found.decisions:
            news = [_facts(row["facts"])]
            if news[0] == facts.get(row["object_id"]):
                news = []
            facts[row["object_id"]] = _facts(row["facts"])
            if row["rulebook"] and rulebook and row["rulebook"] != rulebook:
                news.append("the rulebook has changed")
            rulebook = row["rulebook"] or rulebook
            shown = "; ".join(filter(None, news))
            notification = self.notifications.get(row["notification_id"])
            yield words.decided(row, notification, self._legend, f" [{shown}]" if shown else "")

    def _sent(self) -> Iterator[Happening]:
        for row in self._found.attempts:
            id_ = row["notification_id"]
            yield words.attempted(row, self.notifications[id_], self._names[id_])
        carriers = {row["provider_id"]: row["provider"] for row in self._found.attempts}
        why = {
            (row["entity_id"], row["to_status"]): row["reason"]
            for row in self._found.audit
            if row["entity"] == "notification"
        }
        for row in self._found.reports:
            id_ = row["notification_id"] or self._by_sid[row["provider_id"]]
            if id_ in self.notifications:
                reason = why.get((id_, row["raw_status"])) if row["error_code"] else ""
                yield words.reported(
                    row,
                    self.notifications[id_],
                    self._names[id_],
                    reason or "",
                    carriers.get(row["provider_id"]),
                )

    def _changed(self) -> Iterator[Happening]:
        outcomes: dict[str, set[str | None]] = {}
        for row in self._found.attempts:
            outcomes.setdefault(row["notification_id"], set()).add(row["outcome"])
        for row in self._audit("notification"):
            id_ = row["entity_id"]
            if (one := change(row, self._names[id_], outcomes.get(id_, ()))) is not None:
                yield one

    def _kept_back(self) -> Iterator[Happening]:
        pauses = _by_id(self._found.pauses)
        for row in self._audit("pause"):
            yield words.paused(row, pauses[row["entity_id"]], self._legend)
        suppressions = _by_id(self._found.suppressions)
        latest = {
            row["entity_id"]: row["id"]
            for row in self._audit("suppression")
            if row["action"] == "suppressed"
        }
        for row in self._audit("suppression"):
            is_latest = latest.get(row["entity_id"]) == row["id"]
            yield words.opted(row, suppressions[row["entity_id"]], is_latest=is_latest)
        for brake in self._found.brakes:
            rows = map(self.notifications.__getitem__, self._legend.messages)
            held = [row for row in rows if row["brake_id"] == brake["id"]]
            yield from words.braked(brake, held, self._legend)

    def _audit(self, entity: str) -> Iterator[Row]:
        return (row for row in self._found.audit if row["entity"] == entity)


def _by_id(rows: Iterable[Row]) -> dict[str, Row]:
    return {str(row["id"]): row for row in rows}


def _facts(facts: Mapping[str, Any]) -> str:
    """What a decision looked at, in a few words."""
    parts = ["deleted or archived"] if facts.get("is_active") is False else []
    if facts.get("status"):
        parts.append(f"FreshBooks: {facts['status']}")
    if facts.get("outstanding"):
        parts.append(f"{facts['outstanding']} {facts.get('currency', '')} outstanding")
    if facts.get("due_on"):
        parts.append(f"due {facts['due_on']}")
    return ", ".join(parts)
