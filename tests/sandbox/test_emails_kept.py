"""For how long emails are kept, and what a restart does to them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from duebell.sandbox import credentials
from duebell.sandbox.exchange import Call
from duebell.sandbox.scenarios import SENDGRID, TWILIO_EMAIL
from duebell.sandbox.state import Email, State, dump, write_whole
from duebell.sandbox.tunables import Tunables
from duebell.sandbox.world import World
from tests.sandbox.program import EMAILS, READER


def test_emails_are_forgotten_after_a_week() -> None:
    """Seven days after it was accepted an email is in no list, and neither is its operation."""
    clock = [datetime(2026, 3, 2, tzinfo=UTC)]

    async def run() -> list[int]:
        world = World(None, lambda: clock[0], random.Random(1))
        world.state.emails["e"] = _email(clock[0])
        world.emails.index_again()
        found = []
        for age in (timedelta(days=6, hours=23), timedelta(days=7, seconds=1)):
            clock[0] = datetime(2026, 3, 2, tzinfo=UTC) + age
            found += [await _status(world, path) for path in ("/e", "/Operations/o")]
        return found

    assert [200, 200, 404, 404] == asyncio.run(run())


async def _status(world: World, path: str) -> int:
    key = httpx.BasicAuth(credentials.API_KEY_SID, credentials.API_KEY_SECRET)
    request = next(key.auth_flow(httpx.Request("GET", f"http://sandbox.example{EMAILS}{path}")))
    headers = [(b"authorization", request.headers["Authorization"].encode())]
    scope = {"method": "GET", "path": EMAILS + path, "query_string": b"", "headers": headers}
    return (await world.emails.answer(Call(scope, b""))).status


def _email(at: datetime, provider: str = TWILIO_EMAIL, status: str = "DELIVERED") -> Email:
    return Email(
        id="e",
        provider=provider,
        batch_id="o",
        to=READER,
        sender=credentials.EMAIL_FROM,
        status=status,
        created=at.timestamp(),
        updated=at.timestamp(),
        labels={},
        headers={},
        to_name="Kim",
        sender_name="",
        subject="Invoice 1",
        text="",
        html="",
        fate="",
    )


@pytest.mark.parametrize(
    ("provider", "status", "end"),
    [(TWILIO_EMAIL, "SENT", "DELIVERED"), (SENDGRID, "processed", "delivered")],
)
def test_emails_go_on_after_a_restart(tmp_path: Path, provider: str, status: str, end: str) -> None:
    """An email under way when the sandbox ended is led to its end by the next one."""
    under_way = _email(datetime(2026, 3, 2, tzinfo=UTC), provider, status)
    state = State(emails={"e": under_way}, tunables=Tunables(final_after_seconds=0.01))
    write_whole(tmp_path / "state.json", dump(state))

    async def run() -> str:
        world = World(tmp_path / "state.json", lambda: datetime.now(UTC), random.Random(1))
        world.start()
        async with asyncio.timeout(5):
            await _until(lambda: world.state.emails["e"].status != status)
        world.stop()
        return world.state.emails["e"].status

    assert end == asyncio.run(run())


async def _until(is_so: Callable[[], bool]) -> None:
    # The sandbox tells nobody inside it that an email has reached its end.
    while not is_so():  # noqa: ASYNC110
        await asyncio.sleep(0.005)
