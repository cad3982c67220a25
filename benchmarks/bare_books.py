"""The bare script's way through whole lists: the next page until there is none, and nothing else.

No look at whether rows moved meanwhile, no watermark, no rules; a refused request ends it.
Run: ``python -m benchmarks.bare_books SANDBOX_URL DIRECTORY REFRESH_TOKEN``.
Orders: ``list`` invoices; ``look`` each of them and its client up besides; ``tell`` of each.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.bare import AT_ONCE, Bare
from benchmarks.orders import Numbers, serve
from duebell.providers.freshbooks import wire as freshbooks
from duebell.sandbox import credentials

Rows = list[dict[str, Any]]


class Books:
    """What can be ordered."""

    def __init__(self, bare: Bare) -> None:
        self._bare = bare
        self._limit = asyncio.Semaphore(AT_ONCE)

    async def list(self, searches: list[Mapping[str, str]]) -> Numbers:
        """Read the pages of these searches, and find the invoices that are overdue."""
        pages = overdue = 0
        for search in searches:
            async for rows in self._pages(search):
                pages += 1
                found = [freshbooks.invoice_from(row, credentials.ACCOUNT_ID) for row in rows]
                overdue += sum(invoice.status == "overdue" for invoice in found)
        return {"pages": pages, "signals": overdue}

    async def look(self, search: Mapping[str, str]) -> Numbers:
        """Read the pages, and each record and its client."""
        pages = records = 0
        async for rows in self._pages(search):
            pages, records = pages + 1, records + len(rows)
            await asyncio.gather(*(self._look_up(str(row["id"])) for row in rows))
        return {"pages": pages, "records": records}

    async def tell(self, search: Mapping[str, str]) -> Numbers:
        """Read the pages, and send a text for each record."""
        pages = records = 0
        async for rows in self._pages(search):
            pages, records = pages + 1, records + len(rows)
            await asyncio.gather(*(self._tell(str(row["id"])) for row in rows))
        return {"pages": pages, "records": records}

    async def _pages(self, search: Mapping[str, str]) -> AsyncIterator[Rows]:
        number = pages = 1
        while number <= pages:
            query = freshbooks.list_query(number, search, "invoice_date_asc", ())
            result = await self._bare.get(f"/invoices/invoices?{query}")
            yield result["invoices"]
            number, pages = number + 1, result["pages"]

    async def _look_up(self, object_id: str) -> None:
        async with self._limit:
            await self._bare.invoice_and_client(object_id)

    async def _tell(self, object_id: str) -> None:
        async with self._limit:
            await self._bare.write(
                "INSERT OR IGNORE INTO events (id, object, state) VALUES (?, ?, 'new')",
                int(object_id),
                object_id,
            )
            await self._bare.tell(int(object_id), object_id)


async def main(sandbox_url: str, directory: Path, refresh_token: str) -> None:
    """Log in and carry out orders."""
    port = int(sandbox_url.rpartition(":")[2])
    # Nobody reports to the address of the first port: the sandbox is told to keep status to itself.
    bare = Bare(port, port, directory)
    await bare.log_in(refresh_token)
    books = Books(bare)
    await serve({"list": books.list, "look": books.look, "tell": books.tell})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
