"""How the table of providers' codes is written: codes that mean the same share a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from duebell.domain.delivery import FailureClass
from duebell.providers.again import After, Again, AtPacificHour

RECIPIENT, CONFIGURATION = FailureClass.RECIPIENT, FailureClass.CONFIGURATION
TEMPORARY, RATE = FailureClass.TEMPORARY, FailureClass.RATE
UNKNOWN, COMPLIANCE = FailureClass.UNKNOWN, FailureClass.COMPLIANCE

SOON = After(timedelta(minutes=5))
HALF_AN_HOUR = After(timedelta(minutes=30))
AN_HOUR = After(timedelta(hours=1))
#: These limits are counted by the day, and nothing says by whose. A whole day later no message is
#: worth sending any more; in three times eight hours every midnight comes.
EIGHT_HOURS = After(timedelta(hours=8))
PACIFIC_MIDNIGHT = AtPacificHour(0)
#: Daytime from Hawaii to Puerto Rico, so in no state's quiet hours.
DAYTIME_EVERYWHERE = AtPacificHour(11)


@dataclass(frozen=True, slots=True)
class Row:
    """Codes that mean the same, with the sentence that an operator reads.

    ``stops`` says that no other message would pass either; ``again``, for what is temporary or a
    rate, when a message that failed so after it was accepted may be sent again; ``is_about_words``
    that the same words would fail once more.
    """

    failure: FailureClass
    sentence: str
    codes: tuple[str, ...]
    stops: bool = False
    again: Again | None = None
    is_about_words: bool = False


def row(failure: FailureClass, codes: str, sentence: str) -> Row:
    """Codes after which nothing is sent again by itself; ``codes`` are separated by blanks."""
    return Row(failure, sentence, tuple(codes.split()))


def mend(codes: str, sentence: str) -> Row:
    """Codes of something to be mended that concerns this message, or some messages."""
    return row(CONFIGURATION, codes, sentence)


def reword(codes: str, sentence: str) -> Row:
    """Codes of what a message says: it is not sent again as it is."""
    return Row(CONFIGURATION, sentence, tuple(codes.split()), is_about_words=True)


def stop(codes: str, sentence: str) -> Row:
    """Codes of something to be mended before any message can pass."""
    return Row(CONFIGURATION, sentence, tuple(codes.split()), stops=True)


def later(failure: FailureClass, again: Again, codes: str, sentence: str) -> Row:
    """Codes after which the same message may be sent again."""
    return Row(failure, sentence, tuple(codes.split()), again=again)
