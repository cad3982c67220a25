"""Noticing that FreshBooks tells us nothing though there is something to tell."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from duebell.domain.connections import KnownCallback
from duebell.domain.silence import Silence
from duebell.ledger import silence
from duebell.runtime import Runtime
from duebell.subscriptions.subscribing import ABOUT_ONE, resend

log = logging.getLogger(__name__)

#: A silent webhook is asked to prove itself at most so often.
ASK_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Noticed:
    """The webhooks that are silent, and those of them that nobody was told of before."""

    silences: tuple[Silence, ...]
    new: tuple[Silence, ...]
    resent: int


async def find_silent(runtime: Runtime) -> list[Silence]:
    """The webhooks that did not tell what polls found, as they are now."""
    base_url, now = runtime.settings.public_url, runtime.now()
    return await runtime.ledger.read(lambda connection: silence.find(connection, base_url, now))


async def notice_silence(runtime: Runtime) -> Noticed:
    """Tell people of silent webhooks, once each, and have FreshBooks verify them again."""
    found = await find_silent(runtime)
    new = [one for one in found if await _tell(runtime, one)]
    known = await runtime.ledger.callbacks(runtime.settings.public_url) if found else []
    resent = 0
    for one in found:
        resent += await _wake(runtime, one, known)
    return Noticed(tuple(found), tuple(new), resent)


async def _tell(runtime: Runtime, found: Silence) -> bool:
    now = runtime.now()
    is_new = await runtime.ledger.write(lambda connection: silence.tell(connection, found, now))
    if is_new:
        log.warning(
            "webhook_silent",
            extra={
                "account_id": found.account_id,
                "event_name": found.event,
                "since": found.since.isoformat(),
                "missed": found.missed,
            },
        )
    return is_new


async def _wake(runtime: Runtime, found: Silence, known: Sequence[KnownCallback]) -> bool:
    """A resend wakes a webhook that FreshBooks has disabled, however it shows that."""
    for one in known:
        if (one.account_id, one.event) != (found.account_id, found.event) or not one.callback_id:
            continue
        if one.asked_at is not None and runtime.now() < one.asked_at + ASK_EVERY:
            continue
        try:
            await resend(runtime, one, one.callback_id, "silent")
        except ABOUT_ONE as failure:
            # The next round finds out what is wrong with it.
            log.warning("resend_refused", extra={"event_name": one.event, "reason": str(failure)})
            continue
        return True
    return False
