"""Sending by Twilio Email and asking about it."""

from __future__ import annotations

from typing import Any

import httpx

from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import EMAILS, send_email
from tests.sandbox.subscriber import wait_until


def operation_of(twilio: httpx.Client, **changes: Any) -> str:
    """Send an email; gives the id of its operation."""
    return str(send_email(twilio, **changes).json()["operationId"])


def emails_at(twilio: httpx.Client, **query: str) -> list[dict[str, Any]]:
    """The emails of a list."""
    rows: list[dict[str, Any]] = twilio.get(EMAILS, params=query).json()["emails"]
    return rows


def settled(control: SandboxControl, status: str) -> dict[str, Any]:
    """The first email, as soon as it has this status."""
    wait_until(lambda: control.emails()[0]["status"] == status)
    return control.emails()[0]
