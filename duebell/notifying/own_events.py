"""What is known of Duebell's own events, which no record of the books stands behind."""

from __future__ import annotations

from dataclasses import replace

from duebell.domain.dossiers import Dossier, Notice
from duebell.domain.signals import Signal
from duebell.ledger import channel_stops
from duebell.ledger.channel_stops import Stop
from duebell.ledger.losses import LOST
from duebell.runtime import Runtime


async def read_own(runtime: Runtime, signal: Signal) -> Dossier:
    """What there is to tell of one of our own events, as it is now."""
    now, notice = runtime.now(), Notice.of(signal)
    if signal.event == LOST:
        told = await runtime.ledger.read(lambda c: channel_stops.told_by(c, notice.detail))
        if told is not None:
            return _of_stop(Dossier(now, notice=notice), notice, *told)
    return Dossier(now, notice=notice)


def _of_stop(dossier: Dossier, notice: Notice, stop: Stop, is_over: bool) -> Dossier:
    """With the reason, where what was lost is a channel by which messages are sent."""
    since = f"{stop.since:%Y-%m-%d %H:%M} UTC"
    return replace(dossier, notice=replace(notice, reason=stop.why, since=since), is_over=is_over)
