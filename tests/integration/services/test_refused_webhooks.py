"""Events that FreshBooks does not let us subscribe to, and accounts that are out of reach."""

from __future__ import annotations

from typing import ClassVar

import pytest

from duebell.domain.connections import Callback
from duebell.domain.failures import (
    AccountInactive,
    CredentialsRefused,
    FeatureAbsent,
    ProviderError,
    RecordGone,
    RequestRefused,
    TryAgain,
)
from duebell.providers.freshbooks.client import FreshBooksClient
from duebell.subscriptions.stale import remove_stale
from duebell.subscriptions.subscribing import subscribe, unverified
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import ACCOUNT, Desk
from tests.integration.services.place import Place
from tests.integration.services.web_thread import WebThread
from tests.integration.services.webhooks_scene import events_there, need, ours, subscribed
from tests.ledger_scenes import column

OTHER_ACCOUNT = "9XyZw"
BILLS = "FreshBooks answered 403: errno 1003, You do not have access to bills."


class Particular(FreshBooksClient):
    """FreshBooks, which refuses bills, and whole accounts."""

    bills: ClassVar[ProviderError | None] = None
    accounts: ClassVar[dict[str, ProviderError]] = {}
    #: Accounts without any webhook; and those whose webhooks were asked for.
    empty: ClassVar[set[str]] = set()
    asked: ClassVar[list[str]] = []

    async def create_callback(self, account_id: str, event: str, uri: str) -> Callback:
        """Subscribe, if it is not about bills."""
        if self.bills is not None and event.startswith("bill"):
            raise self.bills
        return await super().create_callback(account_id, event, uri)

    async def callbacks(self, account_id: str) -> list[Callback]:
        """List, if the account is not out of reach."""
        self.asked.append(account_id)
        if account_id in self.accounts:
            raise self.accounts[account_id]
        if account_id in self.empty:
            return []
        return await super().callbacks(account_id)


@pytest.fixture
def particular(open_desk: OpenDesk, place: Place, web: WebThread) -> Desk:
    """A worker before a FreshBooks that refuses things."""
    Particular.bills, Particular.accounts = FeatureAbsent(BILLS), {}
    Particular.empty, Particular.asked = set(), []
    desk = open_desk(place, books_type=Particular)
    need(desk, "bill.create", "payment.create")
    return desk


def test_one_refused_event_does_not_hold_up_the_others(particular: Desk) -> None:
    """Without the bills feature payments are heard of, and what is missing is told everywhere."""
    result = subscribed(particular)

    missing = particular.run(particular.ledger.readiness(particular.place.public_url))
    assert [f"bill.create: {BILLS}"] == result.faults
    assert (["payment.create"], []) == (
        events_there(particular),
        particular.run(unverified(particular.runtime)),
    )
    assert [f"FreshBooks refuses the webhook for bill.create: {BILLS}"] == missing
    assert BILLS == ours(particular, "bill.create").refusal


@pytest.mark.parametrize(
    "failure",
    [
        RequestRefused("FreshBooks answered 422: Unrecognized event."),
        CredentialsRefused("FreshBooks answered 401."),
    ],
)
def test_every_kind_of_refusal_counts(particular: Desk, failure: ProviderError) -> None:
    """Plans are told by 403 or 401 and unknown events by 422: each is about that event alone."""
    Particular.bills = failure

    result = subscribed(particular)

    assert ([f"bill.create: {failure}"], ["payment.create"]) == (
        result.faults,
        events_there(particular),
    )


def test_a_refused_event_is_tried_again_after_an_hour(particular: Desk) -> None:
    """A feature that was bought since is noticed; FreshBooks is not asked all the time."""
    subscribed(particular)
    Particular.bills = None
    particular.later(minutes=59)
    too_early = subscribed(particular)
    particular.later(minutes=2)

    in_time = subscribed(particular)

    assert ([f"bill.create: {BILLS}"], 0) == (too_early.faults, too_early.created)
    assert ([], 1) == (in_time.faults, in_time.created)
    assert None is ours(particular, "bill.create").refusal
    assert 2 == len(events_there(particular))


def test_who_is_at_the_terminal_does_not_wait(particular: Desk) -> None:
    """An urgent round tries what was refused a moment ago."""
    subscribed(particular)
    Particular.bills = None

    result = particular.run(subscribe(particular.runtime, is_urgent=True))

    assert ([], 1) == (result.faults, result.created)


def test_an_inactive_account_does_not_hold_up_the_others(particular: Desk) -> None:
    """People are told of it once a day, and the other accounts get their webhooks."""
    Particular.bills = None
    Particular.accounts = {OTHER_ACCOUNT: AccountInactive("FreshBooks answered 403: errno 1042.")}
    particular.runtime.account_ids = (OTHER_ACCOUNT, ACCOUNT)

    results = [subscribed(particular) for _ in range(2)]

    fault = f"account {OTHER_ACCOUNT}: FreshBooks answered 403: errno 1042."
    assert [[fault], [fault]] == [result.faults for result in results]
    assert 2 == len(events_there(particular))
    day = f"{particular.clock():%Y-%m-%d}"
    assert [f"{OTHER_ACCOUNT}:inactive:{day}"] == column(
        particular.ledger, "select object_id from signals where event = 'connection.lost'"
    )


def test_an_account_that_refuses_us_does_not_hold_up_the_others(particular: Desk) -> None:
    """A 401 for one account's list is a fault of that account, when webhooks are made and removed,
    and the others get theirs.
    """
    Particular.bills = None
    Particular.accounts = {OTHER_ACCOUNT: CredentialsRefused("FreshBooks answered 401.")}
    particular.runtime.account_ids = (OTHER_ACCOUNT, ACCOUNT)

    made = subscribed(particular)
    need(particular, "payment.create")
    removed = particular.run(remove_stale(particular.runtime))

    fault = f"account {OTHER_ACCOUNT}: FreshBooks answered 401."
    assert ([fault], [fault]) == (made.faults, removed.faults)
    assert (1, ["payment.create"]) == (removed.removed, events_there(particular))


@pytest.mark.parametrize(
    ("failure", "asked"),
    [
        (CredentialsRefused("FreshBooks answered 401."), 1),
        (RecordGone("FreshBooks answered 404."), 1),
        (AccountInactive("FreshBooks answered 403: errno 1042."), 3),
    ],
)
def test_an_account_that_was_given_up_is_forgotten(
    particular: Desk, failure: ProviderError, asked: int
) -> None:
    """One that we may not see any more is asked about once, and not in every round; one that is
    only suspended may come back with its webhooks, and is asked about until it answers.
    """
    forget_account(particular)
    Particular.accounts = {ACCOUNT: failure}

    results = [particular.run(remove_stale(particular.runtime)) for _ in range(3)]

    assert [[], [], []] == [result.faults for result in results]
    assert [ACCOUNT] * asked == [one for one in Particular.asked if one == ACCOUNT]
    assert (asked > 1) is (ours(particular, "payment.create").callback_id is not None)
    assert not ours(particular, "payment.create").is_wanted


def test_nothing_is_forgotten_while_freshbooks_refuses_everything(particular: Desk) -> None:
    """Where no account lets us in, the webhooks of a former one are remembered for better days."""
    forget_account(particular)
    refusal = CredentialsRefused("FreshBooks answered 401.")
    Particular.accounts = {ACCOUNT: refusal, OTHER_ACCOUNT: refusal}

    particular.run(remove_stale(particular.runtime))

    assert ours(particular, "payment.create").callback_id


def forget_account(desk: Desk) -> None:
    """The account has webhooks and is not chosen any more; another one is."""
    Particular.bills = None
    subscribed(desk)
    Particular.empty, Particular.asked = {OTHER_ACCOUNT}, []
    desk.runtime.account_ids = (OTHER_ACCOUNT,)


def test_a_passing_fault_of_one_account_does_not_hold_up_the_others(particular: Desk) -> None:
    """The others get their webhooks, and the round is repeated for the one."""
    Particular.bills = None
    Particular.accounts = {OTHER_ACCOUNT: TryAgain("FreshBooks answered 503.")}
    particular.runtime.account_ids = (OTHER_ACCOUNT, ACCOUNT)

    with pytest.raises(TryAgain, match="503"):
        particular.run(subscribe(particular.runtime))

    assert 2 == len(events_there(particular))


def test_a_webhook_that_stays_unverified_is_not_asked_for_all_the_time(desk: Desk) -> None:
    """A resend may make verifiers worthless that are on their way, so the next one has to wait."""
    need(desk, "payment.create")
    desk.sandbox.change_settings(delivery_tries=1)  # and nobody listens
    desk.run(subscribe(desk.runtime))

    resent = []
    for _ in range(4):
        resent.append(desk.run(subscribe(desk.runtime)).resent)
        desk.later(minutes=3)

    assert [1, 0, 1, 0] == resent


def test_a_plan_without_bills(desk: Desk, web: WebThread) -> None:
    """On a plan without bills payments are heard of, and FreshBooks' own words tell the rest."""
    need(desk, "bill.create", "payment.create")
    desk.sandbox.set_scenario("no-bills", provider="freshbooks")

    result = subscribed(desk)

    assert ["payment.create"] == events_there(desk)
    assert ["bill.create"] == [fault.partition(":")[0] for fault in result.faults]
    assert "403" in str(ours(desk, "bill.create").refusal)


def test_a_suspended_account_is_told(desk: Desk) -> None:
    """An account that FreshBooks calls inactive is told to people, and a fault of the round."""
    need(desk, "payment.create")
    desk.sandbox.set_scenario("account-inactive", provider="freshbooks")

    result = desk.run(subscribe(desk.runtime))

    assert 1 == len(result.faults)
    assert [f"{ACCOUNT}:inactive:{desk.clock():%Y-%m-%d}"] == column(
        desk.ledger, "select object_id from signals where source = 'own'"
    )
