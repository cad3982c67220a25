"""The stops of channels that messages of a story waited for: when, why, and how they ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from duebell.domain.rules import Channel
from duebell.domain.sentences import as_part
from duebell.explaining.happenings import Happening, Kind, Row
from duebell.ledger.waiting import channels_waited_for, on

_SENT = {Channel.SMS.value: "texts", Channel.EMAIL.value: "emails"}
_ONE = {Channel.SMS.value: "text", Channel.EMAIL.value: "email"}
_STOPPED, _RESUMED, _TRIED = "stopped", "resumed", "tried"


def is_waiting(reason: str) -> bool:
    """Whether this is why a message waits for a stopped channel."""
    return bool(channels_waited_for([reason]))


def stops(audit: Sequence[Row]) -> Iterator[Happening]:
    """What happened to the channels while a message of these audit records waited for them."""
    for channel in sorted(channels_waited_for(row["reason"] for row in audit)):
        waits = [row["at"] for row in audit if (row["reason"] or "").startswith(on(channel))]
        for stop in _stops_of(audit, channel):
            begin = stop[0]["at"]
            end = stop[-1]["at"] if stop[-1]["action"] == _RESUMED else None
            if any(_is_within(at, begin, end) for at in waits):
                yield from (_told(row) for row in stop)


def _stops_of(audit: Iterable[Row], channel: str) -> Iterator[list[Row]]:
    """The records of each stop, from its beginning to its end."""
    stop: list[Row] = []
    for row in audit:
        if (row["entity"], row["entity_id"]) != ("channel", channel):
            continue
        if row["action"] == _STOPPED and stop:
            yield stop
            stop = []
        if row["action"] in (_STOPPED, _RESUMED) or (stop and row["action"] == _TRIED):
            stop.append(row)
        if row["action"] == _RESUMED:
            yield stop
            stop = []
    if stop:
        yield stop


def _is_within(at: datetime, begin: datetime, end: datetime | None) -> bool:
    return begin <= at and (end is None or at <= end)


def _told(row: Row) -> Happening:
    channel, action = row["entity_id"], row["action"]
    by = "" if row["actor"] == "duebell" else f" ({row['actor']})"
    text = f"{_SENT[channel]} can be sent again{by}"
    if action == _STOPPED:
        text = f"no {_SENT[channel]} can be sent any more: {as_part(row['reason'] or '')}"
    elif action == _TRIED:
        text = f"one {_ONE[channel]} is let through to see whether it works{by}"
    details = {"channel": channel, "action": action, "actor": row["actor"]}
    details["reason"] = row["reason"]
    return Happening(row["at"], Kind.CHANNEL, row["id"], text, details)
