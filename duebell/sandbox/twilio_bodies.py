"""What Twilio may do to the body of a text before it keeps and sends it."""

from __future__ import annotations

from collections.abc import Iterable

#: A few of the letters that Smart Encoding replaces.
#: https://www.twilio.com/docs/messaging/services/smart-encoding-char-list
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "}
)

#: https://www.twilio.com/docs/usage/tutorials/how-to-use-your-free-trial-account
TRIAL_PREFIX = "Sent from your Twilio trial account - "


def altered(body: str, ways: Iterable[str]) -> str:
    """The body as it is kept, by the scenarios that alter it."""
    if "smart-encoded" in ways:
        body = body.translate(_PLAIN)
    return TRIAL_PREFIX + body if "trial-prefix" in ways else body
