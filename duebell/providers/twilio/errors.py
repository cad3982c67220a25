"""What Twilio's error codes mean for us: whose fault, and a sentence an operator can act on.

Twilio splits and renumbers codes and advises against logic on them, so this is data with a safe
default, and its own message (which may quote a phone number) is never shown. Each code's page is
``https://www.twilio.com/docs/errors/<code>``.
"""

from __future__ import annotations

from dataclasses import dataclass

from duebell.domain.delivery import FailureClass

DOCS = "https://www.twilio.com/docs/errors"

_R, _C, _T = FailureClass.RECIPIENT, FailureClass.CONFIGURATION, FailureClass.TEMPORARY
_L, _U, _O = FailureClass.RATE, FailureClass.UNKNOWN, FailureClass.COMPLIANCE


@dataclass(frozen=True, slots=True)
class TwilioFault:
    """One code: its class, and the sentence for the operator."""

    code: int
    failure: FailureClass
    sentence: str

    @property
    def source(self) -> str:
        """Twilio's own page on the code."""
        return f"{DOCS}/{self.code}"


_ACCOUNT = "Twilio does not accept the credentials, or the account is suspended or closed."
_SENDER = "The sender's number or name cannot be used for this message."
_SERVICE = "The Messaging Service is missing, unavailable or has no sender for this recipient."
_CONTENT = "Twilio refuses the content or a setting of the message; the template needs mending."
_UNREACHABLE = "This number cannot receive text messages."
_BUSY = "Twilio asks to send more slowly."
_REGISTRATION = "The sender is not registered, or not yet, for this country or carrier."
_DAILY = "A daily limit is reached; sending is possible again tomorrow."
_BLOCKED = "Twilio blocks texts to this number for a while because it suspects abuse."

ROWS: tuple[tuple[FailureClass, str, tuple[int, ...]], ...] = (
    (_C, _ACCOUNT, (20003, 20005, 20006, 30002, 30037)),
    (_C, "Test credentials cannot be used for this.", (20008,)),
    (_C, "Twilio does not know what the request names.", (20404,)),
    (_L, _BUSY, (20429, 21611, 30001, 30022, 63018)),
    (_U, "Twilio failed inside; the message may have been sent.", (20500,)),
    (_T, "Twilio is unavailable for the moment.", (20503, 20504, 30500)),
    (_R, "The phone number is not valid.", (21211,)),
    (_R, _UNREACHABLE, (21265, 21266, 21614, 21635, 30005, 30006)),
    (_C, _SENDER, (21212, 21601, 21603, 21606, 21607, 21616, 21657, 21659, 21660, 21661, 21709)),
    (_C, _SERVICE, (21701, 21702, 21703, 21704, 21705)),
    (_C, "The account may not send to this country (geo permissions).", (21408,)),
    (_C, "A trial account may only send to verified numbers.", (21608,)),
    (_C, "Twilio cannot use the status callback's address; check DUEBELL_PUBLIC_URL.", (21609,)),
    (
        _C,
        _CONTENT,
        (21602, 21604, 21605, 21617, 21618, 21619, 21620, 21623, 21624, 21654, 21655, 21656, 30019),
    ),
    (_C, "The obsolete price limit stopped the message.", (30010,)),
    (_O, "The recipient has opted out (STOP). Do not text this number.", (21610, 30630, 63033)),
    (_R, "This recipient cannot be reached from this sender.", (21612,)),
    (_L, "Too many replies between two numbers; something may be looping.", (14107,)),
    (_T, "The phone is switched off or out of reach.", (30003,)),
    # Among its causes are opt-outs that only the carrier knows of, and many that are none.
    (_R, "The recipient or the carrier blocks these messages.", (30004,)),
    (_C, "A carrier filtered the message as spam; never send the same text again.", (30007,)),
    (_U, "The carrier gave no reason; the message may have arrived.", (30008,)),
    (_T, "The carrier is congested.", (30017,)),
    (_C, _REGISTRATION, (30018, 30024, 30032, 30033, 30034, 30035, 30040, 30041, 30042)),
    (_L, _DAILY, (30023, 30027, 30454, 63038)),
    (_T, "The message waited too long at Twilio and was not sent.", (30036,)),
    (_T, "Twilio could not put the message off to a permitted hour; it was not sent.", (30047,)),
    (_U, "The carrier did not answer in time; the message may have arrived.", (30410,)),
    (_C, "The message could not be changed or cancelled.", (30400, 30404, 30409)),
    (_L, _BLOCKED, (30450, 30453, 30485)),
    (_L, "Quiet hours at Twilio stopped the message.", (30610, 30615)),
    # No opt-out, but what follows is the same: never text the number again.
    (_O, "Twilio advises against texting this number (known litigator).", (30640,)),
    (_C, "The message does not fit its declared intent.", (30620,)),
    (_C, "The scheduling of the message is not possible.", (35111, 35114, 35117, 35118)),
    (_C, "The channel needs an approved template for this.", (63016,)),
    (_R, "The recipient is not reachable on this channel.", (63024,)),
)

FAULTS: dict[int, TwilioFault] = {
    code: TwilioFault(code, failure, sentence)
    for failure, sentence, codes in ROWS
    for code in codes
}

#: Refusals that prove the request was not processed, so that the same attempt may be made again,
#: with the seconds to wait where Twilio does not say (None: doubling from try to try).
NOT_PROCESSED: dict[int, float | None] = {20429: None, 21611: 60.0, 14107: 30.0}


def fault_of(code: int, *, is_refusal: bool) -> TwilioFault:
    """What a code means; safe where it is unknown.

    An unknown code that refuses a request (``is_refusal``) is ours to mend; one that comes with a
    message already accepted leaves open whether the message arrived.
    """
    known = FAULTS.get(code)
    if known is not None:
        return known
    if is_refusal:
        return TwilioFault(code, _C, f"Twilio refuses the request; see {DOCS}/{code}.")
    return TwilioFault(
        code, _U, f"Twilio reports a fault Duebell does not know; see {DOCS}/{code}."
    )


def explain(code: str) -> str:
    """The sentence for a code that came with a message already accepted; empty without a code."""
    return fault_of(int(code), is_refusal=False).sentence if code.isdecimal() else ""


def failure_of(code: str) -> FailureClass | None:
    """Whose fault a code is that came with a message already accepted; None without a code.

    Compliance means that the number must not be texted any more.
    """
    return fault_of(int(code), is_refusal=False).failure if code.isdecimal() else None
