"""Reads the recorded payloads below ``tests/samples``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[2] / "samples"


def sample(name: str) -> Any:
    """The JSON of a sample, by its path below the folder."""
    return json.loads((SAMPLES / name).read_text("utf-8"))


def body_of(payload: object) -> bytes:
    """A payload as it travels: text as it stands, everything else as JSON."""
    return (payload if isinstance(payload, str) else json.dumps(payload)).encode()
