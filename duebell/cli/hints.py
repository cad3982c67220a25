"""Commands that sentences advise, as they are typed here: beside a sandbox with ``--sandbox``."""

from __future__ import annotations

import re

_COMMAND = re.compile(r"`duebell (?!--sandbox\b)([a-z][^`]*)`")
#: Starts the sandbox that the others need; the option is its own.
_UP = "up"


def as_typed(text: str) -> str:
    """The same sentences with commands that reach what this command has reached.

    Nobody has to write them so: typed without the option they would look for the real
    installation, beside which a sandbox stands.
    """
    if _COMMAND.search(text) is None or not _is_in_sandbox():
        return text
    return _COMMAND.sub(_beside, text)


def _beside(match: re.Match[str]) -> str:
    name, *options = match[1].split(" ")
    if name != _UP:
        return f"`duebell --sandbox {match[1]}`"
    others = [one for one in options if one != "--sandbox"]
    return f"`{' '.join(['duebell', _UP, '--sandbox', *others])}`"


def _is_in_sandbox() -> bool:
    from duebell.domain.failures import ConfigurationError
    from duebell.settings_files import home_in_force, is_sandbox

    try:
        return is_sandbox(home_in_force())
    except ConfigurationError:
        return False  # and that is what the sentence is about
