"""Questions about more rows than a database takes parameters for."""

from __future__ import annotations

from duebell.ledger import backfills, notifications
from duebell.ledger.ledger import Ledger
from tests.ledger_scenes import column, planned, run

#: PostgreSQL takes 65,535 parameters in one statement, and SQLite may take as few as 32,766.
MANY = [f"nobody-{number}" for number in range(66_000)]


def test_any_number_of_notifications_is_read(ledger: Ledger) -> None:
    """The first and the last of very many are found, to be looked at and to be changed."""
    first, last = planned(ledger, "1"), planned(ledger, "2")
    ids = [first, *MANY, last]

    read = run(ledger.read(lambda c: notifications.read(c, ids)))
    locked = run(ledger.write(lambda c: notifications.lock(c, ids)))

    assert {first, last} == set(read) == set(locked)


def test_any_number_of_messages_is_known_by_their_keys(ledger: Ledger) -> None:
    """A dry run may ask for very many dedup keys at once."""
    for object_id in ("1", "2"):
        planned(ledger, object_id)
    first, last = column(ledger, "select dedup_key from notifications")

    known = run(ledger.read(lambda c: backfills.known(c, [first, *MANY, last])))

    assert {first: "planned", last: "planned"} == known
