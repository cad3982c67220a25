"""The webhook application of an installation, listening beside a test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from duebell.ledger.sealing import open_sealer
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings
from tests.integration.services.place import Place
from tests.integration.services.web_thread import WebThread, address_of, reserve_port
from tests.ledger_scenes import Clock


@contextlib.contextmanager
def listening(settings: Settings, sandbox: SandboxControl) -> Iterator[Settings]:
    """Listen on a free port; gives the settings with it as the public URL."""
    sealer = open_sealer(settings.home, settings.sealing_key)
    with reserve_port() as reserved:
        url = address_of(reserved)
        place = Place(sandbox, settings.ledger_url, url, settings.home, sealer, Clock())
        web = WebThread(place, reserved)
        try:
            yield settings.model_copy(update={"public_url": url})
        finally:
            web.end()
