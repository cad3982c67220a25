"""Two webhook processes and two workers on PostgreSQL share the work, and survive each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.balancer import Balancer
from tests.acceptance.installation import Installation
from tests.acceptance.part import wait_until
from tests.acceptance.promises import broken_promises, progress, wait_until_told
from tests.databases import Postgres
from tests.flows.surroundings import free_port

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

BURST = 150


@pytest.fixture
def balancer() -> Iterator[Balancer]:
    """What stands before two webhook processes that do not run yet."""
    balancer = Balancer([free_port(), free_port()])
    yield balancer
    balancer.close()


@pytest.fixture
def replicas(
    tmp_path: Path, prefect_home: Path, postgres: Postgres, balancer: Balancer
) -> Iterator[Installation]:
    """An installation with two of each, all ready."""
    database = postgres.create()
    first, second = balancer.ports
    installation = Installation(
        tmp_path / "home",
        prefect_home,
        DUEBELL_SANDBOX_DATABASE_URL=postgres.url(database),
        DUEBELL_PORT=str(first),
        DUEBELL_PUBLIC_URL=f"http://127.0.0.1:{balancer.port}",
        # A pace at which nobody has finished before the other one has begun.
        DUEBELL_SMS_PER_SECOND="60",
    )
    installation.add("web-2", like="web", DUEBELL_PORT=str(second))
    installation.add("worker-2", like="worker")
    try:
        installation.start_all()
        yield installation
    finally:
        installation.end()
        postgres.drop(database)


def test_replicas_tell_each_once(replicas: Installation, balancer: Balancer) -> None:
    """A burst through both webhook processes is told once each, although a worker is killed."""
    before = progress(replicas.control)
    records = replicas.control.fire("invoice.create", BURST, concurrency=30)
    wait_until(lambda: progress(replicas.control) - before >= BURST + 20, "texts are going out")
    busy = replicas.busiest_worker()

    replicas.kill(busy)
    wait_until_told(replicas, records)

    assert [] == broken_promises(replicas, records)
    assert set(balancer.ports) == set(balancer.served)
    assert {"worker", "worker-2"} == replicas.senders()
