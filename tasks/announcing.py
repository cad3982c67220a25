"""Trouble that Prefect is told of as events, so that automations may start from it; once each."""

from __future__ import annotations

from prefect.events import emit_event

from duebell.domain.silence import Silence
from duebell.ledger import losses
from duebell.ledger.brakes import Engaged
from duebell.runtime import Runtime


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


def announce_brake(brake: Engaged) -> None:
    """Emit ``duebell.brake.engaged``: sending holds until a person says that it may go on."""
    emit_event(
        event="duebell.brake.engaged",
        resource={"prefect.resource.id": f"duebell.brake.{brake.id}"},
        payload={"account_id": brake.account_id, "reason": brake.reason, "held": brake.count},
    )


def announce_silence(silence: Silence) -> None:
    """Emit ``duebell.webhook.silent``."""
    emit_event(
        event="duebell.webhook.silent",
        resource={
            "prefect.resource.id": f"duebell.webhook.{silence.account_id}.{silence.event}",
        },
        payload={"since": silence.since.isoformat(), "missed": silence.missed},
    )
