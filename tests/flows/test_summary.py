"""The daily summary and what runs show, in the Prefect UI."""

from __future__ import annotations

import json

import pytest
from prefect.client.schemas.objects import Artifact, FlowRun

from deployments.executing import create_run, execute
from duebell.settings import Settings
from flows.summary import summary
from tests.flows.installation import run, working
from tests.flows.test_notify import artifacts_of

pytestmark = pytest.mark.flow


def test_the_summary_stands_in_the_ui(settings: Settings) -> None:
    """A run for a quiet day leaves the page and the table, and says the day in its state."""

    async def story() -> tuple[FlowRun, list[Artifact]]:
        async with working(settings) as here:
            id_ = here.deployments["summary/schedule"]
            day = {"day": "2026-11-14"}
            created = await create_run(here.client, id_, "a test", here.worker_id, day)
            await execute(summary, created)
            ended = await here.client.read_flow_run(created.id)
            return ended, await artifacts_of(here.client, ended)

    ended, artifacts = run(story())

    found = {artifact.key: artifact.data for artifact in artifacts}
    assert "2026" in str(found["daily-summary"])
    assert "What needs a hand now" in str(found["daily-summary"])
    assert [] == json.loads(str(found["daily-summary-by-rule"]))
    assert ended.state is not None
    assert str(ended.state.message).startswith("no message; ")
