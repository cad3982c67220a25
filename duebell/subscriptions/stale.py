"""Webhooks of ours at FreshBooks that are not wanted any more; what others made is left alone.

Ours is what delivers to an address that we once made: below a public URL of ours, with a token of
ours. Nothing else in a subscription tells whose it is.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from duebell.domain.connections import Callback, KnownCallback
from duebell.domain.events import callbacks_for
from duebell.domain.failures import AccountInactive, ProviderError
from duebell.ledger import subscriptions
from duebell.runtime import Runtime
from duebell.subscriptions.subscribing import ABOUT_ONE, chosen, webhook_url

log = logging.getLogger(__name__)


class Standing(StrEnum):
    """What a subscription at FreshBooks is to us."""

    WANTED = "wanted"
    STALE = "stale"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Found:
    """A subscription as FreshBooks lists it; ``ours`` is None for a foreign one."""

    callback: Callback
    ours: KnownCallback | None
    standing: Standing


@dataclass(slots=True)
class Removed:
    """What a removal did."""

    removed: int = 0
    faults: list[str] = field(default_factory=list)


def sort_out(known: Sequence[KnownCallback], remote: Sequence[Callback]) -> list[Found]:
    """Say of each subscription in an account's list what it is to us."""
    by_token = {one.url_token: one for one in known}
    bases = {one.base_url for one in known}
    return [_found(callback, by_token, bases, remote) for callback in remote]


def _found(
    callback: Callback,
    by_token: dict[str, KnownCallback],
    bases: Collection[str],
    remote: Sequence[Callback],
) -> Found:
    ours = by_token.get(callback.uri.rpartition("/")[2])
    if ours is None or not any(callback.uri == webhook_url(base, ours.url_token) for base in bases):
        return Found(callback, None, Standing.FOREIGN)
    is_wanted = ours.is_wanted and chosen(ours, remote) == callback
    return Found(callback, ours, Standing.WANTED if is_wanted else Standing.STALE)


async def remove_stale(runtime: Runtime) -> Removed:
    """Delete at FreshBooks what we made there and do not want any more. Repeatable at any line."""
    await _retire(runtime)
    return await _remove(runtime, {Standing.STALE})


async def remove_ours(runtime: Runtime) -> Removed:
    """Delete all of our subscriptions at FreshBooks."""
    return await _remove(runtime, {Standing.STALE, Standing.WANTED})


async def _retire(runtime: Runtime) -> None:
    """Give up what the settings do not ask for any more.

    At an old public URL FreshBooks may still reach us, so a subscription there is given up only
    when its successor at the new one is verified.
    """
    events = callbacks_for(runtime.rulebook.events)
    accounts = await runtime.accounts()
    base_url = runtime.settings.public_url
    known = [one for one in await runtime.ledger.read(subscriptions.every) if one.is_wanted]
    verified = {
        (one.account_id, one.event) for one in known if one.base_url == base_url and one.is_verified
    }
    for one in known:
        if reason := _reason_to_retire(one, events, accounts, base_url, verified):
            await _retire_one(runtime, one, reason)


async def _retire_one(runtime: Runtime, known: KnownCallback, reason: str) -> None:
    now = runtime.now()
    await runtime.ledger.write(
        lambda connection: subscriptions.retire(connection, known.row, reason, now)
    )


def _reason_to_retire(
    known: KnownCallback,
    events: Collection[str],
    accounts: Collection[str],
    base_url: str,
    verified: Collection[tuple[str, str]],
) -> str:
    if known.account_id not in accounts:
        return "the account is not chosen any more"
    if known.event not in events:
        return "no rule needs the event any more"
    if known.base_url != base_url and (known.account_id, known.event) in verified:
        return "the public URL has changed"
    return ""


async def _remove(runtime: Runtime, standings: Collection[Standing]) -> Removed:
    result = Removed()
    known = await runtime.ledger.read(subscriptions.every)
    accounts = await runtime.accounts()
    former = {one.account_id for one in known if one.callback_id} - set(accounts)
    is_heard = False
    for account_id in (*accounts, *sorted(former)):
        of_account = [one for one in known if one.account_id == account_id]
        try:
            await _remove_in(runtime, account_id, of_account, standings, result)
            is_heard = True
        except ABOUT_ONE as failure:
            if account_id in accounts:
                result.faults.append(f"account {account_id}: {failure}")
            elif is_heard and not isinstance(failure, AccountInactive):
                await _let_go(runtime, of_account, failure)
            log.info("webhooks_out_of_reach", extra={"account_id": account_id})
    return result


async def _let_go(runtime: Runtime, known: Sequence[KnownCallback], failure: ProviderError) -> None:
    """An account that was given up and does not let us in is not asked about in every round.

    FreshBooks has answered for another account, so that this is not about who we are; and an
    account that is only suspended may come back with its webhooks.
    """
    now = runtime.now()
    for one in known:
        if one.callback_id:
            await runtime.ledger.write(
                partial(subscriptions.let_go, row=one.row, reason=str(failure), now=now)
            )


async def _remove_in(
    runtime: Runtime,
    account_id: str,
    known: Sequence[KnownCallback],
    standings: Collection[Standing],
    result: Removed,
) -> None:
    remote = await runtime.books.callbacks(account_id)
    for found in sort_out(known, remote):
        if found.ours is not None and found.standing in standings:
            await runtime.books.delete_callback(account_id, found.callback.id)
            await _note_deleted(runtime, found.ours, found.callback.id)
            result.removed += 1
    listed = {callback.id for callback in remote}
    for one in known:
        if not one.is_wanted and one.callback_id and one.callback_id not in listed:
            await _note_deleted(runtime, one, one.callback_id)


async def _note_deleted(runtime: Runtime, known: KnownCallback, callback_id: str) -> None:
    now = runtime.now()
    await runtime.ledger.write(
        lambda connection: subscriptions.note_deleted(connection, known.row, callback_id, now)
    )
