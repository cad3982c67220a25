"""Running ``duebell check`` as a command, with an environment of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from duebell.sandbox import credentials
from tests.flows.commands import Told, run_duebell

NAMES = [
    "settings",
    "rulebook",
    "ledger",
    "safe mode",
    "prefect",
    "credentials",
    "connection",
    "scopes",
    "freshbooks",
    "webhooks",
    "twilio",
    "sender",
    "emails",
    "email reports",
    "channels",
    "worker",
]


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment, with these settings of Duebell and Prefect and no others."""
    kept = {name: value for name, value in os.environ.items() if "PREFECT" not in name}
    return {name: value for name, value in kept.items() if "DUEBELL" not in name} | settings


def check(place: Path, environment: Mapping[str, str], *options: str) -> Told:
    """Run the command in a directory."""
    return run_duebell(place, environment, "check", *options)


def settings_in_words(sandbox_url: str) -> dict[str, str]:
    """All credentials of the sandbox as a person writes them into the environment."""
    return {
        "DUEBELL_FRESHBOOKS_API_URL": sandbox_url,
        "DUEBELL_FRESHBOOKS_AUTH_URL": sandbox_url,
        "DUEBELL_TWILIO_API_URL": sandbox_url,
        "DUEBELL_TWILIO_EMAIL_URL": sandbox_url,
        "DUEBELL_SENDGRID_API_URL": sandbox_url,
        **credentials.as_settings(),
    }
