"""A sandbox whose books are read by one program after the other, and what each of them took."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.orders import Numbers, Program, program
from duebell.ledger.engine import upgrade
from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl

#: What of a worker's settings is chosen by the measure.
SETTINGS_FILE = "settings.json"

ACCOUNT, OTHER_ACCOUNT = credentials.ACCOUNT_ID, credentials.SECOND_ACCOUNT_ID


@dataclass(frozen=True, slots=True)
class ReadingRoom:
    """Where they come in, one at a time."""

    sandbox: SandboxControl
    directory: Path

    @contextlib.contextmanager
    def worker(self, name: str, rulebook: str, **settings: object) -> Iterator[Program]:
        """Duebell's services, with a ledger of their own."""
        home = self.directory / name
        home.mkdir(parents=True)
        (home / "duebell.toml").write_text(rulebook)
        (home / SETTINGS_FILE).write_text(json.dumps(settings))
        # Here and not there, for what that needs is no part of a worker.
        upgrade(f"sqlite:///{home / 'duebell.db'}")
        with self._program("benchmarks.worker_process", home) as worker:
            yield worker

    @contextlib.contextmanager
    def bare(self, name: str) -> Iterator[Program]:
        """The bare script, with a database of its own."""
        with self._program("benchmarks.bare_books", self.directory / name) as bare:
            yield bare

    @contextlib.contextmanager
    def _program(self, module: str, home: Path) -> Iterator[Program]:
        token = self.sandbox.credentials()["refresh_token"]
        with program(module, home, self.sandbox.base_url, home, token) as one:
            yield one

    def measured(self, one: Program, do: str, **details: object) -> Numbers:
        """Have something done; its numbers, and ``requests`` for the accounts that it made."""
        # A list that somebody read before is worked out again, for everybody alike.
        self.sandbox.change_settings(expires_in=43200)
        before = self._requests()
        numbers = one.order(do, **details)
        return {**numbers, "requests": self._requests() - before}

    def _requests(self) -> int:
        return self.sandbox.stats().get("requests.accounting", 0)


def rule(on: str, template: str, more: str = "") -> str:
    """A rule as it stands in a rulebook: a text to the client."""
    fields = f'on = "{on}"\nto = "client"\nchannel = "sms"\ntemplate = "{template}"\n{more}\n'
    return f"[[rule]]\n{fields}\n"
