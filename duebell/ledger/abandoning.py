"""An operator's word that leaves it at that: a message that failed is not sent again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from duebell.domain.delivery import NotificationStatus
from duebell.ledger import notifications
from duebell.ledger.notifications import Change
from duebell.ledger.retrying import Answer, Answered, no_such

_S = NotificationStatus

#: Why a message cannot be abandoned, by its status.
_NOT_ABANDONED = {
    _S.SENDING: "it is being sent",
    _S.ACCEPTED: "the provider has it already",
    _S.DELIVERED: "it was delivered",
    _S.UNCONFIRMED: "it was sent already",
    _S.SUPPRESSED: "it is not sent anyway",
    _S.ABANDONED: "it is abandoned already",
}


def abandon(
    connection: Connection, ids: Collection[str], by: str, now: datetime, reason: str = ""
) -> list[Answered]:
    """Leave it at that for these messages: nobody sends them again, and none is flagged."""
    ids = list(dict.fromkeys(ids))
    found = notifications.lock(connection, ids)
    answers, changes = [], []
    for id_ in ids:
        before = found.get(id_)
        why_not = _NOT_ABANDONED.get(before.status) if before else no_such(id_)
        if before is None or why_not:
            answers.append(Answered(id_, Answer.REFUSED, why_not or ""))
            continue
        told = reason or "an operator has left it at that"
        after = replace(before, status=_S.ABANDONED, reason=told, next_ask_at=None, not_before=None)
        after = replace(after, asks=0)  # an answer that is under way sends it no more
        changes.append(Change(before, after, by))
        answers.append(Answered(id_, Answer.ABANDONED))
    notifications.write(connection, changes, now)
    return answers
