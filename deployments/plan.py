"""What ``duebell up`` will start: the processes, their addresses, and what stands in the way."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from deployments.children import Child
from deployments.prefect_environment import api_url, prefect_environment, server_port, set_apart
from deployments.sandbox_home import local_host, sandbox_environment, sandbox_url
from deployments.sole_start import require_free
from duebell.domain.failures import ConfigurationError
from duebell.domain.rules import Rulebook, SafeMode
from duebell.settings import PREFIX, Settings, read_settings
from duebell.settings_files import ENV_FILE, home_in_force, is_sandbox


@dataclass(frozen=True, slots=True)
class Plan:
    """The children by name, in no order, and the addresses that people want to know."""

    settings: Settings
    environment: Mapping[str, str]
    children: Mapping[str, Child]
    upgrade: Child
    prefect_url: str
    sandbox_url: str | None
    safe_mode: SafeMode


def make_plan(environment: Mapping[str, str], *, sandbox: bool) -> Plan:
    """Decide what to start.

    Raises:
        ConfigurationError: with a sentence for everything that is missing or wrong, at once.
    """
    os.environ.update(environment)
    if not sandbox:
        _refuse_sandbox()
    # The sandbox's values win: nothing of the real systems may be reached from it.
    chosen = {**environment, **(sandbox_environment(environment) if sandbox else {})}
    os.environ.update(chosen)
    # Not by what an earlier start has written into `sandbox.env`.
    settings, faults = read_settings(_env_file=ENV_FILE)
    # Before the ports, which that one has: they would tell less.
    require_free(settings.home)
    chosen |= {f"{PREFIX}HOME": str(settings.home.absolute())}
    if sandbox:
        # Nor may its credentials get into the blocks of a server that other installations use.
        chosen = set_apart(chosen, settings.home)
    chosen |= prefect_environment(chosen, settings.home)
    rulebook, wrong = _rulebook(settings)
    faults += _faults(settings, chosen, wrong, sandbox=sandbox)
    if faults:
        raise ConfigurationError(faults)
    return Plan(
        settings=settings,
        environment=chosen,
        children=_children(settings, chosen, sandbox=sandbox),
        upgrade=_child(settings, chosen, "upgrade", ["-m", "duebell", "db", "upgrade"]),
        prefect_url=api_url(chosen).removesuffix("/api"),
        sandbox_url=sandbox_url(chosen) if sandbox else None,
        safe_mode=settings.safe_mode or rulebook.safe_mode,
    )


def _refuse_sandbox() -> None:
    home = home_in_force()
    if is_sandbox(home):
        mend = f"start it with `duebell up --sandbox`, or set {PREFIX}HOME to another directory."
        raise ConfigurationError([f"The data directory {home} is a sandbox's: {mend}"])


def _children(
    settings: Settings, environment: Mapping[str, str], *, sandbox: bool
) -> dict[str, Child]:
    def child(name: str, arguments: list[str], ready_url: str | None = None) -> Child:
        return _child(settings, environment, name, arguments, ready_url)

    health = f"http://{local_host(settings)}:{settings.port}/healthz"
    children = {
        "web": child("web", ["-m", "deployments.webhook"], health),
        "worker": child("worker", ["-m", "deployments.worker"]),
    }
    if sandbox:
        url = sandbox_url(environment)
        state = str(settings.home.absolute() / "sandbox.json")
        events = f"{settings.public_url}/webhooks/sendgrid/events"
        options = ["-m", "duebell.sandbox", "--port", str(urlsplit(url).port), "--state", state]
        options += ["--events-url", events]
        children["sandbox"] = child("sandbox", options, f"{url}/_sandbox/health")
    if _starts_server(environment):
        children["prefect"] = child(
            "prefect", _server_arguments(environment), f"{api_url(environment)}/health"
        )
    return children


def _child(
    settings: Settings,
    environment: Mapping[str, str],
    name: str,
    arguments: list[str],
    ready_url: str | None = None,
) -> Child:
    log_file = settings.home.absolute() / "logs" / f"{name}.log"
    return Child(name, arguments, environment, log_file, ready_url)


def _starts_server(environment: Mapping[str, str]) -> bool:
    return api_url(environment) == f"http://127.0.0.1:{server_port(environment)}/api"


def _server_arguments(environment: Mapping[str, str]) -> list[str]:
    # `prefect server start` would be a second process of 100 MB that only waits for this one.
    factory = ["-m", "uvicorn", "--factory", "deployments.prefect_server:create"]
    address = ["--host", "127.0.0.1", "--port", str(server_port(environment))]
    return [*factory, *address, "--log-level", "warning", "--timeout-keep-alive", "60"]


def _faults(
    settings: Settings, environment: Mapping[str, str], rulebook: list[str], *, sandbox: bool
) -> list[str]:
    return [
        *_port_faults(settings, environment, sandbox=sandbox),
        *_public_url_faults(settings),
        *rulebook,
        *_credential_faults(settings),
    ]


def _port_faults(settings: Settings, environment: Mapping[str, str], *, sandbox: bool) -> list[str]:
    ports = {settings.port: f"{PREFIX}PORT"}
    if _starts_server(environment):
        ports[server_port(environment)] = "PREFECT_SERVER_API_PORT"
    if sandbox:
        ports[urlsplit(sandbox_url(environment)).port or 0] = f"{PREFIX}SANDBOX_PORT"
    return [
        f"Port {port} is in use: end what listens there, or set {name} to a free one."
        for port, name in ports.items()
        if port and _is_taken(port)
    ]


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _public_url_faults(settings: Settings) -> list[str]:
    host = urlsplit(settings.public_url).hostname or ""
    calls_home = urlsplit(settings.freshbooks_api_url).hostname in ("127.0.0.1", "localhost")
    if calls_home or not (host == "localhost" or host.startswith("127.") or host == "::1"):
        return []
    return [
        (
            f"{PREFIX}PUBLIC_URL is {settings.public_url}, which FreshBooks and Twilio cannot "
            "reach: set it to the public https:// address of this machine."
        )
    ]


def _rulebook(settings: Settings) -> tuple[Rulebook, list[str]]:
    """The rulebook as far as it can be read, and what is wrong with it."""
    from duebell.connection.emailing import unsendable_of
    from duebell.rulebook.checking import check_rulebook
    from duebell.rulebook.rules import ALL_IS_SENT
    from duebell.wording.rendering import open_renderer

    # Who emails come from may also be in a block: there the worker looks again.
    unsendable = ALL_IS_SENT if _was_connected(settings) else unsendable_of(settings)
    try:
        checked = check_rulebook(settings.config, open_renderer(settings.templates), unsendable)
    except ConfigurationError as error:
        return Rulebook(()), list(error.faults)
    return checked.rulebook, [fault.text for fault in checked.faults]


def _credential_faults(settings: Settings) -> list[str]:
    """Credentials may also be in Prefect's blocks, which only a running server can tell.

    A ledger that was used before says that they are; the worker looks again.
    """
    from duebell.connection.credentials import faults_in

    return [] if _was_connected(settings) else faults_in(settings)


def _was_connected(settings: Settings) -> bool:
    if os.environ.get("PREFECT_API_URL"):
        return True
    return (settings.home / "prefect" / "prefect.db").exists()
