"""``duebell --sandbox COMMAND``: a command beside a sandbox, with nothing of the real systems."""

from __future__ import annotations

import os

from duebell.domain.failures import ConfigurationError


def enter() -> None:
    """Make the sandbox's settings those of this process, and of whatever it becomes.

    Raises:
        ConfigurationError: if there is no sandbox here.
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
        raise ConfigurationError(
            [f"There is no sandbox in {home} yet: start one with `duebell up --sandbox`."]
        )
    # As for `up --sandbox`: the sandbox's word wins over what the environment has of the real.
    chosen = {f"{PREFIX}{name.upper()}" for name in CHOICES}
    values = sandbox_values(home)
    os.environ.update({name: value for name, value in values.items() if name not in chosen})
    os.environ[f"{PREFIX}HOME"] = str(home.absolute())
