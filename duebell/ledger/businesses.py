"""The firms whose books are watched, as far as commands need them that ask FreshBooks nothing."""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, or_, select

from duebell.domain.books import Business
from duebell.domain.clocks import FRESHBOOKS_ZONE
from duebell.domain.local_times import LocalTimes
from duebell.ledger.book_tables import BusinessRow
from duebell.ledger.statements import insert_or

BUSINESSES = BusinessRow.__table__  # type: ignore[attr-defined]

_CHANGING = ("business_id", "name", "time_zone", "country")


def remember(connection: Connection, business: Business) -> None:
    """Keep what is known of a firm, as the rulebook corrects it; writes only what is new."""
    statement = insert_or(connection, BUSINESSES).values(
        account_id=business.account_id,
        business_id=business.id,
        name=business.name,
        time_zone=business.time_zone,
        country=business.country,
    )
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["account_id"],
            set_={name: new[name] for name in _CHANGING},
            where=or_(*(BUSINESSES.c[name] != new[name] for name in _CHANGING)),
        )
    )


def read_all(connection: Connection) -> list[Business]:
    """All that were ever watched, by account."""
    rows = connection.execute(select(BUSINESSES).order_by(BUSINESSES.c.account_id))
    return [
        Business(
            account_id=row.account_id,
            id=row.business_id,
            name=row.name,
            time_zone=row.time_zone,
            country=row.country,
        )
        for row in rows
    ]


def local_times(connection: Connection) -> LocalTimes:
    """The clocks by which people read times."""
    return LocalTimes({one.account_id: _zone(one) for one in read_all(connection)})


def _zone(business: Business) -> tzinfo:
    try:
        return ZoneInfo(business.time_zone)
    except (KeyError, OSError, ValueError):
        return FRESHBOOKS_ZONE  # as everywhere else, where the zone is not known
