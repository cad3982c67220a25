"""Who had a run started, as the audit trail names them."""

from __future__ import annotations

from prefect.context import FlowRunContext


def who_started() -> str:
    """``prefect:<name>`` for a run that somebody started in Prefect; ``prefect`` for nobody known.

    Prefect's own server has no users, and then knows no name.
    """
    context = FlowRunContext.get()
    creator = context.flow_run.created_by if context and context.flow_run else None
    name = creator.display_value if creator else None
    return f"prefect:{name}" if name else "prefect"
