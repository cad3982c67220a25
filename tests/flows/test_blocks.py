"""The blocks: what is saved comes back, and secrets do not show."""

from __future__ import annotations

import json
from typing import Any

import pytest
from prefect.blocks.core import Block
from prefect.client.orchestration import get_client
from prefect.testing.standard_test_suites.blocks import BlockStandardTestSuite
from pydantic import SecretStr

from blocks import FreshBooksCredentials, TwilioCredentials
from tests.flows.installation import run

pytestmark = pytest.mark.flow

SECRETS = ("s3cret-one", "s3cret-two")


def freshbooks() -> FreshBooksCredentials:
    """A block with two secrets."""
    return FreshBooksCredentials(
        client_id="client",
        client_secret=SecretStr(SECRETS[0]),
        redirect_uri="https://duebell.example/oauth",
        refresh_token=SecretStr(SECRETS[1]),
        account_ids=["a1", "a2"],
    )


def twilio() -> TwilioCredentials:
    """A block with two secrets, one of them in a list."""
    return TwilioCredentials(
        account_sid="AC" + "0" * 32,
        api_key_sid="SK" + "0" * 32,
        api_key_secret=SecretStr(SECRETS[0]),
        auth_tokens=[SecretStr(SECRETS[1])],
        sender="+12125550100",
    )


BLOCKS = [freshbooks(), twilio()]
KINDS: list[type[Block]] = [FreshBooksCredentials, TwilioCredentials]


@pytest.mark.parametrize("block", KINDS)
class TestStandard(BlockStandardTestSuite):
    """What Prefect asks of every block; the logo is not fetched."""

    @pytest.fixture
    def block(self, request: pytest.FixtureRequest) -> type[Block]:
        """The block's class."""
        kind: type[Block] = request.param
        return kind

    def test_has_a_valid_image(self, block: type[Block]) -> None:
        """The logo has an address of its own."""
        address = str(block._logo_url)

        assert address.startswith("https://")


@pytest.mark.parametrize("block", BLOCKS, ids=type)
def test_a_saved_block_comes_back(block: Block, prefect_api: str) -> None:
    """Loading gives what was saved, secrets included."""

    async def story() -> Block:
        await block.asave("a-test", overwrite=True)
        return await type(block).aload("a-test")

    loaded = run(story())

    assert block.model_dump() == loaded.model_dump()
    assert SECRETS == loaded.secrets()  # type: ignore[attr-defined]


@pytest.mark.parametrize("block", BLOCKS, ids=type)
def test_secrets_do_not_show(block: Block, prefect_api: str) -> None:
    """Neither the text of a block nor the answers of Prefect's API hold a secret."""

    async def story() -> Any:
        await block.asave("a-test", overwrite=True)
        async with get_client() as client:
            answer = await client.request("POST", "/block_documents/filter", json={"limit": 100})
            return [one for one in answer.json() if one["name"] == "a-test"]

    documents = run(story())

    shown = f"{block!r} {block} {json.dumps(documents)}"
    assert type(block).get_block_type_slug() in shown
    assert [] == [secret for secret in SECRETS if secret in shown]


def test_types_have_stable_names() -> None:
    """The slugs are those that people and their scripts rely on."""
    slugs = [kind.get_block_type_slug() for kind in KINDS]

    assert ["freshbooks-credentials", "twilio-credentials"] == slugs
