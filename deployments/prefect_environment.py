"""The environment with which Prefect's server, and the processes that use it, are started.

Imports nothing of Prefect, so that the process that only starts others stays small.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from duebell.settings_files import sandbox_values

DEFAULT_PORT = 4200


def server_port(environment: Mapping[str, str]) -> int:
    """Where Prefect's server listens: its own setting, or its own default."""
    return int(environment.get("PREFECT_SERVER_API_PORT", DEFAULT_PORT))


def api_url(environment: Mapping[str, str]) -> str:
    """Where Prefect's API is: one that runs elsewhere, or the one that we start."""
    return environment.get("PREFECT_API_URL") or (
        f"http://127.0.0.1:{server_port(environment)}/api"
    )


def prefect_environment(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """Settings of Prefect for this installation; what the user set himself wins."""
    settings = {
        "PREFECT_HOME": str(home.absolute() / "prefect"),
        "PREFECT_API_URL": api_url(environment),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # Threads that allocate would each keep an arena of their own (glibc, mallopt(3)).
        "MALLOC_ARENA_MAX": "2",
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_LOGGING_LEVEL": "INFO",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        # A run that is retried in the UI, or due, starts within this many seconds.
        "PREFECT_WORKER_QUERY_SECONDS": "5",
        # Services of the server that look for what Duebell hardly has; looking costs a core's time.
        "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "30",
        "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_LOOP_SECONDS": "60",
        "PREFECT_SERVER_SERVICES_CLEANUP_RECONCILER_LOOP_SECONDS": "60",
        "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_LOOP_SECONDS": "60",
        "PREFECT_SERVER_SERVICES_REPOSSESSOR_LOOP_SECONDS": "60",
        "PREFECT_SERVER_SERVICES_FOREMAN_LOOP_SECONDS": "60",
        # Nothing of ours needs to be scheduled far ahead; after a downtime fewer runs are late.
        "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "60",
        "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_RUNS": "2",
        "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_SCHEDULED_TIME": "PT5M",
        # The history of runs would grow without end. Duebell's own records are in its ledger.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": "P30D",
    }
    chosen = {name: value for name, value in environment.items() if name in settings}
    return {**settings, **chosen}


def adopt(home: Path) -> None:
    """Use these settings in this process; must come before Prefect is imported."""
    # A sandbox has a server of its own: in the blocks of another one are real credentials.
    own = {name: url for name, url in sandbox_values(home).items() if name == "PREFECT_API_URL"}
    os.environ.update(prefect_environment({**os.environ, **own}, home))
