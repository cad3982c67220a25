"""The environment with which Prefect's server, and the processes that use it, are started.

Imports nothing of Prefect, so that the process that only starts others stays small.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from duebell.settings_files import is_sandbox, sandbox_values

DEFAULT_PORT = 4200
#: Not the same: whoever finds the sandbox's server at the real one's address takes its credentials.
SANDBOX_DEFAULT_PORT = 4210

#: What of Prefect's settings a sandbox takes from the environment besides those that only tune.
_PORT = "PREFECT_SERVER_API_PORT"
_PLACES = frozenset({"PREFECT_HOME", "PREFECT_API_URL"})


def server_port(environment: Mapping[str, str]) -> int:
    """Where Prefect's server listens: its own setting, or its own default."""
    return int(environment.get(_PORT, DEFAULT_PORT))


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


def set_apart(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """An environment in which Prefect has a server, a home and a database of the sandbox's own.

    In those of the real installation are its credentials and its runs: nothing that leads there is
    left, be it an address, a key, a profile or a database.
    """
    kept = prefect_environment({}, home).keys() - _PLACES | {_PORT}
    apart = {
        name: value
        for name, value in environment.items()
        # Prefect reads them in small letters, too.
        if not name.upper().startswith("PREFECT_") or name in kept
    }
    database = f"sqlite+aiosqlite:///{home.absolute() / 'prefect' / 'prefect.db'}"
    # Said, because Prefect reads `.env` and `prefect.toml` in the directory as well.
    return {
        _PORT: str(SANDBOX_DEFAULT_PORT),
        **apart,
        "PREFECT_API_DATABASE_CONNECTION_URL": database,
    }


def adopt(home: Path) -> None:
    """Use these settings in this process; must come before Prefect is imported."""
    environment = dict(os.environ)
    if is_sandbox(home):
        # Its server runs where the start has written, whatever port the environment says by now.
        url = sandbox_values(home).get("PREFECT_API_URL")
        environment = set_apart(environment, home) | ({"PREFECT_API_URL": url} if url else {})
        for name in os.environ.keys() - environment.keys():
            del os.environ[name]
    os.environ.update(environment | prefect_environment(environment, home))
