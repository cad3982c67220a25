"""Before the first start: commands say so, and leave nothing that would stand in its way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.checking import clean_environment
from tests.flows.commands import run_duebell

pytestmark = pytest.mark.flow

RULES = '[[rule]]\non="invoice.create"\nto="client"\nchannel="sms"\ntemplate="invoice_created"\n'


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("webhooks list", 1),
        ("backfill --since 2026-01-01 --until 2026-01-31 --dry-run", 1),
        ("rules try new.toml --since 2026-01-01", 1),
        ("worker", 3),
        ("web", 3),
    ],
)
def test_nothing_is_made(tmp_path: Path, command: str, code: int) -> None:
    """In a directory without a ledger each says how to make one, and makes no file itself."""
    rulebook = tmp_path / "new.toml"
    rulebook.write_text(RULES)

    told = run_duebell(tmp_path, clean_environment(), *command.split())

    assert (code, "") == (told.code, told.out)
    assert told.err.startswith("There is no ledger yet: start Duebell with `duebell up`")
    assert [rulebook] == list(tmp_path.iterdir())
