"""The connection to FreshBooks is lost for a while: webhooks are kept, people told, work done."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from duebell.domain.connections import StoredPair, TokenPair
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.ledger import Ledger, LedgerTokens, utc_now
from duebell.ledger.sealing import Sealer, open_sealer
from duebell.sandbox import credentials
from tests.acceptance.installation import Installation
from tests.acceptance.part import wait_until
from tests.acceptance.promises import broken_promises, texts_by_invoice, wait_until_told

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

APPLICATION = {
    "client_id": credentials.CLIENT_ID,
    "client_secret": credentials.CLIENT_SECRET,
    "redirect_uri": "https://duebell.example/oauth",
}


class Connection:
    """The installation's connection, as a person handles it from outside."""

    def __init__(self, installation: Installation) -> None:
        settings = installation.settings
        self._installation = installation
        self._sealer: Sealer = open_sealer(settings.home, settings.sealing_key)
        self._ledger = Ledger(settings.ledger_url, self._sealer)

    def close(self) -> None:
        """Let go of the ledger."""
        self._ledger.close()

    def revoke(self) -> None:
        """Take the consent back at FreshBooks."""
        pair = asyncio.run(self._stored())
        for token in (pair.access, pair.refresh):
            self._post("revoke", {**APPLICATION, "token": token})

    async def _stored(self) -> StoredPair:
        pair = await LedgerTokens(self._ledger, self._sealer, utc_now).read()
        assert pair is not None
        return pair

    def make(self) -> None:
        """Agree anew, and store the pair."""
        code = self._installation.control.create_code()
        order = {**APPLICATION, "grant_type": "authorization_code", "code": code}
        answer = self._post("token", order)
        ends_at = utc_now() + timedelta(seconds=answer["expires_in"])
        pair = TokenPair(answer["access_token"], answer["refresh_token"], ends_at)
        asyncio.run(self._ledger.connect(pair))

    def _post(self, what: str, order: dict[str, Any]) -> dict[str, Any]:
        url = f"{self._installation.control.base_url}/auth/oauth/{what}"
        answer: dict[str, Any] = httpx.post(url, json=order).raise_for_status().json()
        return answer

    def losses_told(self) -> int:
        """How often people are to hear that a connection is lost."""
        own = SIGNALS.select().where(SIGNALS.c.event == "connection.lost")
        return len(asyncio.run(self._ledger.read(lambda c: c.execute(own).all())))


@pytest.fixture
def connection(installation: Installation) -> Iterator[Connection]:
    """The connection of the shared installation; it is made again whatever happens."""
    connection = Connection(installation)
    yield connection
    connection.close()


def missing(installation: Installation) -> list[str]:
    """What readiness says is missing."""
    found: list[str] = httpx.get(installation.ready_url).json()
    return found


def test_webhooks_are_kept_while_the_connection_is_lost(
    installation: Installation, connection: Connection
) -> None:
    """Deliveries are acknowledged at once, the loss is told once, and all is worked off later."""
    connection.revoke()

    try:
        records = installation.control.fire("invoice.create", 30, wait=True)
        wait_until(lambda: "is lost" in str(missing(installation)), "the loss is told", 90)
        lately = installation.control.fire("invoice.create", 10, wait=True)
        told_meanwhile = texts_by_invoice(installation.control).keys()
    finally:
        connection.make()
    wait_until_told(installation, [*records, *lately])

    ids = {record["id"] for record in (*records, *lately)}
    tries = [one for one in installation.control.deliveries() if one["object_id"] in ids]
    assert [(1, 200)] * 40 == [(one["try"], one["status"]) for one in tries]
    assert set() == {record["number"] for record in (*records, *lately)} & told_meanwhile
    assert [] == broken_promises(installation, [*records, *lately])
    # What readiness says is worked out once a second at most.
    wait_until(lambda: not missing(installation), "the installation is ready again", 30)
    assert 1 == connection.losses_told()
