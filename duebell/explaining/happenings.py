"""What a story is made of: one thing that happened, in words, with what programs may want of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from types import MappingProxyType

from sqlalchemy import RowMapping

#: A row of the ledger.
Row = RowMapping


class Kind(IntEnum):
    """What sort of thing happened, in the order in which things of one moment are told."""

    HEARD = 0
    DECIDED = 1
    BRAKE = 2
    PAUSE = 3
    OPT_OUT = 4
    ATTEMPT = 5
    REPORT = 6
    CHANNEL = 7
    CHANGE = 8

    @property
    def word(self) -> str:
        """Its name for programs."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened. ``row`` is its place among those of its kind.

    ``same`` is equal for decisions to tell nobody that differ in nothing but their time; None where
    something came of it. ``look`` is the signal that led to it. ``plan`` is what a decision says of
    the message that came of it, without what is new in its facts.
    """

    at: datetime
    kind: Kind
    row: int
    text: str
    details: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    same: str | None = None
    look: int | None = None
    plan: str | None = None

    @property
    def order(self) -> tuple[datetime, int, int]:
        """By what things are sorted."""
        return (self.at, self.kind, self.row)
