"""Where something stands now, in one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from duebell.domain.calling import short_id
from duebell.domain.decisions import Hold
from duebell.domain.delivery import NotificationStatus
from duebell.domain.pauses import paused_until
from duebell.domain.sentences import as_part
from duebell.domain.signals import SignalSource
from duebell.explaining.happenings import Row
from duebell.explaining.legend import Legend
from duebell.explaining.times import minute
from duebell.explaining.untold import untold
from duebell.explaining.words import diverted_to
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
_NEVER_LEFT = (_S.PLANNED, _S.SUPPRESSED, _S.ABANDONED)
_TO_COME = (_S.PLANNED, _S.SENDING)
_REPORTED = (SignalSource.WEBHOOK, SignalSource.POLL)
_WITH_REASON = (_S.UNDELIVERED, _S.REJECTED, _S.SUPPRESSED, _S.ABANDONED, _S.OUTCOME_UNKNOWN)


def standing(found: Found, now: datetime, legend: Legend) -> str:
    """One sentence about now."""
    parts = [*_messages(found, legend)] if found.notifications else [_nobody(found, legend)]
    parts += untold(found, legend) if found.notifications else []
    parts += _failed(found)
    parts += [*_waiting(found), *_pauses(found, now, legend, "; ".join(parts)), *_opt_outs(found)]
    sentence = "; ".join(map(as_part, parts))
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _nobody(found: Found, legend: Legend) -> str:
    if not found.decisions:
        return "nothing is decided yet"
    last = found.decisions[-1]
    reason = legend.text(last["reason"], last["rulebook"])
    return f"nobody was told; last looked at {minute(last['at'])}: {reason}"


def _messages(found: Found, legend: Legend) -> Iterator[str]:
    states = Counter(state_of(row) for row in found.notifications)
    if len(found.notifications) == 1:
        (state,) = states
        yield f"{legend.message(found.notifications[0])} is {state}"
    else:
        for state, count in states.items():
            yield f"{count} message{'s are' if count > 1 else ' is'} {state}"


def state_of(row: Row) -> str:
    """What became of a message, in a few words."""
    state = _WORDS.get(row["status"], str(row["status"]))
    if row["status"] == _S.PLANNED:
        return f"{state}{_hold(row)}"
    if row["status"] in _WITH_REASON and row["reason"]:
        state += f" ({as_part(row['reason'])})"
    if row["status"] not in _NEVER_LEFT and (diverted := diverted_to(row)):
        state += f", sent to {diverted}"
    return state


def _hold(row: Row) -> str:
    if row["hold"] == Hold.BRAKE:
        return f" once a person says so (`duebell brake release {row['brake_id']}`)"
    until = f" from {minute(row['not_before'])} on" if row["not_before"] else ""
    # What it waits for, or why it is sent again.
    why = row["hold"] or as_part(row["reason"] or "")
    return until + (f" ({why})" if why else "")


def _failed(found: Found) -> Iterator[str]:
    """What a person may do about what failed."""
    failed = [row for row in found.notifications if row["failed"]]
    if len(failed) == 1:
        id_ = short_id(failed[0]["id"])
        yield f"`duebell notifications retry {id_}` sends it again, if the books still want it"
    elif failed:
        yield f"{len(failed)} failed: `duebell notifications list --status failed` has them"


def _waiting(found: Found) -> Iterator[str]:
    """What was heard of and not looked at yet: by whom it was reported decides what it is."""
    # One whose message waits is put off until then, and the message was told of.
    held = {row["signal_id"] for row in found.notifications if row["status"] in _TO_COME}
    waiting = [row for row in found.signals if row["status"] != "done" and row["id"] not in held]
    heard = sum(row["source"] in _REPORTED for row in waiting)
    if heard:
        noun, verb = ("changes", "are") if heard > 1 else ("change", "is")
        yield f"{heard} {noun} reported by FreshBooks {verb} not worked off yet"
    if others := len(waiting) - heard:
        yield f"{others} more look{'s are' if others > 1 else ' is'} still to be taken"


def _pauses(found: Found, now: datetime, legend: Legend, said: str) -> Iterator[str]:
    for row in found.pauses:
        is_in_force = row["lifted_at"] is None and row["until"] > now.date().isoformat()
        # It may be the reason of a decision that is told already.
        if is_in_force and paused_until(row["kind"], date.fromisoformat(row["until"])) not in said:
            record = legend.record(row["kind"], row["object_id"])
            yield f"the {record} is paused until {row['until']}"


def _opt_outs(found: Found) -> Iterator[str]:
    for row in found.suppressions:
        if row["lifted_at"] is None:
            yield f"{mask(row['channel'], row['address'])} must not be used: {row['reason']}"
