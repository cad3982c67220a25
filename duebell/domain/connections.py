"""The OAuth connection to FreshBooks and the callbacks it keeps, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An access token and the refresh token that came with it.

    Refresh tokens work once: the pair that an answer brings replaces the one that was sent.
    ``scope`` is what was granted, separated by blanks; empty where the answer does not say.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime
    scope: str = ""


@dataclass(frozen=True, slots=True)
class StoredPair:
    """The pair as the ledger holds it. A pair that was only seeded has no access token yet.

    ``generation`` grows by one with every rotation; a writer that names an older one loses.
    ``renewed_at`` is when it was stored, which makes no difference to what it is.
    """

    generation: int
    access: str | None = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime | None
    lost_reason: str | None = None
    scope: str = ""
    renewed_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Callback:
    """A webhook subscription as FreshBooks lists it."""

    id: str
    event: str
    uri: str
    is_verified: bool


@dataclass(frozen=True, slots=True)
class KnownCallback:
    """A webhook subscription as the ledger knows it, with the secrets that may sign for it."""

    row: int
    account_id: str
    event: str
    url_token: str
    callback_id: str | None
    is_verified: bool
    verifiers: tuple[str, ...] = field(repr=False, default=())
    base_url: str = ""
    is_wanted: bool = True
    #: What FreshBooks said when it did not let us subscribe.
    refusal: str | None = None
    #: When FreshBooks was last asked for another handshake, or refused.
    asked_at: datetime | None = None
