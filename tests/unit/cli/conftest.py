"""Running commands in an empty directory, with or without a ledger."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from duebell.cli import main
from duebell.ledger.engine import open_engine, upgrade
from duebell.settings import load_settings
from tests.unit.cli.running import Outcome, Run


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run commands in an empty directory, with the data directory below it."""
    for name in [name for name in os.environ if name.startswith("DUEBELL_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run_command(*arguments: str) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        code = ended.value.code
        written = capsys.readouterr()
        return Outcome(code if isinstance(code, int) else 0, written.out, written.err)

    return run_command


@pytest.fixture
def ledger(run: Run) -> Iterator[Session]:
    """The ledger that the commands read, empty and open for writing."""
    url = load_settings().ledger_url
    upgrade(url)
    engine = open_engine(url)
    with Session(engine) as session:
        yield session
    engine.dispose()
