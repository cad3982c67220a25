"""``duebell backfill`` beside a running installation: killed, interrupted, and gone on with."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol

import pytest

from tests.acceptance.installation import Installation
from tests.acceptance.part import wait_until
from tests.acceptance.promises import Record, texts_by_invoice
from tests.flows.commands import Running
from tests.flows.surroundings import ROOT

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

COUNT = 80
SECONDS = 120
#: A backfill that believes in a slow sender keeps few signals in the inbox, and so takes a while.
SLOWLY = {"DUEBELL_SMS_PER_SECOND": "3"}


class Begin(Protocol):
    """Starts ``duebell backfill`` with these arguments."""

    def __call__(self, *arguments: str) -> Running: ...


@pytest.fixture
def begin(installation: Installation) -> Iterator[Begin]:
    """Starts ``duebell backfill``; what still runs then ends with the test."""
    environment = {**installation.environment, **SLOWLY}
    with ExitStack() as begun:
        yield lambda *arguments: begun.enter_context(
            Running(ROOT, environment, "backfill", *arguments)
        )


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


def wait_until_some_are_told(installation: Installation, before: int) -> None:
    """Wait until Twilio has taken some of the texts, by how many it had taken before."""
    wait_until(lambda: taken(installation) - before >= 20, "some are told", SECONDS)


def taken(installation: Installation) -> int:
    """How many texts Twilio has taken."""
    return int(installation.control.stats().get("twilio.accepted", 0))


def test_a_killed_backfill_goes_on(installation: Installation, begin: Begin) -> None:
    """Killed in the middle and resumed, it has told everybody once in the end."""
    records = invoices_of(installation, "2026-01-10")
    before = taken(installation)
    first = begin(*period("2026-01-10"))
    wait_until_some_are_told(installation, before)
    first.process.send_signal(signal.SIGKILL)
    first.told()
    id_, found = installation.last_backfill()

    resumed = begin("--resume", id_, "--json").told(SECONDS)

    assert 0 < found < COUNT
    assert 0 == resumed.code, resumed.err
    assert (id_, "done") == (resumed.json["id"], resumed.json["status"])
    assert {1: COUNT} == times_told(installation, records)


def test_a_killed_worker_does_not_matter(installation: Installation, begin: Begin) -> None:
    """The worker dies while it works a backfill off; its successor does the rest, each once."""
    records = invoices_of(installation, "2026-01-11")
    before = taken(installation)
    command = begin(*period("2026-01-11"))
    wait_until_some_are_told(installation, before)
    installation.kill("worker")
    installation.start("worker")

    ended = command.told(SECONDS)

    if ended.code:
        ended = begin("--resume", installation.last_backfill()[0]).told(SECONDS)
    wait_until(lambda: not installation.count_unfinished(), "all is worked off", SECONDS)
    assert 0 == ended.code, ended.err
    assert {1: COUNT} == times_told(installation, records)


def test_ctrl_c_leaves_it_resumable(installation: Installation, begin: Begin) -> None:
    """Interrupted at the terminal, it ends with exit code 1 and the command that goes on."""
    records = invoices_of(installation, "2026-01-12")
    before = taken(installation)
    first = begin(*period("2026-01-12"))
    wait_until_some_are_told(installation, before)
    first.process.send_signal(signal.SIGINT)

    ended = first.told()

    id_, _ = installation.last_backfill()
    assert 1 == ended.code
    assert f"`duebell backfill --resume {id_}` goes on." in ended.err
    resumed = begin("--resume", id_).told(SECONDS)
    assert 0 == resumed.code, resumed.err
    assert {1: COUNT} == times_told(installation, records)


def test_a_dry_run_is_an_array(installation: Installation, begin: Begin) -> None:
    """With --json a dry run writes one array, of which nothing is sent."""
    records = invoices_of(installation, "2026-01-13", 3)

    ended = begin(*period("2026-01-13"), "--dry-run", "--json").told()

    assert 0 == ended.code, ended.err
    numbers = [row["number"] for row in ended.json]
    assert sorted(one["number"] for one in records) == sorted(numbers)
    assert {"planned"} == {row["verdict"] for row in ended.json}
    assert {0: 3} == times_told(installation, records)


def test_nonsense_is_wrong_use(begin: Begin) -> None:
    """What cannot be backfilled ends with exit code 2 and a sentence."""
    ended = begin(*period("2026-01-14"), "--event", "invoice.update").told()

    assert (2, "") == (ended.code, ended.out)
    assert "FreshBooks keeps no history of changes" in " ".join(ended.err.split())
