"""The files that settings are read from: ``.env``, and ``sandbox.env`` in a sandbox's directory.

``duebell up --sandbox`` writes the latter, so that every command with that data directory comes to
the same sandbox, whatever ``.env`` says of the real FreshBooks and Twilio.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from shlex import quote
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic_settings import BaseSettings, SettingsConfigDict

from duebell.domain.failures import ConfigurationError

PREFIX = "DUEBELL_"
ENV_FILE = ".env"
SANDBOX_FILE = "sandbox.env"
#: By which the file says whose it is: a directory may be copied with it.
_WHOSE = f"{PREFIX}SANDBOX_HOME"

#: Where `up --sandbox` puts it, in the data directory of the real installation.
SANDBOX_DIRECTORY = "sandbox"
#: What of the file is not about where the sandbox is, but about how it was started.
CHOICES = (
    *("bind_host", "port", "config", "templates"),
    *("safe_phone", "safe_email", "email_transport"),
)

#: Where a command could leave the sandbox by.
_ADDRESSES = (
    *("freshbooks_api_url", "freshbooks_auth_url"),
    *("twilio_api_url", "twilio_email_url", "sendgrid_api_url"),
)


class _Place(BaseSettings):
    """Only where the data directory is, which decides from what the rest is read."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, env_file_encoding="utf-8", extra="ignore"
    )

    home: Path = Path(".duebell")


def home_in_force() -> Path:
    """The data directory, as the environment or ``.env`` says.

    Raises:
        ConfigurationError: if ``.env`` cannot be read.
    """
    with telling_unreadable():
        return _Place().home


@contextmanager
def telling_unreadable() -> Iterator[None]:
    """Say plainly that a file cannot be read, as a fault of the configuration."""
    try:
        yield
    except UnicodeDecodeError:
        raise ConfigurationError([f"The file {ENV_FILE} is not UTF-8: save it as that."]) from None
    except OSError as error:
        file, why = error.filename or ENV_FILE, error.strerror
        mend = "let the user read it who runs Duebell"
        raise ConfigurationError([f"The file {file} cannot be read ({why}): {mend}."]) from None


def is_sandbox(home: Path) -> bool:
    """Whether a data directory is that of a sandbox."""
    return (home / SANDBOX_FILE).is_file()


def settings_files(home: Path | None = None) -> tuple[Path, ...]:
    """The files to read, the weakest first."""
    home = home_in_force() if home is None else home
    return (Path(ENV_FILE), home / SANDBOX_FILE) if is_sandbox(home) else (Path(ENV_FILE),)


def sandbox_values(home: Path) -> dict[str, str]:
    """What ``sandbox.env`` in a data directory says, by the names of variables; maybe nothing."""
    if not is_sandbox(home):
        return {}
    found = dotenv_values(home / SANDBOX_FILE)
    return {name: value or "" for name, value in found.items() if name != _WHOSE}


def write_sandbox(home: Path, values: Mapping[str, str]) -> None:
    """Write ``sandbox.env`` for nobody else to read; whoever reads it meanwhile has the old one."""
    lines = ["# Written by `duebell up --sandbox` at each start."]
    told = {**values, _WHOSE: str(home.absolute())}
    lines += [f"{name}={_quoted(value)}" for name, value in sorted(told.items())]
    home.mkdir(parents=True, exist_ok=True)
    draft = home / f"{SANDBOX_FILE}.new"
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        output.write("\n".join(lines) + "\n")
    draft.replace(home / SANDBOX_FILE)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def ways_out(home: Path, settings: Mapping[str, object]) -> list[str]:
    """By which settings a command would leave the sandbox: those of the environment win.

    A fault of each; without one, nothing of the real systems can be reached, nor of another
    sandbox.
    """
    if (whose := dotenv_values(home / SANDBOX_FILE).get(_WHOSE)) and not _is_same(whose, home):
        file, start = home / SANDBOX_FILE, f"{PREFIX}HOME={quote(str(home))} duebell up --sandbox"
        fault = f"The file {file} is about the sandbox in {whose}: this directory is a copy of that"
        return [f"{fault} one, or was moved. `{start}` makes a sandbox of it, with what is in it."]
    meant = sandbox_values(home)
    found = [name for name in _ADDRESSES if not leads_here(str(settings[name]))]
    name = "database_url"
    if settings[name] != meant.get(_variable(name)):
        found.append(name)
    return [
        f"{_variable(name)}: leads out of the sandbox, whose data directory {home} is: "
        f"take it out of the environment, or set {PREFIX}HOME to another directory."
        for name in found
    ]


def _is_same(whose: str, home: Path) -> bool:
    return Path(whose).resolve() == home.resolve()


def leads_here(url: str) -> bool:
    """Whether an address is on this machine, as a sandbox's is."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"
