"""The bare script: the same job, written straight down with Starlette, httpx and SQLite.

The same durability (WAL, synchronous=FULL; a commit before the acknowledgement, before the call and
after it), and none of the rest: no Prefect, no retries, no questions, no rules.
Run: ``python -m benchmarks.bare PORT SANDBOX_PORT DIRECTORY``.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from duebell.people.phones import PhoneNumber, pick_mobile
from duebell.providers.freshbooks import wire as freshbooks
from duebell.providers.twilio import wire as twilio
from duebell.sandbox import credentials

AT_ONCE = 40
SCHEMA = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, object TEXT UNIQUE, state TEXT);
CREATE TABLE IF NOT EXISTS messages (event INTEGER PRIMARY KEY, sid TEXT, status TEXT);
"""


class Bare:
    """The whole script."""

    def __init__(self, port: int, sandbox_port: int, directory: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.api = f"http://127.0.0.1:{sandbox_port}"
        self.database = sqlite3.connect(directory / "bare.db", check_same_thread=False)
        self.database.executescript(SCHEMA)
        self.thread = ThreadPoolExecutor(1)
        self.verifier = ""
        self.headers: dict[str, str] = {}
        self.clients: dict[str, dict[str, Any]] = {}
        self.ring = asyncio.Event()
        self.is_ready = False

    async def write(self, statement: str, *values: object) -> int:
        """One statement, one commit."""
        return await asyncio.get_running_loop().run_in_executor(
            self.thread, self._write, statement, values
        )

    def _write(self, statement: str, values: tuple[object, ...]) -> int:
        with self.database:
            return self.database.execute(statement, values).rowcount

    async def read(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of a question."""
        return await asyncio.get_running_loop().run_in_executor(
            self.thread, lambda: self.database.execute(statement).fetchall()
        )

    async def hook(self, request: Request) -> Response:
        """A webhook of FreshBooks."""
        delivery = freshbooks.read_delivery(await request.body())
        if delivery.is_handshake:
            self.verifier = delivery.fields["verifier"]
            asyncio.get_running_loop().create_task(self.verify(delivery.object_id))
            return Response()
        header = request.headers.get("x-freshbooks-hmac-sha256")
        if not freshbooks.is_signed(delivery.fields, header, [self.verifier]):
            return Response(status_code=401)
        await self.write(
            "INSERT OR IGNORE INTO events (object, state) VALUES (?, 'new')", delivery.object_id
        )
        self.ring.set()
        return Response()

    async def status(self, request: Request) -> Response:
        """A status callback of Twilio."""
        params = twilio.parse_form(await request.body())
        url = f"{self.url}{request.url.path}?{request.url.query}"
        header = request.headers.get("x-twilio-signature")
        if not twilio.is_signed(url, params, header, None, [credentials.AUTH_TOKEN]):
            return Response(status_code=401)
        form = dict(params)
        await self.write(
            "UPDATE messages SET status = ? WHERE sid = ? AND status <> 'delivered'",
            form["MessageStatus"],
            form["MessageSid"],
        )
        return Response(status_code=204)

    async def connect(self) -> None:
        """Get a token and register the webhook."""
        await self.log_in(credentials.REFRESH_TOKEN)
        callback = {"callback": {"event": "invoice.create", "uri": f"{self.url}/hook"}}
        await self.books.post(self._callbacks(), json=callback, headers=self.headers)

    async def log_in(self, refresh_token: str) -> None:
        """Get a token."""
        self.books = httpx.AsyncClient(base_url=self.api, limits=httpx.Limits(max_connections=8))
        self.texts = httpx.AsyncClient(base_url=self.api, limits=httpx.Limits(max_connections=20))
        form = {
            "grant_type": "refresh_token",
            "client_id": credentials.CLIENT_ID,
            "client_secret": credentials.CLIENT_SECRET,
            "refresh_token": refresh_token,
            "redirect_uri": "https://bare.example/oauth",
        }
        answer = (await self.books.post("/auth/oauth/token", json=form)).json()
        self.headers = {"Authorization": f"Bearer {answer['access_token']}"}

    def _callbacks(self) -> str:
        return f"/events/account/{credentials.ACCOUNT_ID}/events/callbacks"

    async def verify(self, callback_id: str) -> None:
        """Answer the handshake."""
        body = {"callback": {"verifier": self.verifier}}
        path = f"{self._callbacks()}/{callback_id}"
        answer = await self.books.put(path, json=body, headers=self.headers)
        self.is_ready = answer.status_code == 200

    async def get(self, path: str) -> dict[str, Any]:
        """A record of FreshBooks."""
        root = f"/accounting/account/{credentials.ACCOUNT_ID}"
        answer = await self.books.get(root + path, headers=self.headers)
        result: dict[str, Any] = answer.json()["response"]["result"]
        return result

    async def invoice_and_client(self, object_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """An invoice as it is now, and its client, who is asked for once."""
        invoice = (await self.get(f"/invoices/invoices/{object_id}"))["invoice"]
        customer = str(invoice["customerid"])
        if customer not in self.clients:
            self.clients[customer] = (await self.get(f"/users/clients/{customer}"))["client"]
        return invoice, self.clients[customer]

    async def tell(self, event: int, object_id: str) -> None:
        """Send the text for one event."""
        invoice, client = await self.invoice_and_client(object_id)
        if not await self.write(
            "INSERT OR IGNORE INTO messages VALUES (?, NULL, 'sending')", event
        ):
            return
        amount = invoice["outstanding"]
        body = f"Your invoice {invoice['invoice_number']}: {amount['amount']} {amount['code']}"
        record = freshbooks.client_from(client, credentials.ACCOUNT_ID)
        number = pick_mobile(record, "US")
        assert isinstance(number, PhoneNumber)
        answer = await self.texts.post(
            f"/2010-04-01/Accounts/{credentials.ACCOUNT_SID}/Messages.json",
            data={
                "To": number.e164,
                "From": credentials.FROM,
                "Body": body,
                "StatusCallback": f"{self.url}/status?n={event}",
            },
            auth=(credentials.API_KEY_SID, credentials.API_KEY_SECRET),
        )
        sid = answer.json().get("sid")
        await self.write("UPDATE messages SET sid = ?, status = 'sent' WHERE event = ?", sid, event)
        await self.write("UPDATE events SET state = 'done' WHERE id = ?", event)

    async def work(self) -> None:
        """Tell of whatever is new, for ever."""
        limit = asyncio.Semaphore(AT_ONCE)

        async def one(event: int, object_id: str) -> None:
            async with limit:
                await self.tell(event, object_id)

        while True:
            await self.ring.wait()
            self.ring.clear()
            rows = await self.read("SELECT id, object FROM events WHERE state = 'new' LIMIT 500")
            await asyncio.gather(*(one(*row) for row in rows))
            if len(rows) == 500:
                self.ring.set()

    async def ready(self, _request: Request) -> Response:
        """Whether the webhook is verified."""
        return JSONResponse([], status_code=200 if self.is_ready else 503)


async def main(port: int, sandbox_port: int, directory: Path) -> None:
    """Serve and work until the process is ended."""
    bare = Bare(port, sandbox_port, directory)
    routes = [
        Route("/hook", bare.hook, methods=["POST"]),
        Route("/status", bare.status, methods=["POST"]),
        Route("/readyz", bare.ready),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes), port=port, access_log=False, log_level="warning"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.05)
    await bare.connect()
    working = asyncio.create_task(bare.work())
    await serving
    working.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
