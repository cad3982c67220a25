"""Trouble that Prefect is told of as events, so that automations may start from it; once each.

The right to tell is claimed first: a process that dies before it tells loses the event rather than
tell twice. The trouble itself is still seen in ``/readyz``, the metrics and the lists.
"""

from __future__ import annotations

from datetime import datetime

from prefect.events import emit_event

from duebell.domain.local_times import LocalTimes
from duebell.domain.silence import Silence
from duebell.ledger import channel_stops, failures, losses, stop_announcements
from duebell.ledger.audit import without_addresses
from duebell.ledger.brakes import Engaged
from duebell.ledger.failures import Failing
from duebell.providers.codes import meaning_of
from duebell.runtime import Runtime

#: How many failures are announced at once; the others follow in the next round.
MOST_IN_A_ROUND = 20


async def announce_loss(runtime: Runtime) -> bool:
    """Emit ``duebell.connection.lost`` if the connection is lost and no process said so yet."""
    now = runtime.now()
    lost = await runtime.ledger.read(losses.lost_connection)
    if lost is None:
        return False
    is_mine = await runtime.ledger.write(lambda c: losses.claim_announcement(c, lost, now))
    if is_mine:
        emit_event(
            event="duebell.connection.lost",
            resource={"prefect.resource.id": f"duebell.connection.{lost.name}"},
            payload={"generation": lost.generation, "reason": lost.reason},
        )
    return is_mine


async def announce_failures(runtime: Runtime) -> int:
    """Emit ``duebell.notification.failed`` for each failure that nobody announced yet.

    At most so many in a round: a thousand events at once would hold up everything else.
    """
    now = runtime.now()
    found = await runtime.ledger.write(
        lambda c: failures.claim_announcements(c, now, MOST_IN_A_ROUND)
    )
    for one in found:
        _announce_failure(one)
    return len(found)


def _announce_failure(failing: Failing) -> None:
    emit_event(
        event="duebell.notification.failed",
        resource={
            "prefect.resource.id": f"duebell.notification.{failing.notification_id}",
            # By which automations choose what to do; they cannot look into the payload.
            "duebell.channel": failing.channel,
            "duebell.class": class_of(failing.code),
        },
        payload={
            "notification_id": failing.notification_id,
            "account_id": failing.account_id,
            "event": failing.event,
            "rule": without_addresses(failing.rule) or "",
            "channel": failing.channel,
            "status": failing.status,
            "code": failing.code,
            "class": class_of(failing.code),
            "reason": without_addresses(failing.reason) or "",
            "attempts": failing.attempts,
            "invoice_number": failing.invoice_number,
        },
    )


def class_of(code: str) -> str:
    """Whose fault a code is; empty where there is none."""
    meaning = meaning_of(code)
    return meaning.failure.value if meaning is not None else ""


async def announce_channel_stops(runtime: Runtime) -> int:
    """Emit ``duebell.channel.stopped`` for each stop that no process announced yet."""
    now = runtime.now()
    if not await runtime.ledger.read(channel_stops.in_force):
        return 0
    found = await runtime.ledger.write(lambda c: stop_announcements.claim_announcements(c, now))
    for stop in found:
        reason = without_addresses(stop.reason) or ""
        announce_channel_stop(stop.channel, stop.code, reason, stop.since)
    return len(found)


def announce_brake(brake: Engaged) -> None:
    """Emit ``duebell.brake.engaged``: sending holds until a person says that it may go on."""
    emit_event(
        event="duebell.brake.engaged",
        resource={"prefect.resource.id": f"duebell.brake.{brake.id}"},
        payload={"account_id": brake.account_id, "reason": brake.reason, "held": brake.count},
    )


def announce_silence(silence: Silence, times: LocalTimes) -> None:
    """Emit ``duebell.webhook.silent``; people read since when on the clock of the business."""
    # Reports on messages belong to no account.
    place = ".".join(filter(None, (silence.account_id, silence.event)))
    emit_event(
        event="duebell.webhook.silent",
        resource={"prefect.resource.id": f"duebell.webhook.{place}"},
        payload={
            "since": silence.since.isoformat(timespec="seconds"),
            "since_local": times.minute(silence.since, silence.account_id),
            "missed": silence.missed,
        },
    )


def announce_channel_stop(channel: str, code: str, reason: str, since: datetime) -> None:
    """Emit ``duebell.channel.stopped``: nothing is sent by it until its configuration is mended."""
    emit_event(
        event="duebell.channel.stopped",
        resource={"prefect.resource.id": f"duebell.channel.{channel}"},
        payload={"channel": channel, "code": code, "reason": reason, "since": since.isoformat()},
    )
