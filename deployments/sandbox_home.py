"""The sandbox's data directory: what points at it, and the file that tells other commands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from duebell.domain.failures import ConfigurationError
from duebell.settings import PREFIX, Settings, load_settings
from duebell.settings_files import (
    CHOICES,
    ENV_FILE,
    SANDBOX_DIRECTORY,
    is_sandbox,
    sandbox_values,
    write_sandbox,
)

SANDBOX_PORT = 8585
#: What leads to the sandbox and nowhere else, besides its credentials.
_POINTING = (
    *("FRESHBOOKS_API_URL", "FRESHBOOKS_AUTH_URL", "TWILIO_API_URL", "TWILIO_EMAIL_URL"),
    *("SENDGRID_API_URL", "SANDBOX_URL"),
    *("FRESHBOOKS_ACCOUNT_IDS", "TWILIO_MESSAGING_SERVICE_SID", "PUBLIC_URL", "DATABASE_URL"),
)


def sandbox_url(environment: Mapping[str, str]) -> str:
    """Where the sandbox listens."""
    port = environment.get(f"{PREFIX}SANDBOX_PORT", str(SANDBOX_PORT))
    return f"http://127.0.0.1:{port}"


def local_host(settings: Settings) -> str:
    """Where this machine reaches the webhook process."""
    return "127.0.0.1" if settings.bind_host in ("0.0.0.0", "::") else settings.bind_host  # noqa: S104


def sandbox_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Everything that points at the sandbox; its data stands apart from the real.

    Raises:
        ConfigurationError: if the real installation's database is given for the sandbox.
    """
    from duebell.sandbox import credentials

    own = load_settings(_env_file=ENV_FILE)
    home = own.home if is_sandbox(own.home) else own.home / SANDBOX_DIRECTORY
    url = sandbox_url(environment)
    values = {
        "FRESHBOOKS_API_URL": url,
        "FRESHBOOKS_AUTH_URL": url,
        "TWILIO_API_URL": url,
        "TWILIO_EMAIL_URL": url,
        "SENDGRID_API_URL": url,
        "FRESHBOOKS_ACCOUNT_IDS": credentials.ACCOUNT_ID,
        "TWILIO_MESSAGING_SERVICE_SID": "",
        "SANDBOX_URL": url,
        "HOME": str(home),
    }
    # What `.env` says of these is about the real installation; only who sets them for this very
    # process means the sandbox.
    values["PUBLIC_URL"] = environment.get(f"{PREFIX}PUBLIC_URL") or (
        f"http://{local_host(own)}:{own.port}"
    )
    values["DATABASE_URL"] = _database_url(environment, own, home)
    chosen = {f"{PREFIX}{name}": value for name, value in values.items()}
    return {**credentials.as_settings(), **chosen}


def _database_url(environment: Mapping[str, str], own: Settings, home: Path) -> str:
    """Where the sandbox's ledger is; ``own`` are the settings that the environment has without it.

    Not DATABASE_URL, which an environment may carry for the real installation: the sandbox's
    tokens would replace the real ones.
    """
    name = f"{PREFIX}SANDBOX_DATABASE_URL"
    if not (chosen := environment.get(name)):
        return f"sqlite:///{home.absolute() / 'duebell.db'}"
    if _plain(chosen) in {_plain(url) for url in _real_databases(own, home)}:
        fault = f"{name} is the database of the real installation ({PREFIX}DATABASE_URL): "
        mend = "give the sandbox a database of its own, or leave it out."
        raise ConfigurationError([fault + mend])
    return chosen


def _real_databases(own: Settings, home: Path) -> set[str]:
    """What the environment says, and what `.env` says, whichever of them wins."""
    name = f"{PREFIX}DATABASE_URL"
    found = {dotenv_values(ENV_FILE).get(name)}
    if own.home != home:
        found.add(own.ledger_url)
    elif own.database_url != sandbox_values(home).get(name):
        # Else the environment has the sandbox's own word for it, in the sandbox's directory.
        found.add(own.database_url)
    return {url for url in found if url}


def _plain(url: str) -> str:
    """An address of a database without what people write in several ways."""
    scheme, separator, rest = url.strip().partition("://")
    return f"{scheme.partition('+')[0].replace('postgresql', 'postgres')}{separator}{rest}"


def remember(settings: Settings, environment: Mapping[str, str]) -> None:
    """Write down how this sandbox is reached, for the commands beside it."""
    from duebell.sandbox import credentials

    names = (*credentials.as_settings(), *(f"{PREFIX}{name}" for name in _POINTING))
    values = {name: environment[name] for name in (*names, "PREFECT_API_URL")}
    for name in CHOICES:
        value = getattr(settings, name)
        is_path = name in ("config", "templates") and value is not None
        values[f"{PREFIX}{name.upper()}"] = str(value.absolute() if is_path else value or "")
    if settings.templates is None:
        del values[f"{PREFIX}TEMPLATES"]  # empty would be a directory
    write_sandbox(settings.home, values)
