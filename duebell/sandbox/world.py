"""The parts of a sandbox, put together once."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from duebell.sandbox.background import Background
from duebell.sandbox.delivery import Deliveries
from duebell.sandbox.email_lifecycle import EmailLifecycle
from duebell.sandbox.faults import Faults
from duebell.sandbox.fire import Firing
from duebell.sandbox.firms import Firms
from duebell.sandbox.freshbooks_authorize import FreshBooksAuthorize
from duebell.sandbox.freshbooks_callbacks import FreshBooksCallbacks
from duebell.sandbox.freshbooks_gate import Gate
from duebell.sandbox.freshbooks_identity import FreshBooksIdentity
from duebell.sandbox.freshbooks_oauth import FreshBooksOAuth
from duebell.sandbox.freshbooks_records import FreshBooksRecords
from duebell.sandbox.posting import Poster
from duebell.sandbox.saving import Saver
from duebell.sandbox.sendgrid import SendGrid
from duebell.sandbox.sendgrid_events import EventPoster
from duebell.sandbox.sendgrid_lifecycle import SendGridLifecycle
from duebell.sandbox.state import State, parse
from duebell.sandbox.subscriptions import Subscriptions
from duebell.sandbox.twilio import TwilioMessages
from duebell.sandbox.twilio_email import TwilioEmail
from duebell.sandbox.twilio_inbound import Inbound
from duebell.sandbox.twilio_lifecycle import Lifecycle
from duebell.sandbox.twilio_posting import SignedPoster


class World:
    """One sandbox. The clock and the randomness come from outside.

    ``events_url`` is where SendGrid posts its events, unless a setting says otherwise.
    """

    def __init__(
        self,
        path: Path | None,
        now: Callable[[], datetime],
        rng: random.Random,
        events_url: str = "",
    ) -> None:
        has_past = path is not None and path.exists()
        self.state = parse(path.read_bytes()) if path and has_past else State()
        self.faults = Faults()
        self.background = Background()
        self.poster = Poster()
        self.saver = Saver(self.state, path)
        self.firms = Firms(self.state, now)
        if not has_past:
            self.firms.open_books()
        self.gate = Gate(self.state, self.faults, now)
        self.oauth = FreshBooksOAuth(self.state, self.faults, self.saver, now, rng)
        self.authorize = FreshBooksAuthorize(self.state, self.oauth)
        self.identity = FreshBooksIdentity(self.firms, self.gate, self.oauth)
        self.records = FreshBooksRecords(self.state, self.firms, self.gate, self.faults)
        self._open_webhooks(now, rng)
        signed = SignedPoster(self.state, self.poster, rng)
        self.lifecycle = Lifecycle(self.state, signed, self.saver, self.background, now)
        self.texts = TwilioMessages(self.state, self.faults, self.lifecycle, self.saver, now, rng)
        self.inbound = Inbound(self.state, signed, self.saver, rng)
        self._open_post_office(now, rng, events_url)

    def _open_post_office(
        self, now: Callable[[], datetime], rng: random.Random, events_url: str
    ) -> None:
        state, saver, background = self.state, self.saver, self.background
        self.email_lifecycle = EmailLifecycle(state, saver, background, now)
        self.emails = TwilioEmail(state, self.faults, self.email_lifecycle, saver, now, rng)
        self.events = EventPoster(state, self.poster, background, now, events_url)
        self.sendgrid_lifecycle = SendGridLifecycle(state, self.events, saver, background, now, rng)
        self.sendgrid = SendGrid(state, self.faults, self.sendgrid_lifecycle, saver, now, rng)

    def _open_webhooks(self, now: Callable[[], datetime], rng: random.Random) -> None:
        self.subscriptions = Subscriptions(self.state, self.saver, now, rng)
        self.deliveries = Deliveries(
            self.state, self.faults, self.poster, self.background, self.subscriptions, now
        )
        self.callbacks = FreshBooksCallbacks(
            self.state,
            self.firms,
            self.gate,
            self.faults,
            self.subscriptions,
            self.deliveries,
            self.background,
        )
        self.firing = Firing(self.state, self.firms, self.deliveries, self.saver, self.background)

    def start(self) -> None:
        """Begin the standing work, and go on with what was under way."""
        self.background.start(self.saver.save_when_quiet())
        self.lifecycle.resume_all()
        self.email_lifecycle.resume_all()
        self.sendgrid_lifecycle.resume_all()

    def stop(self) -> None:
        """End all work and write the state."""
        self.background.cancel_all()
        self.poster.close()
        self.saver.save_now()

    def reset(self) -> None:
        """Become a fresh sandbox again; its settings go back too."""
        self.background.cancel_all()
        vars(self.state).update(vars(State()))
        self.faults.clear()
        self.faults.taken.clear()
        self.deliveries.log.clear()
        self.texts.index_again()
        self.emails.index_again()
        self.events.forget()
        self.firms.open_books()
        self.records.lists.forget()
        self.gate.forget_calls()
        self.saver.save_now()
        self.background.start(self.saver.save_when_quiet())
