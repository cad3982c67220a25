"""The look of ``duebell check`` at the workers: who lives, by which rulebook, and what is held."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from deployments import inspection
from deployments.inspection import Known
from duebell.domain.failures import ConfigurationError
from duebell.ledger import rulebook_states, workers
from duebell.ledger.brake_reading import BRAKES
from duebell.ledger.engine import open_engine
from duebell.ledger.ledger import utc_now
from tests.ledger_scenes import ACCOUNT, a_worker

pytestmark = pytest.mark.flow

REASON = "620 messages in one run; the cap is 500"
FAULT = "duebell.toml line 3: unknown key `chanel`."


@pytest.fixture
def url(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ledger that the look reads."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUEBELL_DATABASE_URL", sqlite_url)
    return sqlite_url


def look(url: str, *faults: str, is_braked: bool = False) -> str:
    """What is said where a worker lives, whose rulebook's file has these faults."""
    now = utc_now()
    engine = open_engine(url)
    with engine.begin() as connection:
        workers.beat(connection, a_worker("w1"), now)
        rulebook_states.record(connection, "w1", "d1", faults, now)
        if is_braked:
            _engage(connection, now)
    engine.dispose()
    return asyncio.run(inspection.worker(Known(ledger_is_current=True)))


def _engage(connection: Connection, now: datetime) -> None:
    row = {"id": 3, "account_id": ACCOUNT, "cap": "run", "reason": REASON, "status": "engaged"}
    connection.execute(insert(BRAKES).values(**row, held=0, engaged_at=now))


def test_a_living_worker_is_well(url: str) -> None:
    """With a worker and nothing held it is one short word."""
    assert "1 running" == look(url)


def test_what_is_held_is_said_and_is_well(url: str) -> None:
    """An engaged brake is somebody's decision to make, and no fault of the installation."""
    assert f"1 running; brake 3 holds 0 messages: {REASON}" == look(url, is_braked=True)


def test_a_worker_with_a_broken_rulebook_is_told(url: str) -> None:
    """A worker that goes on by an older rulebook than its file is to be mended."""
    with pytest.raises(ConfigurationError) as refusal:
        look(url, FAULT)

    assert str(refusal.value).startswith("The rulebook file is broken; the one of ")
    assert str(refusal.value).endswith(FAULT)
