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
from duebell.settings import Settings, load_settings
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


def look(url: str, *faults: str, is_braked: bool = False, known: Known | None = None) -> str:
    """What is said where a worker lives, whose rulebook's file has these faults."""
    now = utc_now()
    engine = open_engine(url)
    with engine.begin() as connection:
        workers.beat(connection, a_worker("w1"), now)
        rulebook_states.record(connection, "w1", "d1", faults, now)
        if is_braked:
            _engage(connection, now)
    engine.dispose()
    return asyncio.run(inspection.worker(known or Known(ledger_is_current=True)))


def _engage(connection: Connection, now: datetime) -> None:
    row = {"id": 3, "account_id": ACCOUNT, "cap": "run", "reason": REASON, "status": "engaged"}
    connection.execute(insert(BRAKES).values(**row, held=0, engaged_at=now))


def test_a_living_worker_is_well(url: str) -> None:
    """With a worker and nothing held it is one short word."""
    assert "1 running" == look(url)


def test_what_is_held_is_said_and_is_well(url: str) -> None:
    """An engaged brake is somebody's decision to make, and no fault of the installation."""
    assert f"1 running; brake 3 holds 0 messages: {REASON}" == look(url, is_braked=True)


def test_a_fault_is_told_once(url: str) -> None:
    """Where the look at the rulebook's file has told what is wrong, the worker's look does not."""
    told = look(url, FAULT, known=Known(ledger_is_current=True, rulebook_is_faulty=True))

    assert told.startswith("1 running, by the rulebook of 20")
    assert FAULT not in told


def test_a_rulebook_that_is_gone_is_told(url: str) -> None:
    """The shipped rulebook, which would apply at a start, is not what a living worker goes by."""
    look(url)
    known = Known(load_settings())

    with pytest.raises(ConfigurationError) as refusal:
        asyncio.run(inspection.rulebook(known))

    assert str(refusal.value).startswith("duebell.toml is gone; the worker goes on with")
    assert (None, True) == (known.rulebook, known.rulebook_is_faulty)


def test_a_worker_with_a_broken_rulebook_is_told(url: str) -> None:
    """A worker that goes on by an older rulebook than its file is to be mended."""
    with pytest.raises(ConfigurationError) as refusal:
        look(url, FAULT)

    assert str(refusal.value).startswith("The rulebook file is broken; the one of ")
    assert str(refusal.value).endswith(FAULT)


@pytest.mark.parametrize(
    ("is_sandbox", "command"), [(False, "duebell worker"), (True, "duebell up --sandbox")]
)
def test_without_a_worker_the_mend_starts_one(
    url: str, tmp_path: Path, is_sandbox: bool, command: str
) -> None:
    """In a sandbox it starts the sandbox too, without which a worker finds nothing."""
    settings = Settings(home=tmp_path)
    if is_sandbox:
        (tmp_path / "sandbox.env").touch()

    with pytest.raises(ConfigurationError) as refusal:
        asyncio.run(inspection.worker(Known(settings, ledger_is_current=True)))

    assert f"No worker is running: start one with `{command}`." == str(refusal.value)
