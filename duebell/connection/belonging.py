"""Whose credentials these are: a sandbox's, which are the same everywhere, or somebody's own.

Blocks win over the environment, and a Prefect server that answers may be another installation's.
Taken from there, a sandbox's credentials would cost a real installation its connection, and a real
refresh token, which works once, would be spent on a sandbox.
"""

from __future__ import annotations

from duebell.domain.failures import ConfigurationError
from duebell.sandbox import credentials
from duebell.settings import PREFIX, Settings
from duebell.settings_files import leads_here

_A_SANDBOXS = (
    "Prefect's server has a sandbox's credentials in its blocks, and this installation is a real "
    "one: set PREFECT_API_URL to the real one's server, or start that with `duebell up`; if it is "
    "the right server, delete its blocks named duebell."
)
_REAL = (
    "Prefect's server has real credentials in its blocks, and this installation is a sandbox's: "
    "start the sandbox, with a server of its own, by `duebell up --sandbox`."
)
_A_SANDBOXS_TOKEN = (
    f"{PREFIX}FRESHBOOKS_REFRESH_TOKEN, or the block made from it, is the sandbox's, and "
    f"{PREFIX}FRESHBOOKS_API_URL leads to the real FreshBooks: take the sandbox's credentials out, "
    "then run `duebell connect freshbooks`."
)


def require_own_freshbooks(client_id: str, settings: Settings) -> None:
    """See that FreshBooks' credentials from a block may be used with these settings.

    Raises:
        ConfigurationError: if they are a sandbox's and this is a real installation, or the reverse.
    """
    _require_own(
        (client_id, settings.freshbooks_client_id, credentials.CLIENT_ID),
        settings,
        settings.freshbooks_api_url,
    )


def require_own_twilio(account_sid: str, settings: Settings) -> None:
    """See that Twilio's credentials from a block may be used with these settings.

    Raises:
        ConfigurationError: if they are a sandbox's and this is a real installation, or the reverse.
    """
    _require_own(
        (account_sid, settings.twilio_account_sid, credentials.ACCOUNT_SID),
        settings,
        settings.twilio_api_url,
    )


def require_own_sendgrid(webhook_key: str, settings: Settings) -> None:
    """See that SendGrid's credentials from a block may be used with these settings.

    Raises:
        ConfigurationError: if they are a sandbox's and this is a real installation, or the reverse.
    """
    _require_own(
        (webhook_key, settings.sendgrid_webhook_key, credentials.SENDGRID_WEBHOOK_KEY),
        settings,
        settings.sendgrid_api_url,
    )


def _require_own(names: tuple[str, str | None, str], settings: Settings, url: str) -> None:
    """``names`` are what the block has, what the settings have, and the sandbox's.

    A sandbox listens on this machine; who points at one by hand gives its credentials, or none.
    """
    found, given, sandboxs = names
    is_here = leads_here(url)
    if found == sandboxs:
        if not (settings.is_sandbox or (is_here and given in (None, "", sandboxs))):
            raise ConfigurationError([_A_SANDBOXS])
    elif settings.is_sandbox or (is_here and given == sandboxs):
        raise ConfigurationError([_REAL])


def require_own_token(refresh_token: str, settings: Settings) -> None:
    """See that the connection's first token is not the sandbox's where the books are real.

    Raises:
        ConfigurationError: if it is; in the ledger it would replace what the real one rotated to.
    """
    is_here = settings.is_sandbox or leads_here(settings.freshbooks_api_url)
    if refresh_token == credentials.REFRESH_TOKEN and not is_here:
        raise ConfigurationError([_A_SANDBOXS_TOKEN])
