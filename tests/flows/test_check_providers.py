"""What ``duebell check`` finds at FreshBooks, account by account, and at Twilio."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from blocks import FreshBooksCredentials, TwilioCredentials
from deployments import reaching_books, reaching_texts
from deployments.check import ACCOUNT_CHECKS, look_at_accounts
from deployments.inspection import Known, NotChecked
from duebell.connection.credentials import freshbooks_from, twilio_from
from duebell.domain.failures import ConfigurationError, ConnectionLost
from duebell.domain.rules import Channel, Rule, Rulebook
from duebell.ledger.ledger import Ledger, LedgerTokens, utc_now
from duebell.ledger.sealing import open_sealer
from duebell.providers.freshbooks.grants import Grants
from duebell.providers.http import open_client
from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings

pytestmark = pytest.mark.flow

INVOICES, BILLS = "invoice.create", "bill.create"
ENOUGH = "user:profile:read user:invoices:read user:clients:read"


def a_rulebook(*events: str) -> Rulebook:
    """A rule for each event."""
    return Rulebook(
        tuple(Rule(event, "client", Channel.SMS, "invoice_created") for event in events)
    )


@asynccontextmanager
async def looking(settings: Settings, *events: str) -> AsyncIterator[Known]:
    """What a check knows when it comes to the providers; nobody is connected yet."""
    sealer = open_sealer(settings.home, None)
    changed = settings.model_copy(update={"freshbooks_refresh_token": None})
    known = Known(
        settings=changed,
        rulebook=a_rulebook(*(events or (INVOICES,))),
        sealer=sealer,
        ledger=Ledger(settings.ledger_url, sealer),
        freshbooks=FreshBooksCredentials.from_keys(freshbooks_from(changed)),
        twilio=TwilioCredentials.from_keys(twilio_from(settings)),
    )
    try:
        yield known
    finally:
        await known.close()


async def connect(known: Known, sandbox: SandboxControl, scope: str) -> None:
    """Connect with these scopes."""
    keys = freshbooks_from(known.need_settings())
    code = await asyncio.to_thread(sandbox.authorize, scope=scope, redirect_uri=keys.redirect_uri)
    async with open_client(sandbox.base_url) as http:
        grants = Grants(http, keys.client_id, keys.client_secret, keys.redirect_uri, now=utc_now)
        pair = await grants.exchange_code(code["code"])
    assert known.ledger is not None
    await known.ledger.connect(pair)


def after_connecting(
    settings: Settings,
    sandbox: SandboxControl,
    look: Callable[[Known], Awaitable[str]] | None = None,
    *events: str,
    scope: str = ENOUGH,
) -> str:
    """What a look finds once FreshBooks is connected; without one, what the connection tells."""

    async def story() -> str:
        async with looking(settings, *events) as known:
            await connect(known, sandbox, scope)
            told = await reaching_books.connection(known)
            return told if look is None else await look(known)

    return asyncio.run(story())


async def the_account(known: Known) -> str:
    """The look at the first account."""
    return await reaching_books.account(known, credentials.ACCOUNT_ID)


# -- the connection


def test_nobody_is_connected(settings: Settings) -> None:
    """Without a pair and without a token to start from, the command is named that connects."""

    async def story() -> str:
        async with looking(settings) as known:
            return await reaching_books.connection(known)

    with pytest.raises(ConnectionLost, match="`duebell connect freshbooks`"):
        asyncio.run(story())


def test_a_lost_connection_is_told(settings: Settings, sandbox: SandboxControl) -> None:
    """A connection that was found lost is told without asking FreshBooks again."""

    async def story() -> str:
        async with looking(settings) as known:
            await connect(known, sandbox, ENOUGH)
            assert known.ledger is not None
            assert known.sealer is not None
            await LedgerTokens(known.ledger, known.sealer, utc_now).mark_lost(1, "It is spent.")
            return await reaching_books.connection(known)

    with pytest.raises(ConnectionLost, match="It is spent"):
        asyncio.run(story())

    assert 0 == sandbox.stats().get("freshbooks.refreshes", 0)


def test_the_age_of_the_token_is_told(settings: Settings, sandbox: SandboxControl) -> None:
    """A token that was just brought is good for the twelve hours that it has."""
    told = after_connecting(settings, sandbox)

    assert "renewed 0 min ago, good for 12 h 0 min more" in told


def test_enough_scopes(settings: Settings, sandbox: SandboxControl) -> None:
    """What was granted is held against what the rulebook needs."""
    told = after_connecting(settings, sandbox, reaching_books.scopes)

    assert "enough for the rulebook: profile, invoices, clients" == told


def test_missing_scopes_are_told(settings: Settings, sandbox: SandboxControl) -> None:
    """Each scope that a rule needs and that was not granted is named, with the mend."""
    with pytest.raises(ConfigurationError) as refusal:
        after_connecting(
            settings, sandbox, reaching_books.scopes, scope="user:profile:read user:clients:read"
        )

    assert "user:invoices:read:" in str(refusal.value)
    assert "user:clients:read" not in str(refusal.value)
    assert "`duebell connect freshbooks`" in str(refusal.value)


# -- the accounts


def test_an_account_that_is_well(settings: Settings, sandbox: SandboxControl) -> None:
    """An active account whose records can be read is told with its name."""
    told = after_connecting(settings, sandbox, the_account)

    assert "Harbor Lane Accounting (6BApk) is active; readable: invoices, clients" == told


def test_a_plan_without_bills_is_told(settings: Settings, sandbox: SandboxControl) -> None:
    """Where a rule is about bills and the plan has none, the feature is named, and no scope."""
    sandbox.set_scenario("no-bills")
    scope = f"{ENOUGH} user:bills:read user:bill_vendors:read"

    with pytest.raises(ConfigurationError) as refusal:
        after_connecting(settings, sandbox, the_account, INVOICES, BILLS, scope=scope)

    assert ["bills", "vendors"] == [
        fault.partition(" read ")[2].partition(":")[0] for fault in refusal.value.faults
    ]
    assert all("Accounts Payable" in fault for fault in refusal.value.faults)


def test_records_without_a_scope_are_told(settings: Settings, sandbox: SandboxControl) -> None:
    """A kind of record that the user may not read is named."""
    with pytest.raises(ConfigurationError) as refusal:
        after_connecting(
            settings, sandbox, the_account, scope="user:profile:read user:invoices:read"
        )

    (fault,) = refusal.value.faults
    assert "read clients" in fault
    assert "Accounts Payable" not in fault


def test_an_inactive_account_is_told_once(settings: Settings, sandbox: SandboxControl) -> None:
    """An account whose subscription is over is one fault, however many records it hides."""
    sandbox.set_scenario("account-inactive")

    with pytest.raises(ConfigurationError) as refusal:
        after_connecting(settings, sandbox, the_account)

    (fault,) = refusal.value.faults
    assert "6BApk is not active" in fault


@pytest.mark.parametrize(
    ("second_business", "names"),
    [
        (False, ["freshbooks", "webhooks"]),
        (True, ["freshbooks 6BApk", "freshbooks 9XyZw", "webhooks 6BApk", "webhooks 9XyZw"]),
    ],
)
def test_each_account_has_its_lines(
    settings: Settings, sandbox: SandboxControl, second_business: bool, names: list[str]
) -> None:
    """With several accounts each has lines of its own, by its id; with one there is no need."""
    sandbox.change_settings(second_business=second_business)
    everything = settings.model_copy(update={"freshbooks_account_ids": ()})
    found: list[tuple[str, bool]] = []

    async def look(known: Known) -> str:
        for name, check in ACCOUNT_CHECKS.items():
            found.extend((one.name, one.ok) for one in await look_at_accounts(name, check, known))
        return ""

    after_connecting(everything, sandbox, look)

    assert names == [name for name, _ in found]
    assert [name.startswith("freshbooks") for name in names] == [ok for _, ok in found]


# -- Twilio


def at_twilio(settings: Settings, look: Callable[[Known], Awaitable[str]]) -> str:
    """What a look at Twilio finds, after the look whether it answers."""

    async def story() -> str:
        async with looking(settings) as known:
            told = await reaching_texts.twilio(known)
            return told if look is reaching_texts.twilio else await look(known)

    return asyncio.run(story())


def test_twilio_is_well(settings: Settings) -> None:
    """Key, auth token, account and number are all looked at."""
    assert f"account {credentials.ACCOUNT_SID} is active" in at_twilio(
        settings, reaching_texts.twilio
    )
    assert credentials.FROM in at_twilio(settings, reaching_texts.sender)


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_a_suspended_account_is_told(
    settings: Settings, sandbox: SandboxControl, status: str
) -> None:
    """An account that Twilio has put to rest is told by its status."""
    sandbox.change_settings(twilio_account_status=status)

    with pytest.raises(ConfigurationError, match=f"is {status}"):
        at_twilio(settings, reaching_texts.twilio)


def test_a_wrong_auth_token_is_told(settings: Settings) -> None:
    """A token that signs none of Twilio's reports is found before the first report is refused."""
    wrong = random.Random(1).randbytes(16).hex()

    async def story() -> str:
        async with looking(settings) as known:
            assert known.twilio is not None
            keys = known.twilio.model_dump() | {"auth_tokens": [wrong]}
            known.twilio = TwilioCredentials(**keys)
            return await reaching_texts.twilio(known)

    with pytest.raises(ConfigurationError) as refusal:
        asyncio.run(story())

    assert "auth token from the Twilio console" in str(refusal.value)
    assert wrong not in str(refusal.value)


def test_a_number_that_is_not_ours_is_told(settings: Settings) -> None:
    """A sender that the account does not have is told before a text fails for it."""
    other = settings.model_copy(update={"twilio_from": "+13125550199"})

    with pytest.raises(ConfigurationError, match="has no number"):
        at_twilio(other, reaching_texts.sender)


def test_a_number_that_cannot_text_is_told(settings: Settings, sandbox: SandboxControl) -> None:
    """A number for calls alone is told."""
    sandbox.change_settings(twilio_number_texts=False)

    with pytest.raises(ConfigurationError, match="cannot send texts"):
        at_twilio(settings, reaching_texts.sender)


@pytest.mark.parametrize("sender", ["MG" + "5a4db0c5" * 4, "12345"])
def test_what_cannot_be_asked_is_said(settings: Settings, sender: str) -> None:
    """A service or a short code is honestly not checked, and that is no fault."""
    other = settings.model_copy(update={"twilio_from": sender})

    with pytest.raises(NotChecked) as reason:
        at_twilio(other, reaching_texts.sender)

    assert (False, True) == (reason.value.matters, sender in str(reason.value))
