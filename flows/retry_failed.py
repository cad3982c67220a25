"""retry-failed: messages that failed are sent again, if the books still want it."""

from __future__ import annotations

from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from tasks import retrying
from tasks.policies import FLOW
from tasks.runtime import opened


@flow(
    name="retry-failed",
    flow_run_name="send failed messages again",
    **FLOW,
)
async def retry_failed(
    notification_ids: list[str] | None = None,
    all_failed: bool = False,
    since: date | None = None,
    even_if_doubtful: bool = False,
) -> State[Any]:
    """Send failed messages again. The books are read anew, so nobody is reminded who has paid.

    What was sent, or waits to be sent, is refused; so a run that is retried sends nothing twice.

    Args:
        notification_ids: The notifications to send again, by their full ids, as
            `duebell notifications list --status failed` shows them.
        all_failed: Send again all that carries the failed-delivery flag, instead of naming some.
            What may have arrived after all is left out, and what would only fail again with the
            same words (a spam filter, a text that is too long).
        since: With all that failed, only what failed since this day.
        even_if_doubtful: Also what may have arrived. Its provider is asked first, if it can be.
    """
    ids = tuple(one.strip() for one in notification_ids or ())
    wanted = retrying.Wanted(ids, all_failed, since, even_if_doubtful)
    if wanted.fault:
        return Failed(message=wanted.fault)
    async with opened(is_guest=True):
        answers = await retrying.plan_again(wanted, retrying.started_by())
        found = await retrying.wait_for(answers)
        await retrying.show(answers, found)
    return Completed(message=retrying.counted(answers, found))
