"""Keeping our webhooks at FreshBooks as they should be: wanted, created, verified."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from duebell.domain.connections import Callback, KnownCallback
from duebell.domain.events import callbacks_for
from duebell.domain.failures import FeatureAbsent, RecordGone, RequestRefused
from duebell.ledger.subscriptions import VerifierState
from duebell.runtime import Runtime

log = logging.getLogger(__name__)

WEBHOOK_PATH = "/webhooks/freshbooks/"


@dataclass(slots=True)
class Subscribed:
    """What a round of upkeep found and did."""

    wanted: int = 0
    created: int = 0
    verified: int = 0
    resent: int = 0
    faults: list[str] = field(default_factory=list)


def webhook_url(base_url: str, url_token: str) -> str:
    """Where FreshBooks delivers the events of one subscription."""
    return f"{base_url}{WEBHOOK_PATH}{url_token}"


async def subscribe(runtime: Runtime) -> Subscribed:
    """Make what is missing at FreshBooks, and remember what it has. Repeatable at any line."""
    result = Subscribed()
    base_url = runtime.settings.public_url
    events = sorted(callbacks_for(runtime.rulebook.events))
    accounts = await runtime.accounts()
    for account_id in accounts:
        for event in events:
            await runtime.ledger.ensure_callback(
                account_id, event, base_url, runtime.new_url_token()
            )
    wanted = [
        known
        for known in await runtime.ledger.callbacks(base_url)
        if known.event in events and known.account_id in accounts
    ]
    result.wanted = len(wanted)
    for account_id in accounts:
        await _subscribe_account(
            runtime, account_id, [one for one in wanted if one.account_id == account_id], result
        )
    return result


async def _subscribe_account(
    runtime: Runtime, account_id: str, wanted: list[KnownCallback], result: Subscribed
) -> None:
    # Ours are known by their URLs, so that a create whose answer was lost is found, not repeated.
    remote = {callback.uri: callback for callback in await runtime.books.callbacks(account_id)}
    for known in wanted:
        url = webhook_url(runtime.settings.public_url, known.url_token)
        try:
            await _subscribe_one(runtime, known, remote.get(url), url, result)
        except (RequestRefused, FeatureAbsent) as failure:
            result.faults.append(f"{known.event}: {failure}")


async def _subscribe_one(
    runtime: Runtime,
    known: KnownCallback,
    there: Callback | None,
    url: str,
    result: Subscribed,
) -> None:
    if there is None:
        await runtime.ledger.forget_remote_callback(known.row)
        there = await runtime.books.create_callback(known.account_id, known.event, url)
        result.created += 1
    elif not there.is_verified and known.callback_id is not None:
        # It was made in an earlier round and its handshake did not get through.
        await runtime.books.resend_verification(known.account_id, there.id)
        result.resent += 1
    await runtime.ledger.bind_callback(known.row, there.id, is_verified=there.is_verified)


async def answer_handshakes(runtime: Runtime) -> int:
    """Give FreshBooks the verifiers that it sent us; gives how many it took."""
    known = {one.row: one for one in await runtime.ledger.callbacks(runtime.settings.public_url)}
    taken = 0
    for row, remote_id, verifier in await runtime.ledger.unsettled_verifiers():
        if row in known:
            taken += await _answer(runtime, known[row], remote_id, verifier)
    return taken


async def _answer(runtime: Runtime, known: KnownCallback, remote_id: str, verifier: str) -> bool:
    # Deliveries may follow before FreshBooks' answer reaches us, so it is trusted from here on.
    await runtime.ledger.mark_verifier(known.row, verifier, VerifierState.OFFERED)
    try:
        await runtime.books.verify_callback(known.account_id, remote_id, verifier)
    except (RequestRefused, RecordGone) as refusal:
        # A handshake may be made up, or about a webhook that was deleted since it was made; neither
        # may hold up the others, or be trusted any longer.
        await runtime.ledger.mark_verifier(known.row, verifier, VerifierState.REFUSED)
        log.warning("verifier_refused", extra={"event_name": known.event, "reason": str(refusal)})
        return False
    await runtime.ledger.mark_verifier(known.row, verifier, VerifierState.ACCEPTED)
    await runtime.ledger.bind_callback(known.row, remote_id, is_verified=True)
    return True


async def unverified(runtime: Runtime) -> list[str]:
    """The wanted events whose webhook is not verified yet."""
    events = callbacks_for(runtime.rulebook.events)
    return [
        known.event
        for known in await runtime.ledger.callbacks(runtime.settings.public_url)
        if not known.is_verified and known.event in events
    ]
