"""Keeping the webhooks at FreshBooks, as tasks."""

from __future__ import annotations

from prefect import get_run_logger, task

from duebell import subscribing
from duebell.domain.failures import TryAgain
from tasks import policies
from tasks.runtime import current

#: How long a handshake is waited for; FreshBooks says it comes at once.
HANDSHAKE_SECONDS = 10.0
LOOK_EVERY_SECONDS = 0.1


@task(name="register webhooks", **policies.READ)
async def register_webhooks() -> list[str]:
    """Create the webhooks that are missing; gives what FreshBooks refused. Repeatable."""
    result = await subscribing.subscribe(current())
    get_run_logger().info(
        "%d webhooks wanted, %d created, %d handshakes asked for again",
        result.wanted,
        result.created,
        result.resent,
    )
    return result.faults


@task(name="verify webhooks", **policies.READ)
async def verify_webhooks() -> int:
    """Answer the handshakes that came, and wait a while for those that did not come yet."""
    runtime = current()
    taken, waited = await subscribing.answer_handshakes(runtime), 0.0
    while (missing := await subscribing.unverified(runtime)) and waited < HANDSHAKE_SECONDS:
        await runtime.sleep(LOOK_EVERY_SECONDS)
        waited += LOOK_EVERY_SECONDS
        taken += await subscribing.answer_handshakes(runtime)
    if missing:
        raise TryAgain(
            f"no handshake came for {', '.join(missing)}: check that FreshBooks can reach "
            f"{runtime.settings.public_url}"
        )
    get_run_logger().info("%d handshakes answered, all webhooks are verified", taken)
    return taken
