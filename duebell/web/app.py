"""The ASGI application of the webhook process: addresses, nothing else.

No middleware: a burst of deliveries is answered within the 10 seconds that FreshBooks waits only
if one delivery costs well under a millisecond.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.routing import Route, Router

from duebell.domain.consent import UNSUBSCRIBE_PATH
from duebell.metrics import Metrics
from duebell.settings import Settings
from duebell.web.bodies import READ_SECONDS
from duebell.web.freshbooks import FreshBooksIntake
from duebell.web.hook import Hook, WebLedger
from duebell.web.inbound import InboundIntake
from duebell.web.sendgrid import SendGridIntake
from duebell.web.status import Health, LedgerText, MetricsPage, Readiness
from duebell.web.twilio import SignedForms, TwilioIntake
from duebell.web.unsubscribing import UnsubscribeIntake, UnsubscribePage


def create_app(
    ledger: WebLedger,
    settings: Settings,
    metrics: Metrics,
    *,
    now: Callable[[], datetime],
    read_seconds: float = READ_SECONDS,
    numbers: LedgerText | None = None,
) -> Router:
    """Put the application together.

    Args:
        ledger: where deliveries and reports are stored.
        settings: for the public URL, which is part of what Twilio signs.
        metrics: where requests are counted.
        now: the clock, aware UTC.
        read_seconds: how long a sender may take to send its body.
        numbers: what the ledger knows, for Prometheus.
    """
    freshbooks = FreshBooksIntake(ledger, now, read_seconds=read_seconds)
    forms = SignedForms(ledger, settings.public_url, now, read_seconds=read_seconds)
    reports, texts = TwilioIntake(ledger, forms, metrics), InboundIntake(ledger, forms)
    events = SendGridIntake(ledger, metrics, now, read_seconds=read_seconds)
    routes = [
        Route("/webhooks/freshbooks/{token}", Hook(freshbooks, metrics, now), methods=["POST"]),
        Route("/webhooks/twilio/status", Hook(reports, metrics, now), methods=["POST"]),
        Route("/webhooks/twilio/inbound", Hook(texts, metrics, now), methods=["POST"]),
        Route("/webhooks/sendgrid/events", Hook(events, metrics, now), methods=["POST"]),
        Route(UNSUBSCRIBE_PATH, Hook(UnsubscribeIntake(ledger), metrics, now), methods=["POST"]),
        Route(UNSUBSCRIBE_PATH, UnsubscribePage(ledger), methods=["GET"]),
        Route("/healthz", Health(), methods=["GET"]),
        Route("/readyz", Readiness(ledger, settings.public_url, now), methods=["GET"]),
        Route("/metrics", MetricsPage(metrics, numbers), methods=["GET"]),
    ]
    # FreshBooks takes a redirect for a failure, so a stray slash is a plain 404.
    return Router(routes, redirect_slashes=False)
