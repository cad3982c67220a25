"""Whether the addresses to which everything goes in safe mode may be used."""

from __future__ import annotations

from sqlalchemy import Connection

from duebell.domain.consent import LIFTED_BY_START
from duebell.domain.rules import Channel, SafeMode
from duebell.ledger import suppression_reading
from duebell.ledger.suppression_reading import Suppression
from duebell.people.masking import mask
from duebell.people.safe_mode import safe_address


def safe_mode_faults(connection: Connection, safe_mode: SafeMode) -> list[str]:
    """A sentence with the mend for each that is suppressed: whatever goes there does not leave."""
    given = {channel: safe_mode.address_for(channel) for channel in Channel}
    found = (suppression_reading.find(connection, *one) for one in given.items() if one[1])
    return [_sentence(one) for one in found if one is not None]


def _sentence(one: Suppression) -> str:
    who = f"The {safe_address(one.channel, mask(one.channel, one.address))}"
    if one.source in LIFTED_BY_START:
        return f"{who} has opted out: answer START from it, or set another."
    lift = f"lift that with `duebell suppressions lift {one.channel}`"
    return f"{who} is suppressed ({one.reason}): {lift} and the address, or set another."
