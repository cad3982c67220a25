"""Duebell in its parts, each a process of its own, beside a sandbox that is never killed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from duebell.domain.signals import SignalStatus
from duebell.ledger import watermarks
from duebell.ledger.attempts import ATTEMPTS
from duebell.ledger.backfills import BACKFILLS
from duebell.ledger.engine import open_engine
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.queries import NotificationFilter, list_notifications
from duebell.ledger.rulebook_states import STATES
from duebell.ledger.workers import WORKERS
from duebell.sandbox.client import SandboxControl
from tests.acceptance.part import Part, wait_until
from tests.flows.surroundings import ROOT, answers, plan_for

#: Short pauses, so that a test waits for Duebell and not for its schedules; and no poll in the
#: middle of a test that would find what the test leaves to somebody else.
HASTE = {
    "DUEBELL_POLL_SECONDS": "86400",
    "DUEBELL_UNKNOWN_GRACE_SECONDS": "1",
    "DUEBELL_RECONCILE_SECONDS": "3",
    "DUEBELL_SMS_PER_SECOND": "500",
    "PREFECT_WORKER_QUERY_SECONDS": "1",
}
#: The sandbox delivers again quickly, and for longer than any process needs to come back.
PATIENCE = {"delivery_tries": 400, "retry_seconds": 0.2, "delivery_timeout_seconds": 10.0}


class Installation:
    """All processes of one installation; the parts are ``sandbox, prefect, web, worker``."""

    def __init__(self, home: Path, prefect_home: Path, **environment: str) -> None:
        home.mkdir(parents=True)
        plan = plan_for(home, **{**HASTE, **environment})
        self.settings = plan.settings
        self.environment = dict(plan.environment)
        self.prefect_url = self.environment["PREFECT_API_URL"]
        shutil.copytree(prefect_home, self.environment["PREFECT_HOME"], dirs_exist_ok=True)
        self.parts = {
            name: Part(name, child.arguments, child.environment, child.log_file)
            for name, child in plan.children.items()
        }
        assert plan.sandbox_url is not None
        self.control = SandboxControl(plan.sandbox_url)

    def add(self, name: str, like: str, **environment: str) -> None:
        """Add a replica of a part."""
        part = self.parts[like]
        log_file = part.log_file.with_name(f"{name}.log")
        self.parts[name] = Part(name, part.arguments, {**part.environment, **environment}, log_file)

    def start_all(self) -> None:
        """Start everything for the first time, and wait until FreshBooks' webhooks are verified."""
        self.parts["sandbox"].start()
        upgrade = [sys.executable, "-m", "duebell", "db", "upgrade"]
        subprocess.run(
            upgrade, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.DEVNULL
        )
        self.start(*(name for name in self.parts if name != "sandbox"))
        wait_until(lambda: self._is_at_work() or self._ended() != [], "all is ready", 150)
        ended = self._ended()
        assert not ended, "\n".join(ended)
        self.control.change_settings(**PATIENCE)

    def _is_at_work(self) -> bool:
        return answers(self.ready_url) and self._has_polled()

    def _has_polled(self) -> bool:
        with self._reading() as connection:
            marks = watermarks.read_all(connection).values()
        return bool(marks) and all(mark.polled_at for mark in marks)

    def _ended(self) -> list[str]:
        parts = self.parts.values()
        return [f"{one.name} ended:\n{one.last_words()}" for one in parts if not one.is_running]

    def start(self, *names: str) -> None:
        """Start these parts, and wait until each of them is up."""
        for name in names:
            self.parts[name].start()
        for name in names:
            self.wait_up(name)

    def wait_up(self, name: str) -> None:
        """Wait until a part does its work."""
        part = self.parts[name]
        if name.startswith("worker"):
            part.wait_until(lambda: self._has_worker(part.pid), "is in the ledger")
            return
        url = f"http://127.0.0.1:{part.environment['DUEBELL_PORT']}/healthz"
        url = f"{self.prefect_url}/health" if name == "prefect" else url
        part.wait_until(lambda: answers(url), "answers")

    def kill(self, *names: str) -> None:
        """Kill these parts, one right after the other."""
        for name in names:
            self.parts[name].kill()

    def mend(self) -> None:
        """Start what a test left dead, and end what it made go wrong."""
        self.control.clear_scenarios()
        self.start(*(name for name, part in self.parts.items() if not part.is_running))

    def end(self) -> None:
        """End everything that still runs."""
        self.control.close()
        self._engine.dispose()
        for name in sorted(self.parts, key=lambda name: name in ("prefect", "sandbox")):
            if self.parts[name].is_running:
                self.parts[name].end()

    @property
    def ready_url(self) -> str:
        """Says 200 when nothing is missing."""
        return f"http://127.0.0.1:{self.settings.port}/readyz"

    def notifications(self) -> list[dict[str, Any]]:
        """All notifications, as ``duebell notifications list --json`` shows them."""
        with self._reading() as connection:
            return list_notifications(connection, NotificationFilter(), 1_000_000)

    def rulebooks(self) -> dict[str, list[str]]:
        """The rulebooks that workers have in force, each with the faults of its file by now."""
        with self._reading() as connection:
            rows = connection.execute(select(STATES.c.digest, STATES.c.faults))
            return {row.digest: row.faults for row in rows}

    def count_unfinished(self) -> int:
        """How many signals and notifications somebody still has to work on or ask about."""
        signals = select(func.count()).where(SIGNALS.c.status != SignalStatus.DONE)
        asked = select(func.count()).where(NOTIFICATIONS.c.next_ask_at.is_not(None))
        with self._reading() as connection:
            return sum(connection.execute(one).scalar_one() for one in (signals, asked))

    def last_backfill(self) -> tuple[str, int]:
        """The backfill that began last: its id, and how many signals it has recorded."""
        table = BACKFILLS.c
        newest = select(table.id, table.counts).order_by(table.started_at.desc()).limit(1)
        with self._reading() as connection:
            id_, counts = connection.execute(newest).one()
        return id_, counts.get("signals", 0)

    def senders(self) -> set[str]:
        """The names of the workers that have called Twilio."""
        return set(self._attempts_by_worker())

    def busiest_worker(self) -> str:
        """The name of the running worker that has called Twilio most often."""
        counts = self._attempts_by_worker()
        return max(counts, key=lambda name: counts[name])

    def _attempts_by_worker(self) -> dict[str, int]:
        names = {part.pid: name for name, part in self.parts.items() if name.startswith("worker")}
        counted = (
            select(WORKERS.c.pid, func.count())
            .join(ATTEMPTS, ATTEMPTS.c.worker_id == WORKERS.c.id)
            .group_by(WORKERS.c.pid)
        )
        with self._reading() as connection:
            return {names[pid]: count for pid, count in connection.execute(counted)}

    def _has_worker(self, pid: int) -> bool:
        with self._reading() as connection:
            found = connection.execute(select(WORKERS.c.pid).where(WORKERS.c.pid == pid))
            return found.first() is not None

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            yield connection

    @cached_property
    def _engine(self) -> Engine:
        return open_engine(self.settings.ledger_url, writer=False)
