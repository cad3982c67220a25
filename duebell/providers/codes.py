"""What the providers' error codes mean for us: whose fault, and a sentence to act on.

Twilio splits and renumbers codes and advises against logic on them, so this is data with a safe
default, and a provider's own message (which may quote a phone number) is never shown. The data
stands in ``text_codes`` and ``email_codes``. Pure: no clock, no IO.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from duebell.domain.delivery import FailureClass
from duebell.providers.again import Again
from duebell.providers.code_rows import Row
from duebell.providers.email_codes import EMAIL_CODES
from duebell.providers.text_codes import TEXT_CODES

TWILIO_ERRORS = "https://www.twilio.com/docs/errors"
_PAGES = {
    "sg.http.": "https://www.twilio.com/docs/sendgrid/api-reference"
    "/how-to-use-the-sendgrid-v3-api/errors",
    "sg.": "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event",
    "email.http.": "https://www.twilio.com/docs/email/api/errors",
    "email.": "https://www.twilio.com/docs/email/api/operations-and-email-tracking",
}

#: The whole table under the headings by which it is documented.
SECTIONS: dict[str, tuple[Row, ...]] = TEXT_CODES | EMAIL_CODES

_SHOWABLE = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One code: its class, the sentence for the operator, and the provider's page on it.

    ``stops_channel`` says that no other message would pass either until somebody mends something,
    ``is_about_words`` that this message fails again for as long as it says the same.
    """

    code: str
    failure: FailureClass
    sentence: str
    source: str
    stops_channel: bool = False
    again: Again | None = field(default=None, repr=False)
    is_about_words: bool = False

    def again_at(self, now: datetime) -> datetime | None:
        """When a message that failed so after it was accepted may be sent again; None for never."""
        return self.again.of(now) if self.again is not None else None


def _source(code: str) -> str:
    if code.isdecimal():
        return f"{TWILIO_ERRORS}/{code}"
    return next((page for prefix, page in _PAGES.items() if code.startswith(prefix)), "")


def _faults() -> Iterator[Fault]:
    for row in (row for rows in SECTIONS.values() for row in rows):
        yield from (_fault(code, row) for code in row.codes)


def _fault(code: str, row: Row) -> Fault:
    source = _source(code)
    return Fault(code, row.failure, row.sentence, source, row.stops, row.again, row.is_about_words)


FAULTS: dict[str, Fault] = {fault.code: fault for fault in _faults()}

#: Refusals that prove the request was not processed, so that the same attempt may be made again,
#: with the seconds to wait where Twilio does not say (None: doubling from try to try).
NOT_PROCESSED: dict[str, float | None] = {"20429": None, "21611": 60.0, "14107": 30.0}


def fault_of(code: str | int, *, is_refusal: bool) -> Fault:
    """What a code means; safe where it is unknown.

    An unknown code that refuses a request (``is_refusal``) is ours to mend, but may concern this
    one message alone; one that comes with a message already accepted leaves open whether the
    message arrived.
    """
    word = str(code)
    known = FAULTS.get(word)
    if known is not None:
        return known
    source = _source(word)
    if is_refusal:
        sentence = f"The provider refuses the request{_shown(word)}."
        return Fault(word, FailureClass.CONFIGURATION, sentence, source)
    sentence = f"The provider reports a fault Duebell does not know{_shown(word)}."
    return Fault(word, FailureClass.UNKNOWN, sentence, source)


def _shown(code: str) -> str:
    """How an unknown code is named: never as anything but a number or a short word."""
    if code.isdecimal():
        return f"; see {_source(code)}"
    return f" ({code})" if _SHOWABLE.fullmatch(code) else ""


def meaning_of(code: str) -> Fault | None:
    """What a code means that came with a message already accepted; None without a code."""
    return fault_of(code, is_refusal=False) if code else None
