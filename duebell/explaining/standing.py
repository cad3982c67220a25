"""Where something stands now, in one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from duebell.domain.decisions import Hold
from duebell.domain.delivery import NotificationStatus
from duebell.explaining.words import Row
from duebell.ledger.story import Found
from duebell.people.masking import mask

_S = NotificationStatus

_WORDS: Mapping[str, str] = {
    _S.PLANNED: "to be sent",
    _S.SENDING: "being sent",
    _S.ACCEPTED: "taken by the provider, which has not said yet whether it arrived",
    _S.DELIVERED: "delivered",
    _S.UNDELIVERED: "not delivered",
    _S.UNCONFIRMED: "taken by the carrier, which never said more",
    _S.REJECTED: "refused",
    _S.OUTCOME_UNKNOWN: "sent or not, which nobody knows yet",
    _S.SUPPRESSED: "not sent",
    _S.ABANDONED: "given up",
}
_WITH_REASON = (_S.UNDELIVERED, _S.REJECTED, _S.SUPPRESSED, _S.ABANDONED, _S.OUTCOME_UNKNOWN)


def standing(found: Found, now: datetime) -> str:
    """One sentence about now."""
    parts = [*_messages(found), *_waiting(found), *_pauses(found, now), *_opt_outs(found)]
    if not found.notifications:
        parts.insert(0, _nobody(found))
    sentence = "; ".join(parts)
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _nobody(found: Found) -> str:
    if not found.decisions:
        return "nothing is decided yet"
    last = found.decisions[-1]
    return f"nobody was told; last looked at {_minute(last['at'])} UTC: {last['reason']}"


def _messages(found: Found) -> Iterator[str]:
    states = Counter(_state(row) for row in found.notifications)
    if len(found.notifications) == 1:
        (state,) = states
        yield f"the message is {state}"
    else:
        for state, count in states.items():
            yield f"{count} message{'s are' if count > 1 else ' is'} {state}"


def _state(row: Row) -> str:
    state = _WORDS.get(row["status"], str(row["status"]))
    if row["status"] == _S.PLANNED:
        return f"{state}{_hold(row)}"
    if row["status"] in _WITH_REASON and row["reason"]:
        return f"{state} ({row['reason'].rstrip('.')})"
    return state


def _hold(row: Row) -> str:
    if row["hold"] == Hold.BRAKE:
        return f", and waits for a person (`duebell brake release {row['brake_id']}`)"
    until = f" from {_minute(row['not_before'])} UTC on" if row["not_before"] else ""
    return until + (f" ({row['hold']})" if row["hold"] else "")


def _waiting(found: Found) -> Iterator[str]:
    count = sum(row["status"] != "done" for row in found.signals)
    if count:
        yield f"{count} signal{'s wait' if count > 1 else ' waits'} to be worked on"


def _pauses(found: Found, now: datetime) -> Iterator[str]:
    for row in found.pauses:
        if row["lifted_at"] is None and row["until"] > now.date().isoformat():
            yield f"the {row['kind']} {row['object_id']} is paused until {row['until']}"


def _opt_outs(found: Found) -> Iterator[str]:
    for row in found.suppressions:
        if row["lifted_at"] is None:
            yield f"{mask(row['channel'], row['address'])} must not be used: {row['reason']}"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
