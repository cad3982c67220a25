"""Doing at the start what would make the first message wait: tables load lazily."""

from __future__ import annotations

from duebell.notifying.surroundings import holidays_for
from duebell.people.countries import region_of
from duebell.people.phones import pick_mobile
from duebell.people.zones import zones_of_number
from duebell.runtime import Runtime
from duebell.wording.sample_records import SAMPLE_BUSINESS, SAMPLE_CLIENT


def warm_up(runtime: Runtime) -> None:
    """Load locales, phone number metadata, and zones and holidays if they matter.

    The templates are compiled by then: opening the rulebook has rendered each that a rule names.
    """
    rulebook = runtime.rulebook
    region_of("Canada")
    pick_mobile(SAMPLE_CLIENT, SAMPLE_BUSINESS.country)
    if rulebook.business.quiet is not None:
        zones_of_number(SAMPLE_CLIENT.mobile_phone)
        holidays_for(rulebook, SAMPLE_BUSINESS, runtime.now())
