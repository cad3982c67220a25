"""Whom the audit trail names for a run that was started in Prefect."""

from __future__ import annotations

from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext

from tasks.starting import who_started

pytestmark = pytest.mark.flow


def started_by(creator: dict[str, str] | None) -> str:
    """Who is named inside of a run of this creator, as Prefect's server tells it."""
    values = {"id": uuid4(), "flow_id": uuid4(), "name": "a run", "created_by": creator}
    flow_run = FlowRun.model_validate(values)
    with FlowRunContext.model_construct(flow_run=flow_run):
        return who_started()


def test_a_person_whom_prefect_knows_is_named() -> None:
    """Prefect's user is the actor, marked as Prefect's."""
    creator = {"id": str(uuid4()), "type": "USER", "display_value": "dana"}

    assert "prefect:dana" == started_by(creator)


def test_nobody_is_made_up() -> None:
    """Where Prefect knows nobody, or outside of a run, it is Prefect itself."""
    assert ("prefect", "prefect") == (started_by(None), who_started())
