"""``duebell --sandbox COMMAND``: a command beside a sandbox, with nothing of the real systems."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from duebell.domain.failures import ConfigurationError

#: What may come before the first start: whoever writes a rulebook checks it, and sees its messages.
BEFORE_START = ("rules", "preview")


def enter(command: str | None) -> None:
    """Make the sandbox's settings those of this process, and of whatever it becomes.

    Raises:
        ConfigurationError: if there is no sandbox here, and the command needs one.
    """
    from duebell.settings_files import (
        CHOICES,
        PREFIX,
        SANDBOX_DIRECTORY,
        home_in_force,
        is_sandbox,
        sandbox_values,
    )

    home = home_in_force()
    home = home if is_sandbox(home) else home / SANDBOX_DIRECTORY
    if not is_sandbox(home):
        if command not in BEFORE_START:
            raise _none_yet(home)
        return _enter_new(home)
    # As for `up --sandbox`: the sandbox's word wins over what the environment has of the real.
    chosen = {f"{PREFIX}{name.upper()}" for name in CHOICES}
    values = sandbox_values(home)
    os.environ.update({name: value for name, value in values.items() if name not in chosen})
    os.environ[f"{PREFIX}HOME"] = str(home.absolute())


def require_started(context: typer.Context) -> None:
    """For a command that needs more of a sandbox than its settings, if it stands beside one.

    Raises:
        ConfigurationError: if there is no sandbox here.
    """
    from duebell.settings_files import home_in_force, is_sandbox

    is_beside = context.find_root().params["sandbox"]
    if is_beside and not is_sandbox(home := home_in_force()):
        raise _none_yet(home)


def _enter_new(home: Path) -> None:
    """As if the sandbox had been there, and nothing had happened in it."""
    from duebell.sandbox import credentials
    from duebell.settings_files import PREFIX

    os.environ.update(credentials.as_settings())
    os.environ[f"{PREFIX}DATABASE_URL"] = f"sqlite:///{home.absolute() / 'duebell.db'}"
    os.environ[f"{PREFIX}HOME"] = str(home.absolute())


def _none_yet(home: Path) -> ConfigurationError:
    return ConfigurationError(
        [f"There is no sandbox in {home} yet: start one with `duebell up --sandbox`."]
    )
