"""FreshBooks' refusals: their statuses and shapes, and what brings them about."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import BOOKS, CALLBACKS, Program, log_in_for, refresh

INVOICES = f"{BOOKS}/invoices/invoices"
CLIENTS = f"{BOOKS}/users/clients"
BILLS = f"{BOOKS}/bills/bills"
VENDORS = f"{BOOKS}/bill_vendors/bill_vendors"
ME = "/auth/api/v1/users/me"


def _error(answer: httpx.Response) -> dict[str, Any]:
    """The first error in the usual shape."""
    error: dict[str, Any] = answer.json()["response"]["errors"][0]
    return error


def test_deleted_ones_may_be_unreadable(books: httpx.Client, control: SandboxControl) -> None:
    """By the setting, reading a deleted record gets 404 and 1011, and listing it still works."""
    (record,) = control.fire(fields={"vis_state": 1})
    control.change_settings(deleted_readable=False)

    answer = books.get(f"{INVOICES}/{record['id']}")

    assert (404, 1011) == (answer.status_code, _error(answer)["errno"])
    assert (
        1
        == books.get(INVOICES, params={"search[vis_state]": 1}).json()["response"]["result"][
            "total"
        ]
    )


def test_removed_ones_may_be_deleted_ones(books: httpx.Client, control: SandboxControl) -> None:
    """By the setting, what is gone for good gets 1011; what never was there gets 1012."""
    (record,) = control.fire()
    control.change_invoice(record["id"], removed=True)
    control.change_settings(removed_errno=1011)

    found = [_error(books.get(f"{INVOICES}/{number}"))["errno"] for number in (record["id"], 9)]

    assert [1011, 1012] == found


def test_dated_errors_have_another_shape(books: httpx.Client, control: SandboxControl) -> None:
    """Callers of a dated version find the number in the details."""
    control.set_scenario("dated-errors")

    unknown = books.get(f"{CLIENTS}/12345")
    control.set_scenario("401-once")
    refused = books.get(CLIENTS)

    (detail,) = unknown.json()["details"]
    assert (404, 5, "1012") == (unknown.status_code, unknown.json()["code"], detail["reason"])
    assert ("userid", "12345") == (detail["metadata"]["field"], detail["metadata"]["value"])
    assert (401, 16) == (refused.status_code, refused.json()["code"])
    assert "1003" == refused.json()["details"][0]["reason"]


def test_an_error_may_come_with_200(books: httpx.Client, control: SandboxControl) -> None:
    """The status says success, the body says error; once, and on calls for records only."""
    control.set_scenario("200-error", count=1)

    identity = books.get(ME).json()
    answer, after = books.get(CLIENTS), books.get(CLIENTS)

    assert "errors" not in identity["response"]
    assert (200, 1004) == (answer.status_code, _error(answer)["errno"])
    assert "result" in after.json()["response"]


@pytest.mark.parametrize("status", [502, 503])
@pytest.mark.parametrize("path", [ME, CLIENTS, CALLBACKS])
def test_the_front_end_speaks_html(
    books: httpx.Client, control: SandboxControl, status: int, path: str
) -> None:
    """Where FreshBooks itself does not answer, a page does."""
    control.set_scenario(str(status), count=1)

    answer = books.get(path)

    assert (status, "text/html") == (answer.status_code, answer.headers["content-type"])


def test_too_many_may_not_say_how_long(books: httpx.Client, control: SandboxControl) -> None:
    """A 429 comes with or without Retry-After."""
    found = []
    for name in ("429", "429-bare"):
        control.set_scenario(name, count=1, provider="freshbooks")
        answer = books.get(CLIENTS)
        found.append((answer.status_code, answer.headers.get("retry-after")))

    assert [(429, "1"), (429, None)] == found


@pytest.mark.parametrize("path", [ME, CLIENTS, f"{CLIENTS}/20001", CALLBACKS])
def test_good_answers_speak_of_rates_too(books: httpx.Client, path: str) -> None:
    """Retry-After and the rest stand on every 200, and mean nothing there."""
    headers = books.get(path).headers

    assert ("600", "596") == (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"])
    assert {"x-ratelimit-reset", "retry-after"} <= set(headers)


def test_a_real_limit(books: httpx.Client, control: SandboxControl) -> None:
    """With a limit, the calls beyond it are refused with the seconds that are left."""
    control.change_settings(rate_limit_per_minute=2)

    answers = [books.get(path) for path in (CLIENTS, CALLBACKS, CLIENTS)]

    assert [200, 200, 429] == [answer.status_code for answer in answers]
    assert ["1", "0"] == [answer.headers["x-ratelimit-remaining"] for answer in answers[:2]]
    assert 0 < int(answers[2].headers["retry-after"]) <= 60
    assert 1 == control.stats()["freshbooks.429s"]


@pytest.mark.parametrize(
    ("path", "shape"), [(CLIENTS, "response"), (CALLBACKS, "errno"), (INVOICES, "response")]
)
def test_an_account_can_be_inactive(
    books: httpx.Client, control: SandboxControl, path: str, shape: str
) -> None:
    """Records and callbacks are refused with 1042; who one is can still be asked."""
    control.set_scenario("account-inactive")

    answer = books.get(path)

    assert (403, True) == (answer.status_code, shape in answer.json())
    assert "1042" in answer.text
    assert 200 == books.get(ME).status_code


def test_a_plan_can_lack_bills(books: httpx.Client, control: SandboxControl) -> None:
    """Bills, vendors and webhooks about them are refused, everything else is not."""
    control.set_scenario("no-bills")
    order = {"uri": "http://127.0.0.1:9/hook"}

    found = [books.get(path) for path in (BILLS, VENDORS, f"{BILLS}/1", INVOICES)]
    hooks = [
        books.post(CALLBACKS, json={"callback": {**order, "event": event}})
        for event in ("bill.create", "bill_vendor", "invoice")
    ]

    assert [403, 403, 403, 200] == [answer.status_code for answer in found]
    message = "You do not have access to bill vendors."
    assert (1003, message) == (_error(found[0])["errno"], _error(found[0])["message"])
    assert [403, 403, 200] == [answer.status_code for answer in hooks]
    assert {"errno": 403, "message": message} == hooks[0].json()


def test_scopes_open_what_they_say(program: Program, control: SandboxControl) -> None:
    """A token reads and subscribes to what was agreed to, and nothing else."""
    with httpx.Client(base_url=program.url) as http:
        log_in_for(http, control, "user:invoices:read user:clients:read")
        paths = (ME, INVOICES, CLIENTS, BILLS, f"{BOOKS}/payments/payments")
        found = [http.get(path) for path in paths]
        order = {"event": "payment.create", "uri": "http://127.0.0.1:9/hook"}
        hook = http.post(CALLBACKS, json={"callback": order})

    assert [200, 200, 200, 403, 403] == [answer.status_code for answer in found]
    assert 1003 == _error(found[3])["errno"]
    assert (403, 403) == (hook.status_code, hook.json()["errno"])


def test_scopes_outlast_a_refresh(program: Program, control: SandboxControl) -> None:
    """The pair that a refresh brings has the scopes of the pair before it."""
    with httpx.Client(base_url=program.url) as http:
        log_in_for(http, control, "user:invoices:read")

        pair = refresh(http, control.credentials()["refresh_token"]).json()
        http.headers["Authorization"] = f"Bearer {pair['access_token']}"
        found = [http.get(path).status_code for path in (INVOICES, CLIENTS)]

    assert ["user:profile:read", "user:invoices:read"] == pair["scope"].split()
    assert [200, 403] == found


def test_accounts_are_looked_for_before_tokens(program: Program, control: SandboxControl) -> None:
    """An unknown account gets 404 even without a token."""
    answer = httpx.get(f"{program.url}/accounting/account/nobody/users/clients")

    assert (404, "Account not found") == (answer.status_code, _error(answer)["message"])


def test_a_token_endpoint_in_trouble(program: Program, control: SandboxControl) -> None:
    """A page instead of tokens leaves the refresh token as good as before."""
    control.set_scenario("token-502", count=1)
    with httpx.Client(base_url=program.url) as http:
        first = refresh(http, credentials.REFRESH_TOKEN)
        second = refresh(http, credentials.REFRESH_TOKEN)

    assert (502, 200) == (first.status_code, second.status_code)


def test_a_refresh_may_need_its_address(program: Program, control: SandboxControl) -> None:
    """By the setting, a refresh without redirect_uri is refused, and the token stays good."""
    control.change_settings(refresh_needs_redirect_uri=True)
    with httpx.Client(base_url=program.url) as http:
        refused = refresh(http, credentials.REFRESH_TOKEN)
        control.change_settings(refresh_needs_redirect_uri=False)
        again = refresh(http, credentials.REFRESH_TOKEN)

    assert (400, "invalid_request") == (refused.status_code, refused.json()["error"])
    assert 200 == again.status_code


@pytest.mark.parametrize(
    "settings",
    [
        {"second_business": "yes"},
        {"callback_times": "swatch"},
        {"removed_errno": 1},
        {"rate_limit_per_minute": "many"},
    ],
)
def test_settings_have_values(control: SandboxControl, settings: dict[str, Any]) -> None:
    """A value that a setting cannot have is refused, and none of the settings changes."""
    before = control.change_settings()

    with pytest.raises(httpx.HTTPStatusError):
        control.change_settings(slow_seconds=9, **settings)

    assert before == control.change_settings()
