"""An address to which everything goes in safe mode, and that is not used any more."""

from __future__ import annotations

import pytest

from duebell.domain.consent import Source
from duebell.domain.rules import SafeMode
from duebell.ledger import suppressions
from duebell.ledger.ledger import Ledger
from duebell.ledger.safe_addresses import safe_mode_faults
from tests.ledger_scenes import START, run

SAFE = SafeMode("+12125550177", "test@firm.example")


def suppress(ledger: Ledger, channel: str, address: str, source: Source) -> None:
    """Let an address not be used any more."""
    run(
        ledger.write(
            lambda c: suppressions.suppress(
                c, channel, address, source=source, reason="so it is", by="test", now=START
            )
        )
    )


def faults(ledger: Ledger) -> list[str]:
    """What is told of the addresses."""
    return run(ledger.read(lambda c: safe_mode_faults(c, SAFE)))


@pytest.mark.parametrize("source", [Source.STOP, Source.PROVIDER])
def test_a_safe_number_that_answered_stop_is_told(ledger: Ledger, source: Source) -> None:
    """The number is named, masked, with what lifts it: a START from it."""
    suppress(ledger, "sms", "+12125550177", source)

    told = faults(ledger)

    mend = "answer START from it, or set another."
    assert [f"The safe-mode number +1•••••0177 has opted out: {mend}"] == told


def test_a_safe_address_that_is_left_out_by_hand_is_told(ledger: Ledger) -> None:
    """What no START lifts has the command that does."""
    suppress(ledger, "email", "Test@firm.example", Source.HAND)

    (told,) = faults(ledger)

    assert told.startswith("The safe-mode address t•••••@firm.example is suppressed (so it is): ")
    assert "`duebell suppressions lift email`" in told


def test_other_peoples_opt_outs_are_no_fault(ledger: Ledger) -> None:
    """Nothing is said while the addresses may be used, whoever else has opted out."""
    suppress(ledger, "sms", "+12125550178", Source.STOP)

    assert [] == faults(ledger)
