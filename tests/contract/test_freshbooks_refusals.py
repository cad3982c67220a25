"""What is refused, and why: the plan, the account, or who asks."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
import respx

from duebell.domain.books import Kind
from duebell.domain.failures import (
    AccountInactive,
    CredentialsRefused,
    FeatureAbsent,
    RecordGone,
    TryAgain,
)
from tests.contract.freshbooks_bench import Bench, FakeTokens, play
from tests.unit.providers.samples import sample

BASE = "/accounting/account/ACM123"
BILLS = f"{BASE}/bills/bills"
VENDORS = f"{BASE}/bill_vendors/bill_vendors"
INVOICE = f"{BASE}/invoices/invoices/987654"
IDENTITY = "/auth/api/v1/users/me"

UNAUTHENTICATED = {"error": "unauthenticated", "error_description": "This action requires…"}
NO_BILLS = {"response": {"errors": [{"errno": 1003, "message": "You do not have access to bills"}]}}
INACTIVE = {"response": {"errors": [{"errno": 1042, "message": "Inactive account"}]}}
NO_ROWS = {"response": {"result": {"bills": [], "page": 1, "pages": 0, "total": 0}}}


def taking(*tokens: str) -> Callable[[httpx.Request], httpx.Response]:
    """FreshBooks' word on who asks, where only these tokens are good."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers["Authorization"].removeprefix("Bearer ") in tokens:
            return httpx.Response(200, json=sample("freshbooks/users_me.json"))
        return httpx.Response(401, json=UNAUTHENTICATED)

    return answer


@pytest.mark.parametrize("path", [BILLS, f"{BILLS}/7", VENDORS, f"{VENDORS}/7"])
def test_bills_that_the_plan_lacks(path: str) -> None:
    """A 401 on bills whose token is good elsewhere means the plan, and costs no token."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        gated = api.get(path).respond(401, json=UNAUTHENTICATED)
        api.get(IDENTITY).mock(side_effect=taking("token-0"))
        kind = Kind.BILL if path.startswith(BILLS) else Kind.VENDOR
        one = at.client.bill if kind is Kind.BILL else at.client.vendor

        for _ in range(3):
            with pytest.raises(FeatureAbsent):
                await (
                    one("ACM123", "7")
                    if path.endswith("/7")
                    else at.client.list_page("ACM123", kind, 1)
                )

        assert (3, []) == (gated.call_count, at.tokens.refused)

    play(story)


def test_the_plan_without_a_word() -> None:
    """A 403 on bills that says nothing means the plan."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        api.get(BILLS).respond(403)

        with pytest.raises(FeatureAbsent):
            await at.client.list_page("ACM123", Kind.BILL, 1)

    play(story)


@pytest.mark.parametrize("status", [401, 403])
def test_the_plan_in_freshbooks_words(status: int) -> None:
    """Access denied to bills means the plan, with either status."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        api.get(BILLS).respond(status, json=NO_BILLS)
        if status == 401:
            api.get(IDENTITY).mock(side_effect=taking("token-0"))

        with pytest.raises(FeatureAbsent, match="You do not have access to bills"):
            await at.client.list_page("ACM123", Kind.BILL, 1)

        assert [] == at.tokens.refused

    play(story)


def test_an_expired_token_is_found_out_on_bills_too() -> None:
    """A 401 on bills with a token that is bad everywhere is mended by another token."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        refused = httpx.Response(401, json=UNAUTHENTICATED)
        api.get(BILLS).mock(side_effect=[refused, httpx.Response(200, json=NO_ROWS)])
        api.get(IDENTITY).mock(side_effect=taking("token-1"))

        page = await at.client.list_page("ACM123", Kind.BILL, 1)

        assert (0, ["token-0"]) == (page.pages, at.tokens.refused)

    play(story)


def test_bills_refused_with_a_new_token() -> None:
    """An expired token hides the plan's refusal once; the new token is not renewed again."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        bills = api.get(BILLS).respond(401, json=UNAUTHENTICATED)
        api.get(IDENTITY).mock(side_effect=taking("token-1"))

        for _ in range(2):
            with pytest.raises(FeatureAbsent):
                await at.client.list_page("ACM123", Kind.BILL, 1)

        assert (3, ["token-0"]) == (bills.call_count, at.tokens.refused)

    play(story)


def test_a_connection_that_is_refused_everywhere_is_no_missing_plan() -> None:
    """Where no token helps, bills say so as everything else does."""

    class Refusing(FakeTokens):
        async def renew(self, refused: str) -> str:
            raise CredentialsRefused

    async def story(at: Bench, api: respx.MockRouter) -> None:
        api.get(BILLS).respond(401, json=UNAUTHENTICATED)
        api.get(IDENTITY).mock(side_effect=taking())

        with pytest.raises(CredentialsRefused):
            await at.client.list_page("ACM123", Kind.BILL, 1)

    play(story, tokens=Refusing())


def test_a_401_that_cannot_be_told_now() -> None:
    """While nothing else answers either, a 401 on bills is neither the plan nor the token."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        api.get(BILLS).respond(401, json=UNAUTHENTICATED)
        identity = api.get(IDENTITY).respond(503, html="<html>")

        with pytest.raises(TryAgain):
            await at.client.list_page("ACM123", Kind.BILL, 1)

        assert (3, []) == (identity.call_count, at.tokens.refused)

    play(story)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 422, 429, 500, 503])
@pytest.mark.parametrize("path", [INVOICE, f"{BILLS}/987654"])
def test_an_inactive_account(path: str, status: int) -> None:
    """An account that ended is told from all else, with any status, and costs no token."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        route = api.get(path).respond(status, json=INACTIVE)
        ask = at.client.bill if path.startswith(BILLS) else at.client.invoice

        with pytest.raises(AccountInactive):
            await ask("ACM123", "987654")

        assert (1, [], []) == (route.call_count, at.tokens.refused, at.slept)

    play(story)


@pytest.mark.parametrize("errno", [1011, 1012])
@pytest.mark.parametrize("status", [404, 422, 200])
def test_deleted_and_unknown_records(status: int, errno: int) -> None:
    """What was deleted and what never was are both gone, also where the plan could be why."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        api.get(f"{BILLS}/7").respond(status, json={"response": {"errors": [{"errno": errno}]}})

        with pytest.raises(RecordGone):
            await at.client.bill("ACM123", "7")

    play(story)


def test_a_scope_that_was_not_granted() -> None:
    """Access denied to any kind of record is a missing scope, and no token would help."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        api.get(f"{BASE}/expenses/expenses").respond(403, json=NO_BILLS)

        with pytest.raises(FeatureAbsent):
            await at.client.list_page("ACM123", Kind.EXPENSE, 1)

        assert [] == at.tokens.refused

    play(story)


def test_a_page_of_the_edge_is_no_missing_plan() -> None:
    """A 403 by something in between passes, and is not taken for FreshBooks' word on bills."""

    async def story(at: Bench, api: respx.MockRouter) -> None:
        api.get(BILLS).respond(403, html="<html>Blocked</html>")

        with pytest.raises(TryAgain):
            await at.client.list_page("ACM123", Kind.BILL, 1)

    play(story)
