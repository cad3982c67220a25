"""The three addresses for those who run Duebell: alive, ready, numbers."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime

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


class MetricsPage:
    """``GET /metrics``: Prometheus' text format."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with all counters of this process."""
        body, content_type = self._metrics.render()
        await answer(send, 200, body, content_type)
