"""The way of a message through its statuses, by its fate."""

from __future__ import annotations

from collections.abc import Mapping


def steps_left(paths: Mapping[str, tuple[str, ...]], fate: str, status: str) -> tuple[str, ...]:
    """The statuses still to come; a fate without a path of its own goes the usual way."""
    path = paths.get(fate, paths[""])
    return path[path.index(status) + 1 :] if status in path else path
