"""Scenes of messages that failed, and of an operator's word about them."""

from __future__ import annotations

from datetime import datetime, timedelta

from duebell.domain.delivery import ReportedStatus
from duebell.ledger import abandoning, retrying
from duebell.ledger.claiming import Ending
from duebell.ledger.ledger import Ledger
from duebell.ledger.questions import Question
from duebell.ledger.retrying import Answered, Terms
from tests.ledger_scenes import (
    START,
    WORKER,
    Clock,
    a_report,
    an_ending,
    an_intent,
    believed_absent,
    claimed_signal,
    in_doubt,
    planned,
    run,
)

DANA = "cli:dana"
DOUBTFUL, CERTAIN = "30008", "30005"
LATER = START + timedelta(hours=30)


def automatic(at: datetime) -> Terms:
    """The word of an automation of Prefect."""
    return Terms("prefect:hourly", at, ("", DOUBTFUL).__contains__, is_automation=True)


def terms(*, even_if_doubtful: bool = False, leaves_doubtful: bool = False) -> Terms:
    """Dana's word, on the next day. No code at all proves nothing either."""
    doubtful = ("", DOUBTFUL)
    return Terms(DANA, LATER, doubtful.__contains__, even_if_doubtful, leaves_doubtful)


def retry(ledger: Ledger, *ids: str, said: Terms | None = None) -> list[Answered]:
    """Have notifications sent again."""
    return run(ledger.write(lambda c: retrying.retry(c, ids, said or terms())))


def abandon(ledger: Ledger, *ids: str, reason: str = "") -> list[Answered]:
    """Leave it at that."""
    return run(ledger.write(lambda c: abandoning.abandon(c, ids, DANA, LATER, reason)))


def taken(ledger: Ledger) -> str:
    """A notification whose signal was worked off, accepted by the provider."""
    claimed = claimed_signal(ledger)
    id_ = planned(ledger, claimed=claimed)
    run(ledger.begin_attempt(an_intent(id_)))
    run(ledger.finish_attempt(an_ending(id_)))
    run(ledger.end_signals([Ending(claimed.id, "1 planned", START)], WORKER))
    return id_


def undelivered(ledger: Ledger, code: str = CERTAIN) -> str:
    """A notification that the provider took and could not deliver."""
    id_ = taken(ledger)
    run(ledger.apply_report(a_report(ReportedStatus.UNDELIVERED, error_code=code)))
    return id_


def parked(ledger: Ledger, clock: Clock) -> str:
    """A doubt that was left to a person."""
    id_ = in_doubt(ledger, claimed=claimed_signal(ledger))
    believed_absent(ledger, clock, id_, may_resend=False)
    return id_


def asked(ledger: Ledger, clock: Clock) -> Question:
    """The question that is due on the next day."""
    clock.at = max(clock.at, LATER)
    (question,) = run(ledger.take_questions(5))
    return question
