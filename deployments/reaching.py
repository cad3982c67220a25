"""What ``duebell check`` looks at elsewhere: Prefect's server, and the credentials in it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from deployments.inspection import Known, NotChecked
from deployments.prefect_environment import api_url
from duebell.connection.credentials import freshbooks_from, twilio_from
from duebell.domain.failures import ConfigurationError, CredentialsRefused, TryAgain
from duebell.settings import PREFIX, Settings

if TYPE_CHECKING:
    from blocks import FreshBooksCredentials, SendGridCredentials, TwilioCredentials

    BlockT = TypeVar("BlockT", FreshBooksCredentials, SendGridCredentials, TwilioCredentials)

PREFECT_SECONDS = 3.0
SANDBOX_MEND = "start it with `duebell up --sandbox`."
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
        if known.settings is not None and known.settings.is_sandbox:
            mend = SANDBOX_MEND
        raise TryAgain(f"No Prefect server answers at {shown}: {mend}")
    known.prefect_answers = True
    return f"answers at {shown}"


async def credentials(known: Known) -> str:
    """FreshBooks' and Twilio's credentials: in Prefect's blocks, else in the environment."""
    from blocks import FreshBooksCredentials, TwilioCredentials

    settings, faults = known.need_settings(), list[str]()
    known.freshbooks, there = await find_block(
        known,
        FreshBooksCredentials,
        lambda: FreshBooksCredentials.from_keys(freshbooks_from(settings)),
        faults,
    )
    known.twilio, here = await find_block(
        known,
        TwilioCredentials,
        lambda: TwilioCredentials.from_keys(twilio_from(settings)),
        faults,
    )
    if faults and not known.prefect_answers:
        raise NotChecked(
            "Prefect's blocks cannot be asked, and the settings do not have all.", faults=faults
        )
    if faults:
        raise ConfigurationError(faults)
    return f"FreshBooks' in {there}, Twilio's in {here}"


async def find_block(
    known: Known, kind: type[BlockT], from_settings: Callable[[], BlockT], faults: list[str]
) -> tuple[BlockT | None, str]:
    """The credentials and where they are; a block wins, as it does for the worker."""
    from tasks.runtime import BLOCK_NAME

    try:
        if known.prefect_answers:
            # Prefect says so when there is no such block.
            with contextlib.suppress(ValueError):
                block: BlockT = await kind.aload(BLOCK_NAME)
                block.require_own(known.need_settings())
                return block, "Prefect's block"
        return from_settings(), "the environment"
    except ConfigurationError as error:
        faults += [fault for fault in error.faults if fault not in faults]
        return None, ""


@contextlib.contextmanager
def mending(settings: Settings, block: str, setting: str) -> Iterator[None]:
    """Say what to do about a provider that does not know us, or is not there.

    ``setting`` is the one that has its address.
    """
    try:
        yield
    except CredentialsRefused as refusal:
        mend = f"Mend Prefect's block {block}/duebell, or the settings it was made from."
        raise CredentialsRefused(f"{refusal} {mend}") from None
    except TryAgain as failure:
        url = getattr(settings, setting)
        name = f"{PREFIX}{setting.upper()}"
        mend = f"See whether this machine reaches {url} ({name}), and check again."
        if settings.is_sandbox:
            mend = f"It is the sandbox at {url}: {SANDBOX_MEND}"
        raise TryAgain(f"{failure} {mend}") from None
