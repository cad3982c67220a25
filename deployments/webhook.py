"""The webhook process: keeps what FreshBooks and Twilio tell us. Never imports Prefect."""

from __future__ import annotations

import logging
import sys

from deployments.starting import require_current_ledger, run_process, settle_memory
from duebell.ledger.ledger import Ledger, utc_now
from duebell.ledger.sealing import open_sealer
from duebell.measuring.source import LedgerNumbers
from duebell.metrics import Metrics
from duebell.providers.codes import meaning_of
from duebell.redaction import Redactor
from duebell.settings import Settings
from duebell.web.app import create_app
from duebell.web.server import serve

log = logging.getLogger(__name__)


def main(settings: Settings, _redactor: Redactor) -> None:
    """Serve until told to stop."""
    require_current_ledger(settings)
    sealer = open_sealer(settings.home, settings.sealing_key)
    ledger = Ledger(settings.ledger_url, sealer, checkpoints=False, meaning_of=meaning_of)
    numbers = LedgerNumbers(settings.ledger_url, settings.public_url, now=utc_now)
    settle_memory()
    try:
        serve(
            create_app(ledger, settings, Metrics(), now=utc_now, numbers=numbers),
            settings.bind_host,
            settings.port,
            on_started=lambda port: log.info("webhook_process_started", extra={"port": port}),
        )
    finally:
        numbers.close()
        ledger.close()


if __name__ == "__main__":
    # Not "__main__", under which the logger would be nobody's.
    from deployments.webhook import main as serve_webhooks

    sys.exit(run_process(serve_webhooks))
