"""A webhook process for tests: ``python web_process.py DIRECTORY`` prints its port and serves.

Its deadlines are short, and its ledger knows one callback with the token ``known``.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from cryptography.fernet import Fernet
from sqlmodel import SQLModel

from duebell.ledger.engine import open_engine
from duebell.ledger.ledger import Ledger, utc_now
from duebell.ledger.sealing import Sealer
from duebell.ledger.verifiers import VerifierState
from duebell.metrics import Metrics
from duebell.settings import load_settings
from duebell.web.app import create_app
from duebell.web.server import listen, new_event_loop

DEADLINE_SECONDS = 0.4
VERIFIER = "scADVVi5QuKuj5qTjVkbJNYQe7V7USpGd"


async def run(directory: Path) -> None:
    """Serve until SIGTERM, then say that the ledger was closed."""
    url = f"sqlite:///{directory / 'duebell.db'}"
    SQLModel.metadata.create_all(open_engine(url))
    ledger = Ledger(url, Sealer(Fernet.generate_key().decode()), now=utc_now)
    await ledger.ensure_callback("6BApk", "payment", "http://127.0.0.1", "known")
    callback = await ledger.find_callback("known")
    assert callback is not None
    await ledger.record_handshake(callback, VERIFIER, "2001")
    await ledger.mark_verifier(callback.row, VERIFIER, VerifierState.ACCEPTED)
    app = create_app(
        ledger,
        load_settings(_env_file=None, home=directory),
        Metrics(),
        now=utc_now,
        read_seconds=DEADLINE_SECONDS,
    )
    await listen(app, "127.0.0.1", 0, on_started=_say, header_seconds=DEADLINE_SECONDS)
    ledger.close()
    os.write(1, b"closed\n")


def _say(port: int) -> None:
    os.write(1, f"{port}\n".encode())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(run(Path(sys.argv[1])))
