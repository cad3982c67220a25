"""What ``/readyz`` says, as ``duebell up`` waits for it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Sequence

from duebell.domain.readiness import CONNECTION_LOST, NO_WORKER, NOT_CONNECTED

SECONDS = 2.0


def missing_at(url: str) -> list[str] | None:
    """The sentences about what is missing; None where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - our own URL
            return _sentences(answer.read())
    except urllib.error.HTTPError as refusal:
        with refusal:
            return _sentences(refusal.read())
    except (OSError, ValueError):
        return None


def needs_a_person(missing: Sequence[str]) -> str | None:
    """Why only a person can go on, where everything that starts by itself has started."""
    if NO_WORKER in missing:
        return None
    return next(
        (one for one in missing if one.startswith((NOT_CONNECTED, CONNECTION_LOST))),
        None,
    )


def _sentences(body: bytes) -> list[str] | None:
    try:
        said = json.loads(body)
    except ValueError:
        return None
    return [str(one) for one in said] if isinstance(said, list) else None
