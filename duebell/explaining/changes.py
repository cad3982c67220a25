"""What became of notifications, as far as no decision, attempt or report tells it already."""

from __future__ import annotations

from collections.abc import Collection

from duebell.domain.delivery import NotificationStatus
from duebell.domain.sentences import as_part
from duebell.explaining.happenings import Happening, Kind, Row
from duebell.explaining.stops import is_waiting
from duebell.ledger.again import BY_AUTOMATION, BY_HAND

_S = NotificationStatus

#: What an attempt's own outcome says, by the status after it.
_SAID_BY_OUTCOME = {
    _S.ACCEPTED: "accepted",
    _S.REJECTED: "rejected",
    _S.PLANNED: "not_sent",
    _S.OUTCOME_UNKNOWN: "unknown",
}
#: How the names of people begin, who give commands or start runs.
_PEOPLE = ("cli", "prefect")
_REPORTED = (_S.ACCEPTED, _S.DELIVERED, _S.UNDELIVERED)
_WORDS = {
    _S.SUPPRESSED: "is not sent",
    _S.REJECTED: "cannot be sent",
    _S.ABANDONED: "is given up",
    _S.UNCONFIRMED: "was taken by the carrier, which never said more",
    _S.PLANNED: "is to be sent again",
    _S.OUTCOME_UNKNOWN: "may or may not have been sent, which is being asked",
}


def change(row: Row, message: str, outcomes: Collection[str | None]) -> Happening | None:
    """One audit record of a notification; None where another line says the same.

    ``outcomes`` are those of the notification's attempts.
    """
    if _is_said(row, outcomes):
        return None
    is_said = row["reason"] in (BY_HAND, BY_AUTOMATION)  # by the name of who it was
    why = f": {as_part(row['reason'])}" if row["reason"] and not is_said else ""
    by = "" if row["actor"] == "duebell" else f" ({row['actor']})"
    text = f"{message} {_verb(row)}{why}{by}"
    details = {
        "notification_id": row["entity_id"],
        "actor": row["actor"],
        "action": row["action"],
        "from_status": row["from_status"],
        "to_status": row["to_status"],
        "reason": row["reason"],
    }
    return Happening(row["at"], Kind.CHANGE, row["id"], text, details)


def _is_said(row: Row, outcomes: Collection[str | None]) -> bool:
    if row["action"] in ("planned", "attempt", "report"):
        return True  # there is a decision, an attempt or a report for each
    before, after = row["from_status"], row["to_status"]
    if row["action"] != "status" or row["actor"].startswith(_PEOPLE):
        return False
    if after == _S.SENDING:
        return True
    if before == _S.SENDING and _SAID_BY_OUTCOME.get(after) in outcomes:
        return True
    return after in _REPORTED


def _verb(row: Row) -> str:
    before, after = row["from_status"], row["to_status"]
    if row["action"] != "status":
        return f"was {row['action']}"
    if before == after == _S.PLANNED and is_waiting(row["reason"] or ""):
        return "waits"
    if before == after == _S.PLANNED:
        return "is looked at anew"
    if before == after and row["actor"].startswith(_PEOPLE):
        return "is asked about once more"
    return _WORDS.get(after, f"goes from {before} to {after}")
