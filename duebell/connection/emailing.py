"""Whether this installation can send emails, and what to set where it cannot."""

from __future__ import annotations

from duebell.connection.credentials import sendgrid_faults, sendgrid_given
from duebell.domain.rules import Channel, Rulebook
from duebell.rulebook.rules import ALL_IS_SENT, Unsendable
from duebell.settings import PREFIX, Settings

_TWILIO_MEND = f"set {PREFIX}TWILIO_EMAIL_FROM to the address that they come from"


def unsendable_of(settings: Settings, *, sender: str = "") -> Unsendable:
    """The channels on which nothing can be sent, each with what to do about it.

    ``sender`` is the address from which emails come, where somebody has found it already: Prefect's
    blocks may have one that the settings have not.
    """
    mend = "" if sender else _mend(settings)
    return {Channel.EMAIL: mend} if mend else ALL_IS_SENT


def block_of(settings: Settings) -> str:
    """The Prefect block that may have what the settings have not."""
    return f"{settings.email_transport}-credentials/duebell"


def lines_with_emails(rulebook: Rulebook) -> tuple[int, ...]:
    """The lines of the rules that may send an email, be it only in a text's stead."""
    return tuple(rule.line for rule in rulebook.rules if Channel.EMAIL in rule.channels)


def _mend(settings: Settings) -> str:
    if settings.email_transport == "twilio":
        return "" if settings.twilio_email_from else _TWILIO_MEND
    faults = sendgrid_faults(sendgrid_given(settings))
    missing = [fault.partition(" ")[0] for fault in faults]
    return f"set {' and '.join(missing)}" if missing else ""
