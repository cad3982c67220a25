"""Texts that people send to our number: who wrote, and whether they opt out. Pure: no clock, no IO.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from duebell.domain.consent import InboundText, Wish
from duebell.domain.failures import WebhookRefused
from duebell.providers.twilio.webhooks import MESSAGE_SID

#: The keywords that Twilio itself obeys, with OPTOUT and REVOKE of the TCPA's rule of 2025; of
#: other languages only where Advanced Opt-Out says so in ``OptOutType``.
#: https://help.twilio.com/articles/223134027
_STOP = ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE")
_START = ("START", "UNSTOP", "YES")
KEYWORDS: dict[str, Wish] = {
    **dict.fromkeys(_STOP, Wish.STOP),
    **dict.fromkeys(_START, Wish.START),
}

#: Advanced Opt-Out of a Messaging Service says what it understood.
_OPT_OUT_TYPES = {"STOP": Wish.STOP, "START": Wish.START, "HELP": Wish.NOTHING}

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_AROUND = re.compile(r"^[\W_]+|[\W_]+$")


def inbound_from(params: Sequence[tuple[str, str]]) -> InboundText:
    """Read the webhook of a text. What people write is only looked at for its keyword.

    Raises:
        WebhookRefused: 400, where it names no message.
    """
    fields = dict(params)
    sid = fields.get("MessageSid") or fields.get("SmsSid") or ""
    if MESSAGE_SID.fullmatch(sid) is None:
        raise WebhookRefused(400, "malformed MessageSid")
    sender = fields.get("From", "").strip()
    # ``whatsapp:+1...`` and the like are other channels, with opt-outs of their own.
    return InboundText(sid, sender if _E164.fullmatch(sender) else "", _wish(fields))


def _wish(fields: Mapping[str, str]) -> Wish:
    told = _OPT_OUT_TYPES.get(fields.get("OptOutType", "").strip().upper())
    return wish_of(fields.get("Body", "")) if told is None else told


def wish_of(body: str) -> Wish:
    """What a message asks for: a keyword counts where it is all that was written."""
    return KEYWORDS.get(_AROUND.sub("", body).upper(), Wish.NOTHING)
