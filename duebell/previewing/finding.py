"""Finding a record by whatever people call it: its id, its number, its name, or whose it is.

The ledger is asked first; then FreshBooks' lists are read, which know no search that can be relied
on, so only the newest records of large books are looked through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from duebell.domain.books import Client, Invoice, Kind, Record, Vendor
from duebell.domain.calling import called
from duebell.domain.failures import NothingFound
from duebell.ledger import naming
from duebell.ledger.naming import NOTIFICATION
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.previewing.nouns import NOUNS, name_of
from duebell.rulebook.faults import guess
from duebell.runtime import Runtime
from duebell.wording.plain_text import clean_value

#: How many pages of a hundred records are read of a list.
MOST_PAGES = 10

#: What belongs to whom, and by which field it says so.
_OWNERS: Mapping[Kind, tuple[tuple[Kind, str], ...]] = {
    Kind.INVOICE: ((Kind.CLIENT, "client_id"),),
    Kind.PAYMENT: ((Kind.INVOICE, "invoice_id"), (Kind.CLIENT, "client_id")),
    Kind.BILL: ((Kind.VENDOR, "vendor_id"),),
    Kind.EXPENSE: ((Kind.CLIENT, "client_id"),),
}


@dataclass(slots=True)
class RecordSearch:
    """The lists of one account, each read once."""

    runtime: Runtime
    account_id: str
    is_cut: bool = False
    _lists: dict[Kind, list[Record]] = field(default_factory=dict)

    async def find(self, kind: Kind, word: str) -> str:
        """The id of the one record of a kind that is meant.

        Raises:
            NothingFound: if nothing is called so, or several are, with what may be meant.
            ProviderError: if FreshBooks cannot be asked.
        """
        if known := await self._in_ledger(kind, word):
            return known
        found = await self._called(kind, word)
        if len(found) == 1:
            return found[0].id
        if found:
            raise NothingFound(naming.candidates(word, [_words(one) for one in found]))
        raise NothingFound(await self._nothing(kind, word))

    async def _in_ledger(self, kind: Kind, word: str) -> str:
        """The id of the one record that the ledger knows by this word; or by a message about it."""

        kinds = (kind.value, NOTIFICATION)
        found = await self.runtime.ledger.read(lambda c: naming.find(c, word, kinds))
        records = {one.id for one in found if one.kind == kind}
        messages = [one.id for one in found if one.kind == NOTIFICATION]
        if messages and not records:
            records = await self._told_by(messages, kind)
        return records.pop() if len(records) == 1 else ""

    async def _told_by(self, messages: Sequence[str], kind: Kind) -> set[str]:
        table = NOTIFICATIONS.c
        query = select(table.object_id).where(
            table.id.in_(messages), table.event.startswith(f"{kind.value}.")
        )
        rows = await self.runtime.ledger.read(lambda c: c.execute(query).scalars().all())
        return set(rows)

    async def _called(self, kind: Kind, word: str) -> list[Record]:
        rows = {record.id: record for record in await self._all(kind)}
        ids = called(word, {id_: _names(record) for id_, record in rows.items()})
        if ids:
            return [rows[id_] for id_ in ids]
        for owner, attribute in _OWNERS.get(kind, ()):
            owners = {one.id for one in await self._called(owner, word)}
            found = [one for one in rows.values() if getattr(one, attribute) in owners]
            if found:
                return found
        return []

    async def _all(self, kind: Kind) -> list[Record]:
        if kind not in self._lists:
            self._lists[kind] = await self._read(kind)
        return self._lists[kind]

    async def _read(self, kind: Kind) -> list[Record]:
        found: list[Record] = []
        number, pages = 1, 1
        while number <= min(pages, MOST_PAGES):
            page = await self.runtime.books.list_page(self.account_id, kind, number)
            found += page.records
            number, pages = number + 1, page.pages
        self.is_cut = self.is_cut or pages > MOST_PAGES
        return found

    async def _nothing(self, kind: Kind, word: str) -> str:
        sentence = (
            f"FreshBooks has no {NOUNS[kind]} called “{clean_value(word)}” "
            f"in the account {self.account_id}"
        )
        if mend := guess(word, [name for one in await self._all(kind) for name in _names(one)]):
            return f"{sentence}; {mend}"
        if self.is_cut:
            return f"{sentence} among the newest; name an older one by its id"
        return sentence


def _names(record: Record) -> list[str]:
    """What a record is called."""
    if isinstance(record, Client):
        people = f"{record.first_name} {record.last_name}"
        return [name for name in (record.organization, people.strip()) if name]
    if isinstance(record, Vendor):
        return [record.name]
    own = getattr(record, "number", "") or getattr(record, "vendor", "")
    return [own] if own else []


def _words(record: Record) -> str:
    """A record among others that are called alike."""
    name = name_of(record)
    of = f" of {clean_value(record.organization)}" if isinstance(record, Invoice) else ""
    return f"{name}{of} ({record.id})" if name != record.id else name
