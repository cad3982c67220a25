"""A backfill holds one page in memory, however many there are."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import pytest

from duebell.domain.books import Kind, Money, Page, Payment
from duebell.providers.freshbooks.client import FreshBooksClient
from tests.integration.services.backfill_scene import Scene
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.place import Place

RULE = """
[[rule]]
on = "payment.create"
to = "client"
channel = "sms"
template = "payment_received"
"""


class LongBooks(FreshBooksClient):
    """Books with as many payments as ``pages`` says, none of them of January."""

    pages = 0

    async def list_page(
        self,
        account_id: str,
        kind: Kind,
        page: int,
        search: Mapping[str, str | Sequence[str]] | None = None,
        sort: str = "",
        includes: Sequence[str] = (),
    ) -> Page:
        """A page that is made in the moment it is asked for."""
        rows = tuple(
            Payment(
                account_id,
                str(page * 100 + number),
                "1",
                "7",
                Money(Decimal("10.00"), "USD"),
                date(2025, 6, 1),
                "Cash",
                True,
                None,
                note="a payment with some words about it " * 10 + str(number),
            )
            for number in range(100)
        )
        return Page(rows, page, self.pages, self.pages * 100)


class ShortList(LongBooks):
    """Ten pages."""

    pages = 10


class LongList(LongBooks):
    """Two hundred pages."""

    pages = 200


@pytest.mark.parametrize("is_dry", [False, True])
def test_memory_does_not_grow_with_the_list(
    place: Place, open_desk: OpenDesk, is_dry: bool
) -> None:
    """A list twenty times as long needs hardly more memory, with and without a dry run."""
    (place.home / "duebell.toml").write_text(RULE)
    peaks, read = [], []

    for number, books in enumerate((ShortList, ShortList, LongList)):
        scene = Scene(open_desk(place, f"worker-{number}", books_type=books))
        # In a process full of objects cyclic garbage is collected too seldom to measure anything.
        gc.collect()
        gc.freeze()
        tracemalloc.start()
        if is_dry:
            scene.rehearse()
        else:
            scene.run(id_=f"b{number}")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        read.append(scene.told[-1].records)

    assert [1_000, 1_000, 20_000] == read
    # The first one imports and caches.
    assert peaks[2] < 1.5 * peaks[1]
