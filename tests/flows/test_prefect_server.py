"""Prefect's server: that it can be imported at all, and the one header that we add."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import httpx
import pytest
from sqlalchemy import create_engine
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.flows.surroundings import ROOT

pytestmark = pytest.mark.flow


def answering(status: int, *headers: tuple[bytes, bytes]) -> ASGIApp:
    """An application that has one answer for everything."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": status, "headers": list(headers)}
        await send(start)
        await send({"type": "http.response.body", "body": b"x"})

    return app


def ask(app: ASGIApp) -> httpx.Response:
    """What the application answers behind our header."""
    from deployments.prefect_server import QuickRetries

    async def story() -> httpx.Response:
        transport = httpx.ASGITransport(QuickRetries(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://prefect") as client:
            return await client.get("/")

    return asyncio.run(story())


def test_the_server_can_be_imported() -> None:
    """The versions that are locked belong together: Prefect's server imports in a new process."""
    program = "import prefect.server.api.server as s; print(s.create_app.__name__)"

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ("create_app\n", 0) == (done.stdout, done.returncode), done.stderr


def test_a_locked_database_is_asked_again_soon() -> None:
    """Answers 503 say when to come again, because Prefect's client else waits for seconds."""
    answer = ask(answering(503))

    assert (503, "0.5", "x") == (answer.status_code, answer.headers["retry-after"], answer.text)


def test_a_pause_that_the_server_names_is_kept() -> None:
    """A 503 that says when to come again is passed on as it is."""
    answer = ask(answering(503, (b"Retry-After", b"7")))

    assert ["7"] == answer.headers.get_list("retry-after")


@pytest.mark.parametrize("status", [200, 404, 429, 500, 502])
def test_other_answers_are_left_alone(status: int) -> None:
    """Only 503 gets the header."""
    answer = ask(answering(status))

    assert (status, False) == (answer.status_code, "retry-after" in answer.headers)


def test_a_locked_database_is_not_waited_for_long() -> None:
    """A wait in which the server locks itself out ends after a second, not after a minute."""
    from deployments.prefect_server import BUSY_MILLISECONDS, wait_briefly

    engine = create_engine("sqlite://", connect_args={"timeout": 60})
    with engine.connect() as connection:
        wait_briefly(connection)
        waits = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
    engine.dispose()

    assert BUSY_MILLISECONDS == waits
