"""The ledger's tables. Rows, not the domain: SQLModel tables do not validate.

Times are aware UTC. Columns that hold a person's address or text (``recipient``, ``diverted_to``,
``body``) stand in ``notifications`` and ``attempts`` alone, so that the audit trail never has to be
erased.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Index, Integer, TypeDecorator, text
from sqlmodel import Field, SQLModel, UniqueConstraint


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python; SQLite, which knows no zones, stores the UTC wall clock."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times, whose meaning depends on the machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the time back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: JSON, or NULL where there is none; plain JSON would keep the word ``null``.
JSON_OR_NOTHING = JSON(none_as_null=True)

#: SQLite only counts up INTEGER keys by itself.
RowId = BigInteger().with_variant(Integer, "sqlite")


def id_column() -> Any:
    """A key that the database counts up by itself."""
    return Field(default=None, primary_key=True, sa_type=RowId)


def time_column(**options: Any) -> Any:
    """A moment, aware UTC."""
    return Field(sa_type=UtcDateTime, **options)


def optional_time(**options: Any) -> Any:
    """A moment that may be missing."""
    return Field(default=None, sa_type=UtcDateTime, nullable=True, **options)


class SignalRow(SQLModel, table=True):
    """The inbox: "look at this record". Coalesces while waiting.

    ``failing_since`` is when looking the record up began to fail, None where it did not fail last.
    ``again_at`` is when it is worked on again that is being worked on now: something came up.
    """

    __tablename__: ClassVar[str] = "signals"
    __table_args__ = (
        Index(
            "signals_one_waiting",
            "account_id",
            "event",
            "object_id",
            unique=True,
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "signals_open",
            "id",
            sqlite_where=text("status <> 'done'"),
            postgresql_where=text("status <> 'done'"),
        ),
        Index("signals_heard", "account_id", "event", "received_at"),
    )

    id: int | None = id_column()
    account_id: str
    event: str
    object_id: str
    source: str
    status: str
    deliveries: int = 1
    received_at: datetime = time_column()
    batch_id: str | None = Field(default=None, index=True)
    claimed_by: str | None = None
    tries: int = 0
    not_before: datetime | None = optional_time()
    failing_since: datetime | None = optional_time()
    again_at: datetime | None = optional_time()
    outcome: str | None = None
    done_at: datetime | None = optional_time()


class OccurrenceRow(SQLModel, table=True):
    """A business fact, once."""

    __tablename__: ClassVar[str] = "occurrences"
    __table_args__ = (
        UniqueConstraint(
            "account_id", "object_id", "event_type", "occurrence", name="occurrences_key"
        ),
    )

    id: int | None = id_column()
    account_id: str
    object_id: str
    event_type: str
    occurrence: str
    signal_id: int | None = Field(default=None, sa_type=RowId, index=True)
    created_at: datetime = time_column()


class DecisionRow(SQLModel, table=True):
    """Why something was, or was not, planned: the rule, the verdict and the facts looked at."""

    __tablename__: ClassVar[str] = "decisions"

    id: int | None = id_column()
    at: datetime = time_column()
    account_id: str
    event: str
    object_id: str = Field(index=True)
    client_id: str | None = Field(default=None, index=True)
    invoice_number: str | None = Field(default=None, index=True)
    signal_id: int | None = Field(default=None, sa_type=RowId, index=True)
    notification_id: str | None = Field(default=None, index=True)
    occurrence: str | None = None
    rule: str | None = None
    audience: str | None = None
    verdict: str
    reason: str
    rulebook: str | None = None
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class NotificationRow(SQLModel, table=True):
    """One message, to one contact, on one channel, for one occurrence, by one rule.

    ``hold`` says for what a planned one waits (quiet hours, the budget, a brake); ``cleared_at`` is
    when it was last decided that it may leave, by which budgets and brakes count. Where
    safe mode sent it elsewhere than to the recipient, ``diverted_to`` says so. ``fallback`` is the
    channel that its rule has besides this one. ``failed_at`` is when the failed-delivery flag was
    set; it stays while it is planned again, until it is tried. ``announced_at`` is when
    Prefect was told of the failure and ``escalated_at`` when staff was.
    """

    __tablename__: ClassVar[str] = "notifications"
    __table_args__ = (
        Index(
            "notifications_to_ask",
            "next_ask_at",
            sqlite_where=text("next_ask_at IS NOT NULL"),
            postgresql_where=text("next_ask_at IS NOT NULL"),
        ),
        Index(
            "notifications_unsent",
            "status",
            sqlite_where=text("status IN ('planned', 'sending')"),
            postgresql_where=text("status IN ('planned', 'sending')"),
        ),
        Index(
            "notifications_failed",
            "failed_at",
            sqlite_where=text("failed_at IS NOT NULL"),
            postgresql_where=text("failed_at IS NOT NULL"),
        ),
        # For the counts at every scrape, so that they need not read the rows themselves.
        Index("notifications_counted", "status", "failed", "rule", "provider", "channel"),
        Index("notifications_subject", "account_id", "object_id"),
        Index("notifications_told", "contact_key", "cleared_at"),
        Index("notifications_cleared", "account_id", "cleared_at"),
    )

    id: str = Field(primary_key=True)
    dedup_key: str = Field(unique=True)
    occurrence_id: int = Field(foreign_key="occurrences.id", sa_type=RowId, index=True)
    signal_id: int | None = Field(default=None, sa_type=RowId, index=True)
    account_id: str
    event: str
    object_id: str
    client_id: str | None = Field(default=None, index=True)
    invoice_number: str | None = Field(default=None, index=True)
    invoice_id: str | None = Field(default=None, index=True)
    rule: str
    audience: str | None = None
    template: str
    channel: str
    fallback: str | None = None
    contact_key: str | None = None
    contact_name: str = ""
    recipient: str
    diverted_to: str | None = None
    status: str
    reason: str | None = None
    not_before: datetime | None = optional_time()
    hold: str | None = None
    brake_id: int | None = Field(default=None, sa_type=RowId, index=True)
    cleared_at: datetime | None = optional_time()
    attempts: int = 0
    provider: str
    provider_id: str | None = Field(default=None, index=True)
    error_code: str | None = None
    failed: bool = False
    failed_at: datetime | None = optional_time()
    announced_at: datetime | None = optional_time()
    escalated_at: datetime | None = optional_time()
    asks: int = 0
    next_ask_at: datetime | None = optional_time()
    created_at: datetime = time_column(index=True)
    updated_at: datetime = time_column()


class AttemptRow(SQLModel, table=True):
    """One call to a provider for one notification. ``outcome`` is null until it is known."""

    __tablename__: ClassVar[str] = "attempts"
    __table_args__ = (
        UniqueConstraint("notification_id", "number", name="attempts_number"),
        Index("attempts_recipient", "recipient"),
        # For seeing that a provider took messages and reports nothing of them.
        Index("attempts_begun", "provider", "started_at"),
    )

    id: int | None = id_column()
    notification_id: str = Field(foreign_key="notifications.id")
    number: int
    channel: str = Field(default="sms", sa_column_kwargs={"server_default": "sms"})
    provider: str = Field(default="twilio", sa_column_kwargs={"server_default": "twilio"})
    worker_id: str
    recipient: str
    body: str
    started_at: datetime = time_column()
    finished_at: datetime | None = optional_time()
    outcome: str | None = None
    provider_id: str | None = Field(default=None, unique=True)
    error_code: str | None = None
    reason: str | None = None


class DeliveryReportRow(SQLModel, table=True):
    """What a provider said of a message, by callback or when asked; each word once."""

    __tablename__: ClassVar[str] = "delivery_reports"
    __table_args__ = (
        UniqueConstraint("provider_id", "raw_status", "error_code", name="delivery_reports_once"),
        Index(
            "delivery_reports_called",
            "received_at",
            sqlite_where=text("NOT asked"),
            postgresql_where=text("NOT asked"),
        ),
    )

    id: int | None = id_column()
    notification_id: str | None = Field(default=None, index=True)
    provider_id: str
    raw_status: str
    error_code: str = ""
    asked: bool = False
    applied: bool = False
    received_at: datetime = time_column()


class AuditRow(SQLModel, table=True):
    """Append-only: who changed what, when, from which status to which, and why.

    ``detail`` is for programs: an attempt's number, the provider's id and code.
    """

    __tablename__: ClassVar[str] = "audit_records"
    __table_args__ = (Index("audit_records_entity", "entity", "entity_id"),)

    id: int | None = id_column()
    at: datetime = time_column(index=True)
    actor: str
    action: str
    entity: str
    entity_id: str
    from_status: str | None = None
    to_status: str | None = None
    reason: str | None = None
    detail: dict[str, Any] | None = Field(default=None, sa_type=JSON_OR_NOTHING, nullable=True)


class CallbackRow(SQLModel, table=True):
    """A FreshBooks webhook subscription of ours, known by the token in its URL."""

    __tablename__: ClassVar[str] = "callbacks"
    __table_args__ = (
        UniqueConstraint("account_id", "event", "base_url", name="callbacks_subscription"),
    )

    id: int | None = id_column()
    account_id: str
    event: str
    base_url: str
    url_token: str = Field(unique=True)
    callback_id: str | None = None
    verified: bool = False
    created_at: datetime = time_column()
    verified_at: datetime | None = optional_time()
    removed_at: datetime | None = optional_time()
    refusal: str | None = None
    asked_at: datetime | None = optional_time()


class VerifierRow(SQLModel, table=True):
    """A secret with which FreshBooks signs the deliveries of one callback; sealed."""

    __tablename__: ClassVar[str] = "verifiers"
    __table_args__ = (UniqueConstraint("callback", "fingerprint", name="verifiers_once"),)

    id: int | None = id_column()
    callback: int = Field(foreign_key="callbacks.id", sa_type=RowId)
    fingerprint: str
    sealed: str
    remote_callback_id: str
    state: str
    received_at: datetime = time_column()


class TokenPairRow(SQLModel, table=True):
    """The rotating OAuth pair of a connection; ``generation`` is what compare-and-set compares."""

    __tablename__: ClassVar[str] = "token_pairs"

    connection: str = Field(primary_key=True)
    generation: int
    sealed_access: str | None = None
    sealed_refresh: str
    seed_fingerprints: str
    expires_at: datetime | None = optional_time()
    scope: str | None = None
    refreshing_by: str | None = None
    refreshing_until: datetime | None = optional_time()
    lost_reason: str | None = None
    updated_at: datetime = time_column()


class SealedValueRow(SQLModel, table=True):
    """A secret that processes without Prefect need, sealed (the tokens that sign callbacks)."""

    __tablename__: ClassVar[str] = "sealed_values"

    name: str = Field(primary_key=True)
    sealed: str
    updated_at: datetime = time_column()


class WorkerRow(SQLModel, table=True):
    """A worker process. What it claimed is its own while its lease lasts."""

    __tablename__: ClassVar[str] = "workers"

    id: str = Field(primary_key=True)
    host: str
    pid: int
    started_at: datetime = time_column()
    lease_until: datetime = time_column()


class PaceRow(SQLModel, table=True):
    """When a sender may send next; shared by all workers."""

    __tablename__: ClassVar[str] = "pace"

    sender: str = Field(primary_key=True)
    next_at: datetime = time_column()
