"""The application under test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlmodel import SQLModel

from duebell.ledger.engine import open_engine
from duebell.ledger.ledger import Ledger
from duebell.ledger.sealing import Sealer
from duebell.ledger.verifiers import VerifierState
from duebell.metrics import Metrics
from duebell.providers.codes import meaning_of
from duebell.settings import load_settings
from duebell.web.app import create_app
from tests.integration.web.deliveries import ACCOUNT, AUTH_TOKEN, PUBLIC_URL, VERIFIER
from tests.integration.web.station import Clock, SlowLedger, Station, run


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """An application whose ledger knows a callback for invoice.create and one for all payments."""
    database = tmp_path / "duebell.db"
    url = f"sqlite:///{database}"
    engine = open_engine(url)
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    clock, metrics = Clock(), Metrics()
    sealer = Sealer(Fernet.generate_key().decode())
    ledger = SlowLedger(url, sealer, now=clock, meaning_of=meaning_of)
    run(subscribe(ledger))
    settings = load_settings(_env_file=None, public_url=PUBLIC_URL)
    app = create_app(ledger, settings, metrics, now=clock)
    yield Station(app, ledger, metrics, clock, database)
    ledger.close()


async def subscribe(ledger: Ledger) -> None:
    """Two callbacks, verified with the same verifier, and Twilio's auth token."""
    for event, token in (("invoice.create", "invoices"), ("payment", "payments")):
        await ledger.ensure_callback(ACCOUNT, event, PUBLIC_URL, token)
        callback = await ledger.find_callback(token)
        assert callback is not None
        await ledger.record_handshake(callback, VERIFIER, "2001")
        await ledger.mark_verifier(callback.row, VERIFIER, VerifierState.ACCEPTED)
    await ledger.put_auth_tokens([AUTH_TOKEN])
