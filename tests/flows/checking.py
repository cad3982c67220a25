"""Running ``duebell check`` as a command, with an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duebell.sandbox import credentials
from tests.flows.surroundings import ROOT

NAMES = [
    "settings",
    "rulebook",
    "ledger",
    "prefect",
    "credentials",
    "connection",
    "scopes",
    "freshbooks",
    "webhooks",
    "twilio",
    "sender",
    "worker",
]


@dataclass(frozen=True)
class Told:
    """What a check wrote."""

    code: int
    out: str
    err: str

    @property
    def findings(self) -> dict[str, tuple[bool, str]]:
        """What it found, by the names of the checks in their order."""
        return {one["name"]: (one["ok"], one["message"]) for one in self.json["checks"]}

    @property
    def json(self) -> Any:
        """Its output; nothing else may stand there."""
        return json.loads(self.out)


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment, with these settings of Duebell and Prefect and no others."""
    kept = {name: value for name, value in os.environ.items() if "PREFECT" not in name}
    return {name: value for name, value in kept.items() if "DUEBELL" not in name} | settings


def check(place: Path, environment: Mapping[str, str], *options: str) -> Told:
    """Run the command in a directory."""
    done = subprocess.run(
        [sys.executable, "-m", "duebell", "check", *options],
        cwd=place,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Told(done.returncode, done.stdout, done.stderr)


def settings_in_words(sandbox_url: str) -> dict[str, str]:
    """All credentials of the sandbox as a person writes them into the environment."""
    return {
        "DUEBELL_FRESHBOOKS_API_URL": sandbox_url,
        "DUEBELL_FRESHBOOKS_AUTH_URL": sandbox_url,
        "DUEBELL_TWILIO_API_URL": sandbox_url,
        **credentials.as_settings(),
    }
