"""Moments as people read them: on the clock of the business that they are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo


@dataclass(frozen=True, slots=True)
class LocalTimes:
    """The clocks of the businesses, by FreshBooks account; UTC where nothing is known of one."""

    zones: Mapping[str, tzinfo] = field(default_factory=dict)

    def zone(self, account_id: str | None = None) -> tzinfo:
        """The clock of an account; without one that of all, where all of them have the same."""
        if account_id and account_id in self.zones:
            return self.zones[account_id]
        names = {str(zone): zone for zone in self.zones.values()}
        return next(iter(names.values())) if len(names) == 1 else UTC

    def minute(self, moment: datetime, account_id: str | None = None) -> str:
        """A moment to the minute, with what its clock is called: ``2026-11-14 09:30 EST``."""
        return _shown(moment.astimezone(self.zone(account_id)), "%Y-%m-%d %H:%M")

    def soon(self, moment: datetime, now: datetime, account_id: str | None = None) -> str:
        """A moment to come: ``09:30 EST`` where it is today, and with its day where it is not."""
        zone = self.zone(account_id)
        local = moment.astimezone(zone)
        is_today = local.date() == now.astimezone(zone).date()
        return _shown(local, "%H:%M" if is_today else "%Y-%m-%d %H:%M")

    def second(self, moment: datetime, account_id: str | None = None) -> str:
        """A moment to the second: ``2026-11-14 09:30:05 EST``."""
        return _shown(moment.astimezone(self.zone(account_id)), "%Y-%m-%d %H:%M:%S")

    def aware(self, moment: datetime) -> datetime:
        """What somebody typed as aware UTC; a time without a zone is that of the business."""
        typed = moment if moment.tzinfo is not None else moment.replace(tzinfo=self.zone())
        return typed.astimezone(UTC)


def _shown(local: datetime, form: str) -> str:
    return f"{local:{form}} {abbreviation(local)}"


def abbreviation(local: datetime) -> str:
    """What people call the clock of an aware moment: ``EST``; ``UTC-03`` where it has no name."""
    name = local.tzname() or "UTC"
    return f"UTC{name}" if name[0] in "+-" else name
