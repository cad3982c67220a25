"""Processes are asked to end in the middle of a burst: they do, and what waits is done later."""

from __future__ import annotations

import random
import time

import pytest

from tests.acceptance.installation import Installation
from tests.acceptance.part import wait_until
from tests.acceptance.promises import broken_promises, progress, wait_until_told

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

BURST = 80
#: `duebell up` kills what has not ended by then.
PATIENCE_SECONDS = 15.0


@pytest.mark.parametrize("name", ["worker", "web"])
def test_a_part_ends_when_asked(installation: Installation, name: str) -> None:
    """SIGTERM in the middle of a burst ends a process cleanly; every webhook is told once."""
    moment = random.Random(name).randrange(BURST // 2, BURST)
    before = progress(installation.control)
    records = installation.control.fire("invoice.create", BURST, concurrency=20)
    wait_until(lambda: progress(installation.control) - before >= moment, "the burst is on")
    began = time.monotonic()

    code = installation.parts[name].end()

    seconds = time.monotonic() - began
    installation.start(name)
    wait_until_told(installation, records)
    assert 0 == code
    assert seconds < PATIENCE_SECONDS
    assert [] == broken_promises(installation, records)
