"""What ``duebell check`` looks at in Twilio: the key, the account, and who texts come from."""

from __future__ import annotations

from deployments.inspection import Known, NotChecked, needed
from deployments.reaching import mending
from duebell.domain.failures import ConfigurationError, CredentialsRefused
from duebell.providers.twilio.account import ACTIVE

_NO_CREDENTIALS = "its credentials are not there."
_BLOCK, _SETTING = "twilio-credentials", "twilio_api_url"


async def twilio(known: Known) -> str:
    """Whether Twilio accepts the API key and an auth token, and the account is active."""
    settings = known.need_settings()
    keys = needed(known.twilio, _NO_CREDENTIALS)
    texts = keys.open_client(settings.twilio_api_url, settings.public_url, connections=1)
    try:
        with mending(settings, _BLOCK, _SETTING):
            await texts.check()
    finally:
        await texts.close()
    known.twilio_answers = True
    async with keys.open_account(settings.twilio_api_url) as account:
        try:
            status = await account.status()
        except CredentialsRefused:
            raise ConfigurationError([_NO_AUTH_TOKEN]) from None
    if status != ACTIVE:
        raise ConfigurationError(
            [f"The Twilio account {keys.account_sid} is {status}: see the Twilio console."]
        )
    return f"accepts the API key and the auth token; the account {keys.account_sid} is active"


_NO_AUTH_TOKEN = (
    "Twilio accepts the API key, but none of the auth tokens, so its reports cannot be believed: "
    "put the account's auth token from the Twilio console into Prefect's block "
    f"{_BLOCK}/duebell."
)


async def sender(known: Known) -> str:
    """Whether texts can come from the number that they are to come from."""
    settings = known.need_settings()
    keys = needed(known.twilio, _NO_CREDENTIALS)
    if not known.twilio_answers:
        raise NotChecked("Twilio was not reached, or does not accept the API key.")
    if not keys.sender.startswith("+"):
        what = "a Messaging Service" if keys.sender.startswith("MG") else "a short code"
        raise NotChecked(f"{keys.sender} is {what}, which only a text can try.", matters=False)
    async with keys.open_account(settings.twilio_api_url) as account:
        with mending(settings, _BLOCK, _SETTING):
            number = await account.number(keys.sender)
    if number is None:
        raise ConfigurationError(
            [f"The Twilio account has no number {keys.sender}: mend the sender in {_BLOCK}."]
        )
    if not number.can_send_texts:
        raise ConfigurationError(
            [f"The number {keys.sender} cannot send texts: rent one at Twilio that can."]
        )
    return f"{keys.sender} belongs to the account and can send texts"
