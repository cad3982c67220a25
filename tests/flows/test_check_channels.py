"""The look of ``duebell check`` at sending: stopped channels, and reports that do not come."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from deployments import inspecting_channels
from deployments.inspection import Known, NotChecked
from duebell.domain.failures import ConfigurationError
from duebell.ledger import channel_stops
from duebell.ledger.engine import open_engine
from duebell.ledger.ledger import utc_now

pytestmark = pytest.mark.flow


@pytest.fixture
def url(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ledger that the look reads."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUEBELL_DATABASE_URL", sqlite_url)
    return sqlite_url


def look(*, is_current: bool = True) -> str:
    """What is said of the channels."""
    return asyncio.run(inspecting_channels.channels(Known(ledger_is_current=is_current)))


def test_channels_that_work_are_well(url: str) -> None:
    """Where nothing is stopped and nothing is missed it is one short line."""
    assert "nothing is stopped, and no reports are missing" == look()


def test_a_stopped_channel_is_to_be_mended(url: str) -> None:
    """What stopped it is told, with what to type afterwards."""
    engine = open_engine(url)
    with engine.begin() as connection:
        channel_stops.stop(connection, "sms", "20003", "No key.", utc_now(), is_late=False)
    engine.dispose()

    with pytest.raises(ConfigurationError) as told:
        look()

    (fault,) = told.value.faults
    assert "No key (20003)" in fault
    assert "`duebell channels resume sms`" in fault


def test_without_a_ledger_nothing_is_said() -> None:
    """A ledger that cannot be read proves nothing about channels."""
    with pytest.raises(NotChecked):
        look(is_current=False)
