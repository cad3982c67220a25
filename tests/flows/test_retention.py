"""retention as a run: what it leaves in Prefect, in the data directory and in the ledger."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    TaskRunFilter,
)
from prefect.client.schemas.sorting import ArtifactSort

from deployments.executing import create_run, execute
from duebell.auditing.heads import FILE, read_heads
from duebell.ledger import audit
from duebell.ledger.audit import AuditRecord
from duebell.ledger.ledger import utc_now
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings
from flows.retention import retention
from tests.flows.installation import eventually, run, working

pytestmark = pytest.mark.flow


async def artifacts_of(client: PrefectClient, flow_run_id: UUID) -> dict[str, Any]:
    """What a run shows, once Prefect knows its tasks: what it keeps of them comes later."""
    wanted = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[flow_run_id]))
    shown: dict[str, Any] = {}

    async def are_known() -> bool:
        found = await client.read_artifacts(
            artifact_filter=wanted,
            flow_run_filter=FlowRunFilter(),
            task_run_filter=TaskRunFilter(),
            sort=ArtifactSort.ID_DESC,
            limit=10,
        )
        shown.update({str(one.key): json.loads(str(one.data)) for one in found})
        return len(shown) == 2

    await eventually(are_known, "the artifacts are known")
    return shown


def test_a_run_forgets_and_keeps_the_end_of_the_trail(
    settings: Settings, sandbox: SandboxControl, caplog: pytest.LogCaptureFixture
) -> None:
    """Old records are removed and counted; the end is in the file, in the log and in Prefect."""
    caplog.set_level(logging.INFO, "tasks.retention")
    changed = settings.model_copy(update={"history_days": 30})
    long_ago = utc_now() - timedelta(days=40)

    async def story() -> tuple[str, dict[str, Any]]:
        async with working(changed) as here:
            records = [AuditRecord("duebell", "begun", "thing", str(one)) for one in range(3)]
            await here.runtime.ledger.write(lambda c: audit.append(c, records, long_ago))
            created = await create_run(
                here.client, here.deployments["retention/schedule"], "a test", here.worker_id, {}
            )
            await execute(retention, created)
            ended = await here.client.read_flow_run(created.id)
            said = str(ended.state.message if ended.state else "")
            return said, await artifacts_of(here.client, created.id)

    said, shown = run(story())

    [head] = shown["audit-head"]
    removed = {row["what"]: row["rows"] for row in shown["retention"]}
    assert ("audit records removed" in said, removed["audit records"] >= 2) == (True, True)
    assert head["link"] == read_heads(changed.home / FILE)[head["position"]]
    assert [head["position"]] == [
        record.__dict__["position"] for record in caplog.records if record.msg == "audit_head"
    ]
