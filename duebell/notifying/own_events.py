"""What is known of Duebell's own events, which no record of the books stands behind."""

from __future__ import annotations

from dataclasses import replace

from duebell.domain.dossiers import Dossier, Notice
from duebell.domain.signals import Signal
from duebell.ledger import channel_stops
from duebell.ledger.businesses import local_times
from duebell.ledger.losses import LOST
from duebell.runtime import Runtime


async def read_own(runtime: Runtime, signal: Signal) -> Dossier:
    """What there is to tell of one of our own events, as it is now."""
    now, notice = runtime.now(), Notice.of(signal)
    if signal.event == LOST:
        told, times = await runtime.ledger.read(
            lambda c: (channel_stops.told_by(c, notice.detail), local_times(c))
        )
        if told is not None:
            stop, is_over = told
            reason, since = stop.why, times.minute(stop.since)
            named = replace(notice, reason=reason, since=since)
            return Dossier(now, notice=named, is_over=is_over)
    return Dossier(now, notice=notice)
