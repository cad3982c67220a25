"""Asking soon about what an operator has sent again: somebody waits for the answer."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from duebell.ledger import questions
from duebell.runtime import Runtime

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 2.0
#: After a question that could not be asked at all (Prefect's server is away).
LOOK_AGAIN_SECONDS = 20.0


async def keep_asking(runtime: Runtime, ask: Callable[[], Awaitable[object]]) -> None:
    """Have everything asked that is due whenever an operator waits for it; for ever.

    The next round of reconciling would come by itself, but only after minutes.
    """
    while True:
        await runtime.sleep(LOOK_EVERY_SECONDS)
        try:
            if await runtime.ledger.read(lambda c: questions.is_awaited(c, runtime.now())):
                await ask()
        except Exception as failure:
            log.warning("not_asked_yet", extra={"reason": type(failure).__name__})
            await runtime.sleep(LOOK_AGAIN_SECONDS)
