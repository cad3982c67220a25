"""What ``duebell check`` looks at in FreshBooks: the connection, its scopes, and each account."""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from deployments.inspection import Known, NotChecked, needed
from deployments.reaching import mending
from duebell.domain.books import Business, Kind
from duebell.domain.events import callbacks_for, kinds_read_for, scopes_for
from duebell.domain.failures import (
    AccountInactive,
    ConfigurationError,
    ConnectionLost,
    FeatureAbsent,
    ProviderError,
)
from duebell.ledger import silence
from duebell.ledger.ledger import Ledger, LedgerTokens, utc_now
from duebell.providers.freshbooks.client import FreshBooksClient
from duebell.providers.freshbooks.oauth import NOT_CONNECTED
from duebell.subscriptions.subscribing import webhook_url

_NO_LEDGER = "it needs the ledger and its key, which `duebell up` makes."
_NO_CONNECTION = "FreshBooks was not reached."
_NO_RULEBOOK = "the rulebook is not valid."

_NOUNS = {
    Kind.INVOICE: "invoices",
    Kind.PAYMENT: "payments",
    Kind.CLIENT: "clients",
    Kind.BILL: "bills",
    Kind.VENDOR: "vendors",
    Kind.EXPENSE: "expenses",
}
#: What FreshBooks' smaller plans do not have.
_PAYABLE = frozenset({Kind.BILL, Kind.VENDOR})


async def connection(known: Known) -> str:
    """Whether FreshBooks accepts the token, and how old it is."""
    settings = known.need_settings()
    keys = needed(known.freshbooks, "its credentials are not there.")
    store = LedgerTokens(_ledger(known), needed(known.sealer, _NO_LEDGER), utc_now)
    if await store.read() is None:
        if not keys.refresh_token.get_secret_value():
            raise ConnectionLost(NOT_CONNECTED)
        raise NotChecked("the refresh token works once, and a worker uses it when it first starts.")
    owner = f"check-{os.getpid()}-{secrets.token_hex(3)}"
    url = settings.freshbooks_api_url
    known.books = keys.open_client(url, store, owner=owner, now=utc_now, jitter=random.random)
    with mending(settings, "freshbooks-credentials", "freshbooks_api_url"):
        known.businesses = tuple(await known.books.businesses())
    known.account_ids = _accounts(tuple(keys.account_ids), known.businesses)
    known.pair = needed(await store.read(), _NO_CONNECTION)
    return f"FreshBooks accepts the token, {_age(known.pair.renewed_at, known.pair.expires_at)}"


def _accounts(wanted: tuple[str, ...], found: Sequence[Business]) -> tuple[str, ...]:
    reachable = {one.account_id for one in found}
    unknown = [account for account in wanted if account not in reachable]
    if unknown or not reachable:
        names = ", ".join(unknown) or "any account"
        fault = f"The connected FreshBooks user has no business with {names}: "
        raise ConfigurationError(
            [fault + "run `duebell connect freshbooks` and choose, with the login of one who has."]
        )
    return wanted or tuple(sorted(reachable))


def _age(renewed_at: datetime | None, expires_at: datetime | None) -> str:
    now = utc_now()
    began = "age unknown" if renewed_at is None else f"renewed {_span(now - renewed_at)} ago"
    return began if expires_at is None else f"{began}, good for {_span(expires_at - now)} more"


def _span(length: timedelta) -> str:
    minutes = max(0, round(length.total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


async def scopes(known: Known) -> str:
    """Whether what was granted is enough for the rulebook."""
    rulebook = needed(known.rulebook, _NO_RULEBOOK)
    granted = needed(known.pair, _NO_CONNECTION).scope.split()
    wanted = scopes_for(rulebook.events)
    if not granted:
        return f"FreshBooks does not tell them before the next renewal; needed: {_short(wanted)}"
    if missing := [scope for scope in wanted if scope not in granted]:
        raise ConfigurationError(
            [
                (
                    f"FreshBooks has not granted {', '.join(missing)}: enable this for the app on "
                    "FreshBooks' developer page, then run `duebell connect freshbooks`."
                )
            ]
        )
    return f"enough for the rulebook: {_short(wanted)}"


def _short(wanted: Sequence[str]) -> str:
    return ", ".join(scope.removeprefix("user:").removesuffix(":read") for scope in wanted)


async def account(known: Known, account_id: str) -> str:
    """Whether an account is active, and lets us read what the rulebook needs."""
    rulebook = needed(known.rulebook, _NO_RULEBOOK)
    books = needed(known.books, _NO_CONNECTION)
    kinds = kinds_read_for(rulebook.events)
    faults = [fault for kind in kinds if (fault := await _fault(books, account_id, kind))]
    if faults:
        raise ConfigurationError(list(dict.fromkeys(faults)))
    name = next(one.name for one in known.businesses if one.account_id == account_id)
    read = ", ".join(_NOUNS[kind] for kind in kinds) or "nothing that the rulebook needs"
    return f"{name} ({account_id}) is active; readable: {read}"


async def _fault(books: FreshBooksClient, account_id: str, kind: Kind) -> str | None:
    """What stands in the way of reading a kind of record, in words for a person."""
    noun = _NOUNS[kind]
    try:
        await books.list_page(account_id, kind, 1)
    except AccountInactive:
        return (
            f"The FreshBooks account {account_id} is not active (suspended, or its trial is over): "
            "look at its subscription in FreshBooks."
        )
    except FeatureAbsent as absent:
        if kind in _PAYABLE:
            return (
                f"FreshBooks does not let us read {noun}: the account's plan needs the Accounts "
                "Payable feature, or take the rules about bills and vendors out of the rulebook."
            )
        return f"FreshBooks does not let the connected user read {noun}. {absent}"
    except ProviderError as failure:
        return f"The {noun} cannot be read. {failure}"
    return None


async def webhooks(known: Known, account_id: str) -> str:
    """Whether FreshBooks tells us of every event that the rulebook needs, in one account."""
    public_url = known.need_settings().public_url
    events = callbacks_for(needed(known.rulebook, _NO_RULEBOOK).events)
    books = needed(known.books, _NO_CONNECTION)
    verified = {one.uri for one in await books.callbacks(account_id) if one.is_verified}
    ours = [one for one in await _ledger(known).callbacks(public_url) if one.event in events]
    mine = {one.event: one for one in ours if one.account_id == account_id}
    missing = [
        event
        for event in sorted(events)
        if event not in mine or webhook_url(public_url, mine[event].url_token) not in verified
    ]
    refused = {event: mine[event].refusal for event in missing if event in mine}
    faults = [f"FreshBooks refuses {event}: {why}" for event, why in refused.items() if why]
    if unheard := [event for event in missing if not refused.get(event)]:
        faults.append(_unheard(unheard, account_id, public_url))
    faults += await _silences(known, account_id, public_url)
    if faults:
        raise ConfigurationError(faults)
    return f"{len(events)} registered and verified for {account_id}"


def _unheard(missing: Sequence[str], account_id: str, public_url: str) -> str:
    return (
        f"FreshBooks has no verified webhook of {account_id} for {', '.join(missing)}: a worker "
        f"registers them by itself while it runs, if FreshBooks reaches {public_url} "
        "(DUEBELL_PUBLIC_URL)."
    )


async def _silences(known: Known, account_id: str, public_url: str) -> list[str]:
    return await _ledger(known).read(
        lambda c: silence.sentences(c, public_url, utc_now(), account_id)
    )


def _ledger(known: Known) -> Ledger:
    return needed(known.ledger, _NO_LEDGER)
