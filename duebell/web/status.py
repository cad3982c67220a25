"""The three addresses for those who run Duebell: alive, ready, numbers."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from starlette.types import Receive, Scope, Send

from duebell.domain.failures import DuebellError
from duebell.metrics import Metrics
from duebell.web.bodies import answer
from duebell.web.hook import WebLedger
from duebell.web.recent import Recent

log = logging.getLogger(__name__)


class Health:
    """``GET /healthz``: the process lives."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 200 whatever else is wrong."""
        await answer(send, 200, b"ok\n", "text/plain")


class Readiness:
    """``GET /readyz``: 200 with ``[]``, or 503 with a JSON list of what is missing."""

    def __init__(self, ledger: WebLedger, public_url: str, now: Callable[[], datetime]) -> None:
        # The address is open to strangers, so its answer is worked out once a second at most.
        self._missing: Recent[list[str]] = Recent(ledger.readiness, now)
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with one sentence for each thing that is missing."""
        try:
            missing = await self._missing.find(self._public_url)
        except DuebellError:
            # Why, the log tells; this address is open to strangers.
            log.warning("readiness_unknown", exc_info=True)
            missing = ["The ledger cannot be read or written."]
        body = json.dumps(missing).encode()
        await answer(send, 503 if missing else 200, body, "application/json")


class LedgerText(Protocol):
    """Where the ledger's numbers come from, in Prometheus' text format."""

    async def text(self) -> bytes:
        """The numbers, at most a few seconds old."""


class MetricsPage:
    """``GET /metrics``: Prometheus' text format."""

    def __init__(self, metrics: Metrics, numbers: LedgerText | None = None) -> None:
        self._metrics = metrics
        self._numbers = numbers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with all counters of this process, and with what the ledger knows."""
        ledger = b"" if self._numbers is None else await self._numbers.text()
        body, content_type = self._metrics.render(ledger)
        await answer(send, 200, body, content_type)
