"""What Duebell noticed itself, in a few words, without the ids that programs need."""

from __future__ import annotations

from duebell.domain.dossiers import Notice
from duebell.domain.signals import Signal
from duebell.ledger.escalating import count_of
from duebell.ledger.failures import FAILED

_WORDS = {
    "connection.lost": "the connection to {subject} is lost",
    "webhook.silent": "nothing is heard of {subject}",
    "brake.engaged": "brake {subject} holds messages",
}
_STOPPED = {"sms": "texts are stopped", "email": "emails are stopped"}


def own_words(signal: Signal) -> str:
    """What a signal of ours is about; empty where it is about a record."""
    if signal.event == FAILED:
        return failures_in_words(count_of(signal.object_id))
    subject = Notice.of(signal).subject
    if signal.event == "connection.lost" and subject in _STOPPED:
        return _STOPPED[subject]
    return _WORDS.get(signal.event, "").format(subject=subject)


def failures_in_words(count: int) -> str:
    """So many failures that staff is told of."""
    return "1 message failed" if count == 1 else f"{count} messages failed"
