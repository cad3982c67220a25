"""Where a worker gets its credentials from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from blocks import FreshBooksCredentials, TwilioCredentials
from deployments.inspection import Known
from deployments.reaching import credentials
from deployments.taking_over import find_block
from duebell.domain.failures import ConfigurationError
from duebell.ledger.ledger import Ledger
from duebell.ledger.sealing import open_sealer
from duebell.settings import Settings
from tasks.runtime import BLOCK_NAME, load_credentials
from tasks.saving import save_block
from tasks.tokens import tell_signing_keys
from tests.flows.installation import forget_blocks, run

pytestmark = pytest.mark.flow


@pytest.fixture
def fresh(settings: Settings) -> Iterator[Settings]:
    """Settings with credentials, before a first start: Prefect has no block of ours."""
    run(forget_blocks())
    yield settings
    run(forget_blocks())


def changed(settings: Settings, **values: object) -> Settings:
    """The same settings but for some."""
    return settings.model_copy(update=values)


def test_blocks_are_made_from_the_environment(fresh: Settings) -> None:
    """The first start saves what the environment says, so that it is in Prefect from then on."""

    async def story() -> tuple[FreshBooksCredentials, TwilioCredentials]:
        await load_credentials(fresh)
        return (
            await FreshBooksCredentials.aload(BLOCK_NAME),
            await TwilioCredentials.aload(BLOCK_NAME),
        )

    freshbooks, twilio = run(story())

    assert fresh.freshbooks_client_id == freshbooks.client_id
    assert fresh.freshbooks_refresh_token == freshbooks.refresh_token
    assert (fresh.twilio_account_sid, fresh.twilio_from) == (twilio.account_sid, twilio.sender)


def test_a_block_wins_over_the_environment(fresh: Settings) -> None:
    """A block that exists is taken as it is, and neither changed nor completed."""

    async def story() -> tuple[FreshBooksCredentials, TwilioCredentials]:
        await load_credentials(fresh)
        other = changed(
            fresh, freshbooks_client_secret=SecretStr("other"), twilio_from="+13125550199"
        )
        return await load_credentials(other)

    freshbooks, twilio = run(story())

    assert fresh.freshbooks_client_secret == freshbooks.client_secret
    assert fresh.twilio_from == twilio.sender


def test_blocks_alone_are_enough(fresh: Settings) -> None:
    """Once the blocks exist, the environment may be empty."""
    empty = {name: None for name in Settings.model_fields if "secret" in name or "sid" in name}

    async def story() -> tuple[FreshBooksCredentials, TwilioCredentials]:
        await load_credentials(fresh)
        return await load_credentials(changed(fresh, **empty))

    freshbooks, twilio = run(story())

    assert fresh.freshbooks_client_secret == freshbooks.client_secret
    assert fresh.twilio_api_key_secret == twilio.api_key_secret


def test_changed_signing_keys_are_told_to_the_webhook_process(fresh: Settings) -> None:
    """What somebody has put into the block is in the ledger, where the webhook process reads it."""
    ledger = Ledger(fresh.ledger_url, open_sealer(fresh.home, None))

    async def story() -> list[tuple[str, ...]]:
        told = []
        for keys in (["old"], ["new", "old", "a shared key"]):
            _, block = await load_credentials(fresh)
            block.auth_tokens = [SecretStr(key) for key in keys]
            await save_block(block)
            await tell_signing_keys(ledger, fresh)
            told.append(await ledger.auth_tokens())
        return told

    told = run(story())

    assert [("old",), ("new", "old", "a shared key")] == told
    ledger.close()


def test_another_installations_blocks_are_refused_by_everybody(fresh: Settings) -> None:
    """A sandbox's blocks are taken by no command with the real addresses; told is that once."""
    urls = ("freshbooks_api_url", "twilio_api_url")
    real = changed(fresh, **dict.fromkeys(urls, "https://vendor.example"))

    async def story() -> list[ConfigurationError]:
        await load_credentials(fresh)
        known = Known(real, prefect_answers=True)
        refusals = []
        for load in (load_credentials(real), credentials(known), find_block(real)):
            with pytest.raises(ConfigurationError) as refusal:
                await load
            refusals.append(refusal.value)
        return refusals

    faults = {refusal.faults for refusal in run(story())}

    ((fault,),) = faults
    assert "a sandbox's credentials" in fault


def test_the_sandboxs_token_gets_into_no_block_of_a_real_installation(fresh: Settings) -> None:
    """Settings that mix the two are refused before anything is kept in Prefect."""
    real = changed(fresh, freshbooks_api_url="https://books.example")

    with pytest.raises(ConfigurationError) as refusal:
        run(load_credentials(real))

    assert "DUEBELL_FRESHBOOKS_REFRESH_TOKEN" in str(refusal.value)
    with pytest.raises(ValueError, match="Unable to find block document"):
        run(FreshBooksCredentials.aload(BLOCK_NAME))


def test_all_faults_are_named_at_once(fresh: Settings) -> None:
    """What is missing for FreshBooks and for Twilio is told together."""
    incomplete = changed(fresh, freshbooks_client_id=None, twilio_auth_tokens=())

    with pytest.raises(ConfigurationError) as refusal:
        run(load_credentials(incomplete))

    assert [
        "DUEBELL_FRESHBOOKS_CLIENT_ID",
        "DUEBELL_TWILIO_AUTH_TOKENS",
    ] == [fault.split()[0] for fault in refusal.value.faults]
