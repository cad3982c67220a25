"""Who carries the emails of this process: opened from Prefect's blocks and the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from blocks import SendGridCredentials, TwilioCredentials
from duebell.connection.credentials import sendgrid_from
from duebell.domain.failures import ConfigurationError
from duebell.domain.transports import EmailTransport
from duebell.ledger.ledger import utc_now
from duebell.providers.sendgrid.client import PROVIDER as SENDGRID
from duebell.providers.twilio.emails import PROVIDER as TWILIO_EMAIL
from duebell.settings import Settings
from tasks.saving import BLOCK_NAME, save_block

#: Emails in flight at the same time; what a crash puts in doubt is at most this many.
CONNECTIONS = 8

_PROVIDERS = {"twilio": TWILIO_EMAIL, "sendgrid": SENDGRID}


@dataclass(frozen=True, slots=True)
class Emails:
    """``chosen`` carries new emails, None where nobody does; ``all`` are asked about old ones.

    ``sendgrid_key`` verifies SendGrid's events; empty where it carries none.
    """

    chosen: EmailTransport | None
    all: Mapping[str, EmailTransport] = field(default_factory=dict)
    sender: str = ""
    sendgrid_key: str = ""


async def open_emails(
    settings: Settings, twilio: TwilioCredentials, remember: Callable[[str], None]
) -> Emails:
    """Open every transport that there are credentials for.

    Raises:
        ConfigurationError: if SendGrid is to carry emails and its credentials are not there, or
            are another installation's.
    """
    transports: dict[str, EmailTransport] = {}
    senders: dict[str, str] = {}
    if sender := twilio.email_from or settings.twilio_email_from or "":
        senders[TWILIO_EMAIL] = sender
        transports[TWILIO_EMAIL] = twilio.open_emails(
            settings.twilio_email_url, sender, connections=CONNECTIONS
        )
    if (sendgrid := await load_sendgrid(settings)) is not None:
        for secret in sendgrid.secrets():
            remember(secret)
        senders[SENDGRID] = sendgrid.email_from
        transports[SENDGRID] = sendgrid.open_client(
            settings.sendgrid_api_url, connections=CONNECTIONS, now=utc_now
        )
    name = _PROVIDERS[settings.email_transport]
    key = sendgrid.webhook_key if sendgrid is not None else ""
    return Emails(transports.get(name), transports, senders.get(name, ""), key)


async def load_sendgrid(settings: Settings) -> SendGridCredentials | None:
    """The block named ``duebell``; made from the environment where it does not exist.

    None where there is neither, and SendGrid is not to carry emails.

    Raises:
        ConfigurationError: if it is to, naming what is missing; or if the block is another
            installation's.
    """
    try:
        block: SendGridCredentials = await SendGridCredentials.aload(BLOCK_NAME)
    except ValueError:
        try:
            block = SendGridCredentials.from_keys(sendgrid_from(settings))
        except ConfigurationError:
            if settings.email_transport == "sendgrid" and settings.sendgrid_api_key is not None:
                raise
            return None
        await save_block(block)
        return block
    block.require_own(settings)
    return block
