"""What ``duebell check`` looks at for emails: who carries them, from where, and what is reported.

Where no rule sends an email, nobody need be able to, and nothing is looked at.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence

from deployments.inspection import Known, NotChecked, needed
from deployments.reaching import find_block, mending
from duebell.connection.credentials import sendgrid_from
from duebell.connection.emailing import block_of, lines_with_emails, unsendable_of
from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import Channel
from duebell.domain.transports import EmailTransport
from duebell.ledger.ledger import utc_now
from duebell.people.emails import Unusable, normalize_email
from duebell.settings import Settings

#: Where SendGrid has to tell what became of emails, below DUEBELL_PUBLIC_URL.
EVENTS_PATH = "/webhooks/sendgrid/events"


async def emails(known: Known) -> str:
    """Whether somebody can carry the emails of the rulebook, and whence they come."""
    settings = _needed_by_rules(known)
    is_sendgrid = settings.email_transport == "sendgrid"
    known.email_sender = await (_sendgrid_sender if is_sendgrid else _twilio_sender)(known)
    if lacking := unsendable_of(settings, sender=known.email_sender).get(Channel.EMAIL):
        _refuse(known, [f"{lacking[0].upper()}{lacking[1:]}."])
    _require_address(known.email_sender, settings)
    async with _opened(known) as transport:
        setting = "sendgrid_api_url" if is_sendgrid else "twilio_email_url"
        with mending(settings, _block_type(settings), setting):
            await transport.check()
    who = "SendGrid" if is_sendgrid else "Twilio Email"
    told = f"{who} accepts the key; emails come from {known.email_sender}"
    return f"{told}, whose domain only an email can try"


async def email_reports(known: Known) -> str:
    """Whether what becomes of emails can be heard."""
    settings = _needed_by_rules(known)
    if settings.email_transport == "twilio":
        return "Twilio Email is asked what became of each email; there is nothing to set up"
    from duebell.providers.sendgrid.signatures import public_key_from

    public_key_from(needed(known.sendgrid, "SendGrid's credentials are not there.").webhook_key)
    return (
        "the key that verifies SendGrid's events can be read; see in SendGrid's mail settings that"
        f" the event webhook leads to {settings.public_url}{EVENTS_PATH}"
    )


def _needed_by_rules(known: Known) -> Settings:
    settings = known.need_settings()
    if not lines_with_emails(needed(known.rulebook, "the rulebook is not valid.")):
        raise NotChecked("no rule sends emails.", matters=False)
    return settings


async def _twilio_sender(known: Known) -> str:
    """The address in Twilio's block, else in the settings: as the worker chooses."""
    keys = needed(known.twilio, "Twilio's credentials are not there.")
    return keys.email_from or known.need_settings().twilio_email_from or ""


async def _sendgrid_sender(known: Known) -> str:
    """The address in SendGrid's block, else in the settings.

    Raises:
        ConfigurationError: if SendGrid's credentials are nowhere, or another installation's.
    """
    from blocks import SendGridCredentials

    settings, faults = known.need_settings(), list[str]()
    known.sendgrid, _ = await find_block(
        known,
        SendGridCredentials,
        lambda: SendGridCredentials.from_keys(sendgrid_from(settings)),
        faults,
    )
    if known.sendgrid is None:
        _refuse(known, faults)
        return ""
    return known.sendgrid.email_from


def _refuse(known: Known, faults: Sequence[str]) -> None:
    lines = lines_with_emails(needed(known.rulebook, "the rulebook is not valid."))
    where = f"rule of line {lines[0]}" if len(lines) == 1 else f"rules of lines {_listed(lines)}"
    faults = [f"The {where} may send emails, which nobody carries yet.", *faults]
    if known.prefect_answers:
        raise ConfigurationError(faults)
    reason = "Prefect's blocks cannot be asked, and the settings do not have all."
    raise NotChecked(reason, faults=faults)


def _listed(lines: Sequence[int]) -> str:
    return f"{', '.join(map(str, lines[:-1]))} and {lines[-1]}"


def _require_address(sender: str, settings: Settings) -> None:
    found = normalize_email(sender)
    if isinstance(found, Unusable):
        fault = f"The address that emails come from, {sender}, {found.reason}"
        raise ConfigurationError([f"{fault}: mend it in {block_of(settings)} or the settings."])


def _block_type(settings: Settings) -> str:
    return block_of(settings).partition("/")[0]


@contextlib.asynccontextmanager
async def _opened(known: Known) -> AsyncIterator[EmailTransport]:
    settings = known.need_settings()
    transport: EmailTransport
    if settings.email_transport == "sendgrid":
        block = needed(known.sendgrid, "SendGrid's credentials are not there.")
        transport = block.open_client(settings.sendgrid_api_url, connections=1, now=utc_now)
    else:
        keys = needed(known.twilio, "Twilio's credentials are not there.")
        transport = keys.open_emails(settings.twilio_email_url, known.email_sender, connections=1)
    try:
        yield transport
    finally:
        await transport.close()
