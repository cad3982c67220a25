"""Everything that can go wrong, named by what the caller may do about it.

::

    DuebellError
    ├── ConfigurationError    a person must mend settings, credentials or the rulebook
    ├── WebhookRefused        the sender's fault; nothing was stored
    ├── LedgerUnavailable     nothing was stored; ask the sender to come again
    ├── RenderingFailed       the template and the record do not fit together
    ├── BackfillRefused       what was asked for cannot be told again; nothing was begun
    ├── BrakeRefused          there is no such brake, or it has ended; nothing was changed
    ├── ErasureRefused        a message to the person is under way; nothing was erased
    ├── NothingFound          nothing is called so, or several things are; ask for something else
    └── ProviderError         FreshBooks or Twilio
        ├── TryAgain          a read that may be repeated, or a request that was never written
        │   └── Throttled     the same, after the pause the provider asked for
        ├── RecordGone        deleted or never there; not a reason to say "paid"
        ├── FeatureAbsent     the plan or the scopes do not include this
        ├── AccountInactive   the FreshBooks account is suspended or its trial is over
        ├── RequestRefused    our request is wrong; repeating it changes nothing
        ├── CredentialsRefused  the provider does not accept who we are
        └── ConnectionLost    the OAuth connection needs a person to connect again
"""

from __future__ import annotations

from collections.abc import Sequence


class DuebellError(Exception):
    """Something in Duebell went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class ConfigurationError(DuebellError):
    """The configuration has faults; each is one sentence that says what to do."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class WebhookRefused(DuebellError):
    """A webhook was refused. ``status`` is the HTTP status, ``reason`` a short fixed word.

    Where people read the answer, ``page`` is what they see.
    """

    def __init__(self, status: int, reason: str, *, page: bytes = b"") -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.page = page


class LedgerUnavailable(DuebellError):
    """The ledger cannot be written now; nothing was stored."""


class RenderingFailed(DuebellError):
    """A template could not be rendered."""


class BackfillRefused(DuebellError):
    """What the backfill was asked for cannot be told again; nothing was begun."""


class BrakeRefused(DuebellError):
    """There is no such brake, or it has ended; nothing was changed."""


class ErasureRefused(DuebellError):
    """A message to the person is under way; nothing was erased."""


class NothingFound(DuebellError):
    """Nothing is called so, or several things are."""


class ProviderError(DuebellError):
    """A provider did not do what was asked."""


class TryAgain(ProviderError):
    """The provider could not be asked now; asking again is safe."""

    #: Seconds to wait before asking again, where the provider said so.
    retry_after: float | None = None


class Throttled(TryAgain):
    """The provider asks for fewer requests."""

    def __init__(self, message: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RecordGone(ProviderError):
    """The record is deleted or was never there."""


class FeatureAbsent(ProviderError):
    """The plan or the granted scopes do not include this kind of record."""


class AccountInactive(ProviderError):
    """The FreshBooks account is suspended, cancelled, or its trial is over."""


class RequestRefused(ProviderError):
    """The provider understood the request and refuses it."""


class CredentialsRefused(ProviderError):
    """The provider does not accept the credentials."""


class ConnectionLost(ProviderError):
    """FreshBooks no longer accepts the refresh token; a person has to connect again."""
