"""How the values of the ledger's rows are given: for programs, or as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping

from duebell.domain.delivery import NotificationStatus
from duebell.domain.local_times import LocalTimes


@dataclass(frozen=True, slots=True)
class Shown:
    """How times are given: ISO 8601, or on the clock of an account; ``now`` where that is known."""

    times: LocalTimes | None = None
    account_id: str = ""
    to_the_second: bool = False
    now: datetime | None = None

    def picked(self, row: RowMapping, names: tuple[str, ...]) -> dict[str, object]:
        """Some columns of a row."""
        return {name: self._plain(row[name]) for name in names}

    def failure(self, row: RowMapping) -> dict[str, object]:
        """Since when it carries the flag: planned again, it has none."""
        return {"failed_at": self._plain(row["failed_at"] if row["failed"] else None)}

    def minute(self, moment: datetime) -> str:
        """A moment inside a sentence."""
        return (self.times or LocalTimes()).minute(moment, self.account_id)

    def again(self, row: RowMapping) -> str:
        """When what waits without a hold is tried next, for people; empty where that is no news."""
        at = row["not_before"]
        is_waiting = row["status"] == NotificationStatus.PLANNED and not row["hold"]
        if self.times is None or self.now is None or at is None or not is_waiting or at <= self.now:
            return ""
        verb = "again" if row["reason"] or row["attempts"] else "leaves"
        return f"{verb} at {self.times.soon(at, self.now, self.account_id)}"

    def _plain(self, value: object) -> object:
        if self.times is None:
            return value.isoformat() if isinstance(value, datetime) else value
        if isinstance(value, dict):
            return {name: self._plain(_moment(part)) for name, part in value.items()}
        if not isinstance(value, datetime):
            return value
        if self.to_the_second:
            return self.times.second(value, self.account_id)
        return self.times.minute(value, self.account_id)


def _moment(value: object) -> object:
    """What is kept as a time in JSON as a time; anything else as it is."""
    if not (isinstance(value, str) and "T" in value):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return value if moment.tzinfo is None else moment
