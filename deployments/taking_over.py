"""After connecting: the block is saved, and a running worker takes the connection over at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from uuid import UUID

from duebell.connection.credentials import FreshBooksKeys
from duebell.settings import Settings

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun

    from blocks import FreshBooksCredentials

#: In this order: the accounts are taken over before webhooks are registered for them.
DEPLOYMENTS = {
    "refresh-token/schedule": "The worker has taken the connection over.",
    "upkeep/schedule": "Webhooks: {message}",
}
RUN_NAME = "after connecting"
#: A worker looks for runs every five seconds, and a handshake may take ten.
RUN_SECONDS = 60.0
#: A worker is in the ledger some seconds before its deployments are in Prefect.
START_SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.5


async def find_block(settings: Settings) -> FreshBooksCredentials | None:
    """The block as Prefect has it.

    Raises:
        ConfigurationError: if it is a sandbox's and this is a real installation, or the reverse.
    """
    from blocks import FreshBooksCredentials
    from tasks.runtime import BLOCK_NAME

    try:
        block: FreshBooksCredentials = await FreshBooksCredentials.aload(BLOCK_NAME)
    except ValueError:  # Prefect's word for "there is none"
        return None
    block.require_own(settings)
    return block


def keys_in(block: FreshBooksCredentials) -> FreshBooksKeys:
    """The credentials in a block."""
    return FreshBooksKeys(
        block.client_id,
        block.client_secret.get_secret_value(),
        block.redirect_uri,
        block.refresh_token.get_secret_value(),
        tuple(block.account_ids),
    )


async def save(keys: FreshBooksKeys) -> None:
    """Make the block, or replace it."""
    from blocks import FreshBooksCredentials
    from tasks.runtime import save_block

    await save_block(FreshBooksCredentials.from_keys(keys))


async def hand_over(
    tell: Callable[[str], None], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> bool:
    """Have a worker look at the new connection now; tells what it did, False where it did not."""
    from prefect.client.orchestration import get_client

    async with get_client() as client:
        for name, sentence in DEPLOYMENTS.items():
            deployment_id = await _registered(client, name, sleep)
            if deployment_id is None:
                tell("The worker still starts; it takes the connection over by itself.")
                return False
            flow_run = await _run(client, deployment_id, sleep)
            state = flow_run.state
            if state is None or not state.is_final():
                tell("The worker is busy; it takes the connection over by itself, a little later.")
                return False
            message = (state.message or state.name or "").strip()
            if not state.is_completed():
                tell(f"The run `{flow_run.name}` of {name} ended as {state.name}: {message}")
                return False
            tell(sentence.format(message=message))
    return True


async def _registered(
    client: PrefectClient, name: str, sleep: Callable[[float], Awaitable[None]]
) -> UUID | None:
    """The id of a deployment; a worker that has just started registers it in a moment."""
    from prefect.exceptions import ObjectNotFound

    waited = 0.0
    while waited < START_SECONDS:
        try:
            return (await client.read_deployment_by_name(name)).id
        except ObjectNotFound:
            await sleep(LOOK_EVERY_SECONDS)
            waited += LOOK_EVERY_SECONDS
    return None


async def _run(
    client: PrefectClient, deployment_id: UUID, sleep: Callable[[float], Awaitable[None]]
) -> FlowRun:
    """Have a deployment run by whichever worker comes first; gives the run as it is in the end."""
    flow_run = await client.create_flow_run_from_deployment(deployment_id, name=RUN_NAME)
    waited = 0.0
    while waited < RUN_SECONDS:
        flow_run = await client.read_flow_run(flow_run.id)
        if flow_run.state is not None and flow_run.state.is_final():
            break
        await sleep(LOOK_EVERY_SECONDS)
        waited += LOOK_EVERY_SECONDS
    return flow_run
