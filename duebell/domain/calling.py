"""What people call a record: an id, a number with or without its zeros, a name or a part of one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

KeyT = TypeVar("KeyT")

_NUMBER = re.compile(r"(.*?)([0-9]+)")
#: What the ids of messages begin with.
ID_PREFIX = "ntf_"
#: Two of a million messages share as many letters of their ids only by a rare chance.
_SHORT = len(ID_PREFIX) + 8


def short_id(notification_id: str) -> str:
    """As much of a message's id as tells it from others, short enough to be typed."""
    return notification_id[:_SHORT]


def called(word: str, names: Mapping[KeyT, Sequence[str]]) -> list[KeyT]:
    """What may be meant by a word, of things that each have some names; nothing if nothing is.

    What is called just so counts before what is nearly so: capitals and the zeros at the front of a
    number do not matter, then neither does what stands before the number, then a part will do.
    """
    wanted = _plain(word)
    if not wanted:
        return []
    for is_near in _NEARNESS:
        found = [key for key, known in names.items() if any(is_near(wanted, one) for one in known)]
        if found:
            return found
    return []


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _parts(name: str) -> tuple[str, int] | None:
    """What stands before a number, and the number; None where there is none at the end."""
    match = _NUMBER.fullmatch(_plain(name))
    # Nobody counts further; a longer row of digits is an id.
    return (match[1], int(match[2])) if match and len(match[2]) <= 18 else None


def _is_same(wanted: str, name: str) -> bool:
    return wanted == _plain(name)


def _is_same_number(wanted: str, name: str) -> bool:
    parts = _parts(wanted)
    return parts is not None and parts == _parts(name)


def _is_same_count(wanted: str, name: str) -> bool:
    """``12`` is ``INV-00012``; ``ABC-12`` is not."""
    parts, others = _parts(wanted), _parts(name)
    return bool(parts and others and not parts[0] and parts[1] == others[1])


def _is_part(wanted: str, name: str) -> bool:
    # A piece of a number is no number: 12 is not a part of 00123.
    return not wanted.isdecimal() and wanted in _plain(name)


_NEARNESS: tuple[Callable[[str, str], bool], ...] = (
    _is_same,
    _is_same_number,
    _is_same_count,
    _is_part,
)
