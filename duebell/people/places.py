"""The names of people whom reasons call by their place in a staff list.

Reasons are kept and shown in Prefect, so they say ``person 2 in list:approvers``; only where the
operator reads them does the name stand beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from duebell.domain.rules import LIST_PREFIX, ListMember

_PERSON = re.compile(rf"person (\d+) in {LIST_PREFIX}(\S+)")


def with_names(text: str, lists: Mapping[str, Sequence[ListMember]]) -> str:
    """The sentence with the name of each person of these lists in front."""

    def named(match: re.Match[str]) -> str:
        members, place = lists.get(match[2], ()), int(match[1]) - 1
        name = members[place].name if 0 <= place < len(members) else ""
        return f"{name} ({match[0]})" if name else match[0]

    return _PERSON.sub(named, text)
