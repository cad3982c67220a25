"""A firm's books in memory that remember every state a record was in, and every look at one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from duebell.domain.books import Client, Invoice, Kind, Page, Record, Vendor, kind_of
from duebell.domain.failures import RecordGone, TryAgain
from tests.ledger_scenes import Clock
from tests.paging_books import PagingBooks

FRESHBOOKS_ZONE = ZoneInfo("America/New_York")

RecordT = TypeVar("RecordT", bound=Record)
#: The kind and the id of a record.
Key = tuple[Kind, str]


@dataclass(frozen=True)
class State:
    """A record from a moment on."""

    at: datetime
    record: Record

    @property
    def key(self) -> Key:
        """Which record it is."""
        return kind_of(self.record), self.record.id


@dataclass(frozen=True)
class Habits:
    """What FreshBooks does and nobody is sure of.

    ``hides_deleted`` answers 404 for a deleted record; ``bumps_paid`` gives an invoice a new
    ``updated`` when a payment comes or goes; ``vendor_shift`` is by how much vendors' times are
    off; ``trouble`` is the share of requests that fail.
    """

    hides_deleted: bool = False
    bumps_paid: bool = True
    vendor_shift: timedelta = timedelta()
    trouble: float = 0.0

    @staticmethod
    def of(random: Random) -> Habits:
        """Some habits."""
        return Habits(
            hides_deleted=random.random() < 0.5,
            bumps_paid=random.random() < 0.5,
            vendor_shift=timedelta(hours=random.choice((-5, -4, 0, 0, 5))),
            trouble=random.choice((0.0, 0.05, 0.2)),
        )


class RememberingBooks(PagingBooks):
    """The books of one account. ``looks`` are the single records that were read, in order.

    While it ``is_calm`` no request fails.
    """

    def __init__(self, account_id: str, clock: Clock, habits: Habits, seed: str) -> None:
        super().__init__()
        self.account_id = account_id
        self.clock = clock
        self.habits = habits
        self.filters = {"updated_min": _is_changed_since, "v3_status": _has_status}
        self.archived: set[Key] = set()
        self.states: dict[Key, list[State]] = defaultdict(list)
        self.looks: list[State] = []
        self.stumbles = 0
        self.is_calm = False
        self._seed = seed
        self._requests: Counter[str] = Counter()

    # -- what people do

    def put(self, record: Record, *, bumps: bool = True) -> None:
        """Write a record as it is from now on; ``updated`` and the version follow unless told."""
        if bumps:
            record = self._bumped(record)
        key = (kind_of(record), record.id)
        self.states[key].append(State(self.clock(), record))
        is_deleted = not record.is_active and key not in self.archived
        home, other = self.rows[key[0]], self.deleted[key[0]]
        if is_deleted:
            home, other = other, home
        other[:] = [row for row in other if row.id != record.id]
        if all(row.id != record.id for row in home):
            home.append(record)
        home[:] = [record if row.id == record.id else row for row in home]

    def _bumped(self, record: Record) -> Record:
        now = self.clock().replace(microsecond=0)
        if isinstance(record, Vendor):
            now += self.habits.vendor_shift
        changes: dict[str, Any] = {"updated_at": now}
        if hasattr(record, "version"):
            changes["version"] = self.clock().isoformat()
        return replace(record, **changes)

    def now(self, kind: Kind, of_type: type[RecordT]) -> list[RecordT]:
        """The records of a kind as they are now, oldest first; deleted ones too."""
        found = (states[-1].record for key, states in self.states.items() if key[0] is kind)
        return [record for record in found if isinstance(record, of_type)]

    # -- what Duebell reads

    async def list_page(
        self,
        account_id: str,
        kind: Kind,
        page: int,
        search: Mapping[str, str | Sequence[str]] = {},
        sort: str = "",
        includes: Sequence[str] = (),
    ) -> Page:
        """One page of a list, if FreshBooks answers."""
        self._stumble(f"list {kind} {page}")
        return await super().list_page(account_id, kind, page, search, sort, includes)

    async def client(self, account_id: str, id: str, *, with_reminders: bool = False) -> Client:
        """A client of these books; the one of all invoices is in no list."""
        if (Kind.CLIENT, id) in self.states:
            return self._find(Kind.CLIENT, id, Client)
        return await super().client(account_id, id, with_reminders=with_reminders)

    async def vendor(self, account_id: str, id: str) -> Vendor:
        """A vendor of these books."""
        return self._find(Kind.VENDOR, id, Vendor)

    def _find(self, kind: Kind, id: str, of_type: type[RecordT]) -> RecordT:
        self._stumble(f"{kind} {id}")
        record = super()._find(kind, id, of_type)
        self.looks.append(State(self.clock(), record))
        if self.habits.hides_deleted and record in self.deleted[kind]:
            raise RecordGone
        return record

    def _stumble(self, request: str) -> None:
        """Fail now and then; for the same request at the same count in the same way."""
        self._requests[request] += 1
        dice = Random(f"{self._seed} {request} {self._requests[request]}")
        if not self.is_calm and dice.random() < self.habits.trouble:
            self.stumbles += 1
            raise TryAgain("FreshBooks was not reached.")


def _is_changed_since(record: Record, day: str) -> bool:
    updated = record.updated_at
    return updated is None or updated.astimezone(FRESHBOOKS_ZONE).date() >= date.fromisoformat(day)


def _has_status(record: Record, status: str) -> bool:
    return isinstance(record, Invoice) and record.status == status
