"""Keeping our webhooks at FreshBooks as they should be: wanted, created, verified."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from duebell.connection.trouble import report_inactive
from duebell.domain.connections import Callback, KnownCallback
from duebell.domain.events import callbacks_for
from duebell.domain.failures import (
    AccountInactive,
    CredentialsRefused,
    FeatureAbsent,
    RecordGone,
    RequestRefused,
    TryAgain,
)
from duebell.ledger import subscriptions
from duebell.ledger.verifiers import VerifierState
from duebell.runtime import Runtime

log = logging.getLogger(__name__)

WEBHOOK_PATH = "/webhooks/freshbooks/"
#: A resend may make verifiers under way worthless, so the next one has to wait.
RESEND_PAUSE = timedelta(minutes=5)
#: A plan or a scope that did not include an event rarely does so a quarter of an hour later.
REFUSAL_PAUSE = timedelta(hours=1)
#: What FreshBooks says of one webhook or account, and not of all of them.
ABOUT_ONE = (RequestRefused, RecordGone, FeatureAbsent, AccountInactive, CredentialsRefused)


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


async def subscribe(runtime: Runtime, *, is_urgent: bool = False) -> Subscribed:
    """Make what is missing at FreshBooks, and remember what it has. Repeatable at any line.

    With ``is_urgent`` nothing waits because it was tried a while ago.
    """
    wanted = await _wanted(runtime)
    result = Subscribed(wanted=len(wanted))
    passing: TryAgain | None = None
    for account_id in await runtime.accounts():
        of_account = [one for one in wanted if one.account_id == account_id]
        try:
            await _subscribe_account(runtime, account_id, of_account, result, is_urgent)
        except TryAgain as failure:
            passing = failure  # the other accounts need not wait for this one
        except AccountInactive as failure:
            await report_inactive(runtime, account_id)
            result.faults.append(f"account {account_id}: {failure}")
        except (RequestRefused, FeatureAbsent, RecordGone, CredentialsRefused) as failure:
            # A 401 may be about this account alone, which the user may not see any more.
            result.faults.append(f"account {account_id}: {failure}")
    if passing is not None:
        raise passing
    return result


async def _wanted(runtime: Runtime) -> list[KnownCallback]:
    """The subscriptions that there should be; those that are new get their rows."""
    base_url = runtime.settings.public_url
    events = sorted(callbacks_for(runtime.rulebook.events))
    accounts = await runtime.accounts()
    for account_id in accounts:
        for event in events:
            await runtime.ledger.ensure_callback(
                account_id, event, base_url, runtime.new_url_token()
            )
    return [
        known
        for known in await runtime.ledger.callbacks(base_url)
        if known.event in events and known.account_id in accounts
    ]


async def _subscribe_account(
    runtime: Runtime,
    account_id: str,
    wanted: Sequence[KnownCallback],
    result: Subscribed,
    is_urgent: bool,
) -> None:
    remote = await runtime.books.callbacks(account_id)
    for known in wanted:
        pause = timedelta(0) if is_urgent else _pause(known)
        is_early = known.asked_at is not None and runtime.now() < known.asked_at + pause
        there = chosen(known, remote)
        if there is None and known.refusal and is_early:
            result.faults.append(f"{known.event}: {known.refusal}")
            continue
        try:
            await _subscribe_one(runtime, known, there, result, is_early)
        except (RequestRefused, FeatureAbsent, CredentialsRefused) as failure:
            # FreshBooks took the same token for the list, so that this is about the event alone.
            await _note_refusal(runtime, known, str(failure))
            result.faults.append(f"{known.event}: {failure}")


def _pause(known: KnownCallback) -> timedelta:
    return REFUSAL_PAUSE if known.refusal else RESEND_PAUSE


def chosen(known: KnownCallback, remote: Iterable[Callback]) -> Callback | None:
    """The one that counts among FreshBooks' subscriptions to our address and event.

    Ours are known by their URLs, so that a create whose answer was lost is found, not repeated.
    Where that still left two, the one that we are bound to stays.
    """
    url = webhook_url(known.base_url, known.url_token)
    there = [one for one in remote if one.uri == url and one.event == known.event]
    there.sort(key=lambda one: (one.id != known.callback_id, not one.is_verified))
    return there[0] if there else None


async def _subscribe_one(
    runtime: Runtime,
    known: KnownCallback,
    there: Callback | None,
    result: Subscribed,
    is_early: bool,
) -> None:
    if there is None:
        await runtime.ledger.forget_remote_callback(known.row)
        url = webhook_url(known.base_url, known.url_token)
        there = await runtime.books.create_callback(known.account_id, known.event, url)
        result.created += 1
    elif not there.is_verified and known.callback_id is not None and not is_early:
        # It was made in an earlier round and its handshake did not get through, or FreshBooks has
        # disabled it.
        await resend(runtime, known, there.id, "not verified")
        result.resent += 1
    await runtime.ledger.bind_callback(known.row, there.id, is_verified=there.is_verified)


async def resend(runtime: Runtime, known: KnownCallback, remote_id: str, reason: str) -> None:
    """Ask FreshBooks for another handshake, which also wakes a webhook that it disabled."""
    await runtime.books.resend_verification(known.account_id, remote_id)
    now = runtime.now()
    await runtime.ledger.write(
        lambda connection: subscriptions.note_resend(connection, known.row, reason, now)
    )


async def _note_refusal(runtime: Runtime, known: KnownCallback, reason: str) -> None:
    now = runtime.now()
    await runtime.ledger.write(
        lambda connection: subscriptions.refuse(connection, known.row, reason, now)
    )


async def answer_handshakes(runtime: Runtime) -> int:
    """Give FreshBooks the verifiers that it sent us; gives how many it took."""
    known = {one.row: one for one in await runtime.ledger.read(subscriptions.every)}
    taken = 0
    for row, remote_id, verifier in await runtime.ledger.unsettled_verifiers():
        taken += await _answer(runtime, known[row], remote_id, verifier)
    return taken


async def _answer(runtime: Runtime, known: KnownCallback, remote_id: str, verifier: str) -> bool:
    # Deliveries may follow before FreshBooks' answer reaches us, so it is trusted from here on.
    await runtime.ledger.mark_verifier(known.row, verifier, VerifierState.OFFERED)
    try:
        await runtime.books.verify_callback(known.account_id, remote_id, verifier)
    except ABOUT_ONE as refusal:
        # A handshake may be made up, or about a webhook that was deleted since it was made; neither
        # may hold up the others, or be trusted any longer.
        await runtime.ledger.mark_verifier(known.row, verifier, VerifierState.REFUSED)
        log.warning("verifier_refused", extra={"event_name": known.event, "reason": str(refusal)})
        return False
    await runtime.ledger.accept_verifier(known.row, verifier, remote_id)
    return True


def unheard(events: Sequence[str], public_url: str) -> str:
    """Say that no handshake has come for some events, and what to look at."""
    return (
        f"No handshake came for {', '.join(events)}: check that FreshBooks can reach {public_url}"
    )


async def unverified(runtime: Runtime) -> list[str]:
    """The wanted events whose webhook FreshBooks has, but does not hold for verified yet."""
    events = callbacks_for(runtime.rulebook.events)
    return [
        known.event
        for known in await runtime.ledger.callbacks(runtime.settings.public_url)
        if known.callback_id and not known.is_verified and known.event in events
    ]
