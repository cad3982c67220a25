"""What is known of Duebell's own events, which no record of the books stands behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from duebell.domain.dossiers import Dossier, Notice
from duebell.domain.signals import Signal
from duebell.ledger import channel_stops
from duebell.ledger.businesses import local_times
from duebell.ledger.losses import LOST
from duebell.ledger.silence import SILENT
from duebell.runtime import Runtime


async def read_own(runtime: Runtime, signal: Signal) -> Dossier:
    """What there is to tell of one of our own events, as it is now."""
    now, notice = runtime.now(), Notice.of(signal)

    def read(connection: Connection) -> Dossier:
        if signal.event == LOST:
            return _stop(connection, Dossier(now, notice=notice), notice)
        if signal.event == SILENT:
            return Dossier(now, notice=_silent(connection, notice))
        return Dossier(now, notice=notice)

    return await runtime.ledger.read(read)


def _stop(connection: Connection, dossier: Dossier, notice: Notice) -> Dossier:
    """The same with why a channel is stopped, if that is what was lost."""
    told = channel_stops.told_by(connection, notice.detail)
    if told is None:
        return dossier
    stop, is_over = told
    since = local_times(connection).minute(stop.since)
    return replace(dossier, notice=replace(notice, reason=stop.why, since=since), is_over=is_over)


def _silent(connection: Connection, notice: Notice) -> Notice:
    since = datetime.fromisoformat(notice.detail)
    return replace(notice, since=local_times(connection).minute(since, notice.account_id))
