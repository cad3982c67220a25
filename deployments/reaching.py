"""What ``duebell check`` looks at elsewhere: Prefect's server, FreshBooks and Twilio."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import secrets
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from deployments.inspection import Known, NotChecked, needed
from deployments.prefect_environment import api_url
from duebell.credentials import freshbooks_from, twilio_from
from duebell.domain.books import Business
from duebell.domain.events import callbacks_for
from duebell.domain.failures import ConfigurationError, CredentialsRefused, TryAgain
from duebell.ledger.ledger import Ledger, LedgerTokens, utc_now
from duebell.subscribing import webhook_url

if TYPE_CHECKING:
    from prefect.blocks.core import Block

    BlockT = TypeVar("BlockT", bound=Block)

PREFECT_SECONDS = 3.0
_NO_LEDGER = "it needs the ledger and its key, which `duebell up` makes."


async def prefect(known: Known) -> str:
    """Prefect's server: the one at ``PREFECT_API_URL``, or the one that we start."""
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    place = urlsplit(api_url(os.environ))
    shown = f"{place.scheme}://{place.hostname}:{place.port or ''}".rstrip(":")
    try:
        # Once is enough to see that nobody listens; the client would try for many seconds.
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
            async with asyncio.timeout(PREFECT_SECONDS), get_client() as client:
                failure = await client.api_healthcheck()
    except TimeoutError as error:
        failure = error
    if failure is not None:
        mend = "start it with `duebell up`, or set PREFECT_API_URL to where it is."
        raise TryAgain(f"No Prefect server answers at {shown}: {mend}")
    known.prefect_answers = True
    return f"answers at {shown}"


async def credentials(known: Known) -> str:
    """FreshBooks' and Twilio's credentials: in Prefect's blocks, else in the environment."""
    from blocks import FreshBooksCredentials, TwilioCredentials

    settings, faults = known.need_settings(), list[str]()
    known.freshbooks, there = await _find(
        known,
        FreshBooksCredentials,
        lambda: FreshBooksCredentials.from_keys(freshbooks_from(settings)),
        faults,
    )
    known.twilio, here = await _find(
        known,
        TwilioCredentials,
        lambda: TwilioCredentials.from_keys(twilio_from(settings)),
        faults,
    )
    if faults and not known.prefect_answers:
        raise NotChecked(f"Prefect's blocks cannot be asked. {' '.join(faults)}")
    if faults:
        raise ConfigurationError(faults)
    return f"FreshBooks' in {there}, Twilio's in {here}"


async def _find(
    known: Known, kind: type[BlockT], from_settings: Callable[[], BlockT], faults: list[str]
) -> tuple[BlockT | None, str]:
    """The credentials and where they are; a block wins, as it does for the worker."""
    from tasks.runtime import BLOCK_NAME

    if known.prefect_answers:
        # Prefect says so when there is no such block.
        with contextlib.suppress(ValueError):
            return await kind.aload(BLOCK_NAME), "Prefect's block"
    try:
        return from_settings(), "the environment"
    except ConfigurationError as error:
        faults += error.faults
        return None, ""


@contextlib.contextmanager
def _mending(block: str, setting: str, url: str) -> Iterator[None]:
    """Say what to do about a provider that does not know us, or is not there."""
    try:
        yield
    except CredentialsRefused as refusal:
        mend = f"Mend Prefect's block {block}/duebell, or the settings it was made from."
        raise CredentialsRefused(f"{refusal} {mend}") from None
    except TryAgain as failure:
        mend = f"See whether this machine reaches {url} ({setting}), and check again."
        raise TryAgain(f"{failure} {mend}") from None


async def freshbooks(known: Known) -> str:
    """Whether FreshBooks accepts the token, for which businesses."""
    settings = known.need_settings()
    keys = needed(known.freshbooks, "its credentials are not there.")
    store = LedgerTokens(_ledger(known), needed(known.sealer, _NO_LEDGER), utc_now)
    if await store.read() is None:
        raise NotChecked("the refresh token works once, and a worker uses it when it first starts.")
    owner = f"check-{os.getpid()}-{secrets.token_hex(3)}"
    url = settings.freshbooks_api_url
    books = keys.open_client(url, store, owner=owner, now=utc_now, jitter=random.random)
    known.books = books
    with _mending("freshbooks-credentials", "DUEBELL_FRESHBOOKS_API_URL", url):
        found = await books.businesses()
    known.account_ids = _accounts(tuple(keys.account_ids), found)
    told = [
        f"{one.name} ({one.account_id})" for one in found if one.account_id in known.account_ids
    ]
    return f"accepts the token for {', '.join(told)}"


def _accounts(wanted: tuple[str, ...], found: list[Business]) -> tuple[str, ...]:
    reachable = {one.account_id for one in found}
    unknown = [account for account in wanted if account not in reachable]
    if unknown or not reachable:
        names = ", ".join(unknown) or "any account"
        fault = f"The connected FreshBooks user has no business with {names}: "
        raise ConfigurationError([fault + "mend the account ids, or connect a user who has one."])
    return wanted or tuple(sorted(reachable))


def _ledger(known: Known) -> Ledger:
    return needed(known.ledger, _NO_LEDGER)


async def webhooks(known: Known) -> str:
    """Whether FreshBooks tells us of every event that the rulebook needs."""
    public_url = known.need_settings().public_url
    rulebook = needed(known.rulebook, "the rulebook is not valid.")
    books = needed(known.books if known.account_ids else None, "FreshBooks was not reached.")
    events = callbacks_for(rulebook.events)
    ours = await _ledger(known).callbacks(public_url)
    missing: list[str] = []
    for account in known.account_ids:
        verified = {one.uri for one in await books.callbacks(account) if one.is_verified}
        heard = {
            one.event
            for one in ours
            if one.account_id == account and webhook_url(public_url, one.url_token) in verified
        }
        missing += [f"{event} ({account})" for event in sorted(events - heard)]
    if missing:
        raise ConfigurationError([_unheard(missing, public_url)])
    return f"{len(events) * len(known.account_ids)} registered and verified"


def _unheard(missing: list[str], public_url: str) -> str:
    return (
        f"FreshBooks has no verified webhook for {', '.join(missing)}: a worker registers them by "
        f"itself while it runs, if FreshBooks reaches {public_url} (DUEBELL_PUBLIC_URL)."
    )


async def twilio(known: Known) -> str:
    """Whether Twilio accepts the API key."""
    settings = known.need_settings()
    keys = needed(known.twilio, "its credentials are not there.")
    texts = keys.open_client(settings.twilio_api_url, settings.public_url, connections=1)
    try:
        with _mending("twilio-credentials", "DUEBELL_TWILIO_API_URL", settings.twilio_api_url):
            await texts.check()
    finally:
        await texts.close()
    return f"accepts the API key for the account {keys.account_sid}"
