"""``duebell backfill`` beside a running installation: killed, interrupted, and gone on with."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter

import pytest

from tests.acceptance.installation import Installation
from tests.acceptance.part import ROOT, wait_until
from tests.acceptance.promises import Record, texts_by_invoice

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

COUNT = 130
SECONDS = 120
#: A backfill that believes in a slow sender keeps few signals in the inbox, and so takes a while.
SLOWLY = {"DUEBELL_SMS_PER_SECOND": "3"}


class Command:
    """``duebell backfill`` as a process."""

    def __init__(self, installation: Installation, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "duebell", "backfill", *arguments],
            cwd=ROOT,
            env={**installation.environment, **SLOWLY},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ended(self) -> tuple[int, str, str]:
        """Wait for its end; gives exit code, output and errors."""
        out, err = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, out, err


def period(day: str) -> tuple[str, ...]:
    """The arguments for one day."""
    return ("--since", day, "--until", day)


def invoices_of(installation: Installation, day: str, count: int = COUNT) -> list[Record]:
    """Invoices of a day that nobody was told of."""
    fields = {"create_date": day}
    return installation.control.fire("invoice.create", count, fields=fields, deliver=False)


def times_told(installation: Installation, records: list[Record]) -> Counter[int]:
    """How many of the invoices were told how often."""
    texts = texts_by_invoice(installation.control)
    return Counter(len(texts[record["number"]]) for record in records)


def told(installation: Installation, records: list[Record]) -> int:
    """How many texts there are of these invoices."""
    return sum(times * count for times, count in times_told(installation, records).items())


def test_a_killed_backfill_goes_on(installation: Installation) -> None:
    """Killed in the middle and resumed, it has told everybody once in the end."""
    records = invoices_of(installation, "2026-01-10")
    first = Command(installation, *period("2026-01-10"))
    wait_until(lambda: told(installation, records) >= 30, "some are told", SECONDS)
    first.process.send_signal(signal.SIGKILL)
    first.ended()
    id_, found = installation.last_backfill()

    code, out, err = Command(installation, "--resume", id_, "--json").ended()

    assert 0 < found < COUNT
    assert (0, id_, "done") == (code, json.loads(out)["id"], json.loads(out)["status"]), err
    assert {1: COUNT} == times_told(installation, records)


def test_a_killed_worker_does_not_matter(installation: Installation) -> None:
    """The worker dies while it works a backfill off; its successor does the rest, each once."""
    records = invoices_of(installation, "2026-01-11")
    command = Command(installation, *period("2026-01-11"))
    wait_until(lambda: told(installation, records) >= 30, "some are told", SECONDS)
    installation.kill("worker")
    installation.start("worker")

    code, _, err = command.ended()

    if code:
        code, _, err = Command(installation, "--resume", installation.last_backfill()[0]).ended()
    wait_until(lambda: not installation.count_unfinished(), "all is worked off", SECONDS)
    assert 0 == code, err
    assert {1: COUNT} == times_told(installation, records)


def test_ctrl_c_leaves_it_resumable(installation: Installation) -> None:
    """Interrupted at the terminal, it ends with exit code 1 and the command that goes on."""
    records = invoices_of(installation, "2026-01-12")
    first = Command(installation, *period("2026-01-12"))
    wait_until(lambda: told(installation, records) >= 10, "some are told", SECONDS)
    first.process.send_signal(signal.SIGINT)

    code, _, err = first.ended()

    id_, _ = installation.last_backfill()
    assert 1 == code
    assert f"`duebell backfill --resume {id_}` goes on." in err
    resumed, _, err = Command(installation, "--resume", id_).ended()
    assert 0 == resumed, err
    assert {1: COUNT} == times_told(installation, records)


def test_a_dry_run_is_an_array(installation: Installation) -> None:
    """With --json a dry run writes one array, of which nothing is sent."""
    records = invoices_of(installation, "2026-01-13", 3)

    code, out, err = Command(installation, *period("2026-01-13"), "--dry-run", "--json").ended()

    rows = json.loads(out)
    assert 0 == code, err
    assert sorted(one["number"] for one in records) == sorted(row["number"] for row in rows)
    assert {"planned"} == {row["verdict"] for row in rows}
    assert {0: 3} == times_told(installation, records)


def test_nonsense_is_wrong_use(installation: Installation) -> None:
    """What cannot be backfilled ends with exit code 2 and a sentence."""
    code, out, err = Command(
        installation, *period("2026-01-14"), "--event", "invoice.update"
    ).ended()

    assert (2, "") == (code, out)
    assert "FreshBooks keeps no history of changes" in err
