"""Scenes of waiting: rulebooks with quiet hours, a desk under one, and the hour of its readers."""

from __future__ import annotations

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from duebell.rulebook.opening import open_rulebook
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place
from tests.ledger_scenes import Clock, column

RULE = """
[[rule]]
on = "invoice.create"
to = "client"
channel = "sms"
template = "invoice_created"
"""
STAFF = """
[lists]
office = [{ name = "Dana", sms = "+12125550188" }]
[[rule]]
on = "brake.engaged"
to = "list:office"
channel = "sms"
template = "brake_engaged"
"""
#: The client's number is in New York, where the tests begin at 10 o'clock of a Wednesday.
NEW_YORK = ZoneInfo("America/New_York")
QUIET = '[business]\nquiet_hours = { from = "08:00", to = "11:00" }\n'
CLIENT = "+12125550101"


def begin_on_wednesday(clock: Clock) -> None:
    """It is 10 in the morning of a Wednesday, not long ago."""
    local = clock().astimezone(NEW_YORK)
    local -= timedelta(days=(local.weekday() - 2) % 7)
    clock.at = local.replace(hour=10, minute=0).astimezone(UTC)


def under(place: Place, open_desk: OpenDesk, text: str, **settings: object) -> Desk:
    """A desk whose rulebook says this."""
    (place.home / "duebell.toml").write_text(text, encoding="utf-8")
    return open_desk(place, **settings)


def holds(desk: Desk) -> list[str | None]:
    """For what each notification waits."""
    return column(desk.ledger, "select hold from notifications order by created_at, id")


def at(desk: Desk, hour: int, minute: int = 0) -> None:
    """It is this time in New York, on the day of the desk."""
    local = desk.clock().astimezone(NEW_YORK)
    desk.clock.at = local.replace(hour=hour, minute=minute).astimezone(UTC)
    desk.later(seconds=0)


def another_rulebook(desk: Desk, text: str) -> None:
    """The file says something else, and the worker has noticed."""
    file = desk.place.home / "duebell.toml"
    file.write_text(text, encoding="utf-8")
    desk.runtime.rulebook = open_rulebook(file, desk.runtime.renderer)
