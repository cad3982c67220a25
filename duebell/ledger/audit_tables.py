"""The tables of the hash chain over audit records and decisions."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Integer
from sqlmodel import Field, SQLModel, UniqueConstraint

from duebell.ledger.tables import RowId, optional_time

#: A number that we count ourselves, so that nothing that fails can leave a gap.
_COUNTED = BigInteger().with_variant(Integer, "sqlite")


class AuditLinkRow(SQLModel, table=True):
    """A link of the chain: the digest of a row, bound to all links before it.

    ``source`` is ``audit`` or ``decision`` and ``row_id`` the row there. ``erased_at`` is when
    retention removed that row; its link stays, so that the chain stays whole.
    """

    __tablename__: ClassVar[str] = "audit_chain"
    __table_args__ = (UniqueConstraint("source", "row_id", name="audit_chain_once"),)

    position: int = Field(
        primary_key=True, sa_type=_COUNTED, sa_column_kwargs={"autoincrement": False}
    )
    source: str
    row_id: int = Field(sa_type=RowId)
    digest: str
    link: str
    erased_at: datetime | None = optional_time()


class AuditHeadRow(SQLModel, table=True):
    """Where the chain ends: one row, whose lock puts the writers of all processes in order."""

    __tablename__: ClassVar[str] = "audit_head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    position: int = Field(sa_type=_COUNTED)
    link: str
