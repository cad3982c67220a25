"""Keeping the webhooks at FreshBooks, as tasks."""

from __future__ import annotations

from prefect import get_run_logger, task

from duebell.domain.local_times import LocalTimes
from duebell.ledger.businesses import local_times
from duebell.subscriptions import silent, stale, subscribing
from tasks import policies
from tasks.announcing import announce_silence
from tasks.runtime import current

#: How long a handshake is waited for; FreshBooks says it comes at once.
HANDSHAKE_SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.1


@task(name="register webhooks", **policies.READ)
async def register_webhooks() -> list[str]:
    """Create the webhooks that are missing; gives what FreshBooks refused. Repeatable."""
    # Verifiers that are here already would be worthless after another resend.
    await subscribing.answer_handshakes(current())
    result = await subscribing.subscribe(current())
    get_run_logger().info(
        "%d webhooks wanted, %d created, %d handshakes asked for again",
        result.wanted,
        result.created,
        result.resent,
    )
    return result.faults


@task(name="verify webhooks", **policies.READ)
async def verify_webhooks() -> list[str]:
    """Answer the handshakes that came, and wait a while for those that did not come yet.

    Gives a sentence where some did not come: that must not keep the rest from being done.
    """
    runtime = current()
    taken, waited = await subscribing.answer_handshakes(runtime), 0.0
    while (missing := await subscribing.unverified(runtime)) and waited < HANDSHAKE_SECONDS:
        await runtime.sleep(LOOK_EVERY_SECONDS)
        waited += LOOK_EVERY_SECONDS
        taken += await subscribing.answer_handshakes(runtime)
    if missing:
        return [subscribing.unheard(missing, runtime.settings.public_url)]
    get_run_logger().info("%d handshakes answered, all webhooks are verified", taken)
    return []


@task(name="remove stale webhooks", **policies.READ)
async def remove_stale_webhooks() -> list[str]:
    """Delete our webhooks that are not wanted any more; gives where that was refused."""
    result = await stale.remove_stale(current())
    get_run_logger().info("%d stale webhooks deleted", result.removed)
    return result.faults


@task(name="notice silent webhooks", **policies.READ)
async def notice_silence() -> list[str]:
    """Find webhooks that did not tell what polls found, and have people told; a sentence each."""
    runtime = current()
    noticed = await silent.notice_silence(runtime)
    times = await runtime.ledger.read(local_times) if noticed.new else LocalTimes()
    for one in noticed.new:
        announce_silence(one, times)
    get_run_logger().info("%d webhooks are silent", len(noticed.silences))
    return [str(one) for one in noticed.silences]
