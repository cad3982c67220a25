"""The sandbox's Twilio account and its number."""

from __future__ import annotations

import httpx
import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import Program

ACCOUNT = f"/2010-04-01/Accounts/{credentials.ACCOUNT_SID}.json"
NUMBERS = f"/2010-04-01/Accounts/{credentials.ACCOUNT_SID}/IncomingPhoneNumbers.json"
BY_KEY = (credentials.API_KEY_SID, credentials.API_KEY_SECRET)
BY_TOKEN = (credentials.ACCOUNT_SID, credentials.AUTH_TOKEN)


def test_api_keys_may_not_read_the_account(program: Program, control: SandboxControl) -> None:
    """A standard key is told 401 with 20003, and the auth token gets the account."""
    refused = httpx.get(program.url + ACCOUNT, auth=BY_KEY)
    control.change_settings(twilio_account_status="suspended")

    told = httpx.get(program.url + ACCOUNT, auth=BY_TOKEN)

    assert (401, 20003) == (refused.status_code, refused.json()["code"])
    assert (200, "suspended") == (told.status_code, told.json()["status"])


@pytest.mark.parametrize(
    ("wanted", "found"),
    [(credentials.FROM, [credentials.FROM]), ("5550100", [credentials.FROM]), ("+13125550199", [])],
)
def test_numbers_are_found_by_their_parts(
    program: Program, control: SandboxControl, wanted: str, found: list[str]
) -> None:
    """The account has one number, which is found by any part of it."""
    listed = httpx.get(program.url + NUMBERS, auth=BY_KEY, params={"PhoneNumber": wanted}).json()

    assert found == [row["phone_number"] for row in listed["incoming_phone_numbers"]]


def test_a_number_may_not_send_texts(program: Program, control: SandboxControl) -> None:
    """The number can send texts unless it is turned off."""
    before = httpx.get(program.url + NUMBERS, auth=BY_KEY).json()["incoming_phone_numbers"][0]
    control.change_settings(twilio_number_texts=False)

    after = httpx.get(program.url + NUMBERS, auth=BY_KEY).json()["incoming_phone_numbers"][0]

    assert (True, False) == (before["capabilities"]["sms"], after["capabilities"]["sms"])
