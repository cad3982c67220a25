"""Twilio misbehaves in every way the sandbox knows: each message is sent once and gets its end.

All of it happens at once in one installation, before the tests look: a call that is never answered
and a callback that is lost take half a minute each.
"""

from __future__ import annotations

import pytest

from tests.acceptance.installation import Installation
from tests.acceptance.promises import Record, broken_promises, wait_until_told

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

#: What happens to one message each: faults of the answer, and what becomes of its callbacks.
FAULTS = [
    ("429",),
    ("429-retry-after",),
    ("500-before-accept",),
    ("500-after-accept",),
    ("502-html-after-accept",),
    ("no-answer",),
    ("drop-before-accept",),
    ("drop-after-accept",),
    ("callbacks-lost",),
    ("callbacks-doubled",),
    ("callbacks-reordered",),
    ("undelivered",),
    ("500-after-accept", "callbacks-lost"),
    ("drop-after-accept", "callbacks-lost"),
    ("no-answer", "callbacks-lost"),
    ("drop-after-accept", "callbacks-reordered"),
    ("502-html-after-accept", "undelivered"),
]

#: A carrier that does not say why has said its last word; a phone that is off is tried again.
CODES = {"undelivered": "30008"}


@pytest.fixture(scope="module")
def told(shared: Installation) -> dict[tuple[str, ...], list[Record]]:
    """The invoice of each fault, after everything had its time."""
    shared.mend()
    records = {faults: tell_with(shared, number, faults) for number, faults in enumerate(FAULTS)}
    wait_until_told(shared, [one for faults, rows in records.items() for one in rows])
    return records


def tell_with(installation: Installation, number: int, faults: tuple[str, ...]) -> list[Record]:
    """Create an invoice for a new client, whose next text meets these faults once."""
    phone = f"+12125550{140 + number}"
    fields = {"organization": f"Client {number}", "mob_phone": phone}
    (client,) = installation.control.fire("client.create", fields=fields, deliver=False)
    for fault in faults:
        code = CODES.get(fault)
        installation.control.set_scenario(fault, count=1, match=phone, provider="twilio", code=code)
    return installation.control.fire("invoice.create", client=client["id"])


@pytest.mark.parametrize("faults", FAULTS, ids=" and ".join)
def test_a_fault_loses_and_doubles_nothing(
    shared: Installation, told: dict[tuple[str, ...], list[Record]], faults: tuple[str, ...]
) -> None:
    """A message that meets a fault of Twilio's is accepted once and gets its final status."""
    struck = shared.control.stats()

    broken = broken_promises(shared, told[faults])

    assert [] == broken
    assert all(f"faults.twilio.{fault}" in struck for fault in faults)
