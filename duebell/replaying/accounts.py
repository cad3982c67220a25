"""Which accounts a replay can be about."""

from __future__ import annotations

from duebell.domain.failures import BackfillRefused
from duebell.ledger import businesses
from duebell.runtime import Runtime


async def require_account(runtime: Runtime, account_id: str) -> None:
    """Refuse an account that is not worked with and never was.

    Raises:
        BackfillRefused: naming those that there are.
        ProviderError: where FreshBooks is needed to tell them, and does not.
    """
    names = dict.fromkeys(await runtime.accounts(), "")
    known = [*runtime.businesses.values(), *await runtime.ledger.read(businesses.read_all)]
    names |= {one.account_id: f" ({one.name})" for one in known}
    if account_id not in names:
        there = ", ".join(f"{id_}{name}" for id_, name in names.items())
        raise BackfillRefused(f"there is no account {account_id} here; there is {there}")
