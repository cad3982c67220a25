"""Messages that are cleared to leave, as the recording of plans leaves them to the brakes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from duebell.domain.brakes import Caps
from duebell.domain.signals import SignalSource
from duebell.ledger import brakes
from duebell.ledger.brakes import Cleared, Engaged
from duebell.ledger.inbox import SIGNALS
from duebell.ledger.ledger import Ledger
from duebell.ledger.notifications import NOTIFICATIONS
from duebell.ledger.occurrences import OCCURRENCES
from tests.ledger_scenes import ACCOUNT, PHONE, Clock, column, run

CAPS = Caps(per_run=5, per_hour=8, share_of_clients=0.5)

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Batch:
    """So many messages that one run clears."""

    count: int
    account_id: str = ACCOUNT
    audience: str = "client"
    source: SignalSource = SignalSource.WEBHOOK
    is_exempt: bool = False
    numbers: list[int] = field(default_factory=list)

    def insert(self, connection: Connection, now: datetime) -> list[Cleared]:
        """Write the rows, as new messages that may leave now."""
        self.numbers.extend(next(_numbers) for _ in range(self.count))
        connection.execute(insert(SIGNALS), [self._signal(one, now) for one in self.numbers])
        connection.execute(insert(OCCURRENCES), [self._fact(one, now) for one in self.numbers])
        connection.execute(insert(NOTIFICATIONS), [self._row(one, now) for one in self.numbers])
        return self.cleared()

    def cleared(self) -> list[Cleared]:
        """What the brakes are told of them."""
        return [
            Cleared(f"n-{one}", self.account_id, f"client-{one}", self.is_exempt)
            for one in self.numbers
        ]

    @property
    def ids(self) -> list[str]:
        """The messages."""
        return [f"n-{one}" for one in self.numbers]

    def _signal(self, number: int, now: datetime) -> dict[str, Any]:
        return {
            "id": number,
            "account_id": self.account_id,
            "event": "invoice.create",
            "object_id": str(number),
            "source": self.source.value,
            "status": "done",
            "deliveries": 1,
            "received_at": now,
            "done_at": now,
            "tries": 1,
        }

    def _fact(self, number: int, now: datetime) -> dict[str, Any]:
        return {
            "id": number,
            "account_id": self.account_id,
            "object_id": str(number),
            "event_type": "invoice.create",
            "occurrence": "once",
            "created_at": now,
        }

    def _row(self, number: int, now: datetime) -> dict[str, Any]:
        return {
            "id": f"n-{number}",
            "dedup_key": f"key-{number}",
            "occurrence_id": number,
            "signal_id": number,
            "account_id": self.account_id,
            "event": "invoice.create",
            "object_id": str(number),
            "client_id": f"client-{number}",
            "rule": "a rule",
            "audience": self.audience,
            "template": "invoice_created",
            "channel": "sms",
            "contact_key": f"client:{number}",
            "contact_name": "Acme",
            "recipient": PHONE,
            "status": "planned",
            "attempts": 0,
            "provider": "twilio",
            "failed": False,
            "asks": 0,
            "created_at": now,
            "updated_at": now,
            "cleared_at": now,
        }


def applied(
    connection: Connection,
    batches: Sequence[Batch],
    now: datetime,
    caps: Caps = CAPS,
    clients: int | None = None,
) -> list[Engaged]:
    """What recording one run's plans comes to, inside its transaction."""
    cleared = [one for batch in batches for one in batch.insert(connection, now)]
    known = {} if clients is None else {batch.account_id: clients for batch in batches}
    return brakes.apply(connection, cleared, caps, known, now)


def clear(
    ledger: Ledger,
    clock: Clock,
    *batches: Batch,
    caps: Caps = CAPS,
    clients: int | None = None,
) -> list[Engaged]:
    """Record one run that clears these messages; gives the brakes that engaged by it."""
    return run(ledger.write(lambda c: applied(c, batches, clock(), caps, clients)))


def held(ledger: Ledger) -> list[str]:
    """The messages that a brake holds, all of them complete in what that means."""
    return column(
        ledger,
        "select id from notifications where hold = 'brake' and status = 'planned'"
        " and brake_id is not null and cleared_at is null and reason like 'held by brake %'"
        " order by signal_id",
    )
