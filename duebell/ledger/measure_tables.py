"""The table of what is counted over the audit trail for `/metrics`."""

from __future__ import annotations

from typing import ClassVar

from sqlmodel import Field, SQLModel


class MeasureRow(SQLModel, table=True):
    """A number that only grows: how many, or how many seconds in all.

    ``labels`` are fixed words, joined by commas. The row named ``cursor`` is how far the audit
    trail was counted.
    """

    __tablename__: ClassVar[str] = "measures"

    name: str = Field(primary_key=True)
    labels: str = Field(primary_key=True)
    value: float
