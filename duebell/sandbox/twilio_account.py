"""Twilio's account and the number that it rents.

https://www.twilio.com/docs/iam/api/account,
https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from __future__ import annotations

from typing import Any

from duebell.sandbox import credentials
from duebell.sandbox.exchange import Answer, Call, json_answer
from duebell.sandbox.state import State
from duebell.sandbox.twilio_wire import error_answer

_ACCOUNT = ["2010-04-01", "Accounts", f"{credentials.ACCOUNT_SID}.json"]
_NUMBERS = ["2010-04-01", "Accounts", credentials.ACCOUNT_SID, "IncomingPhoneNumbers.json"]


def answer_about_account(state: State, call: Call, *, has_auth_token: bool) -> Answer | None:
    """Answer a question about the account or its numbers; None for any other call."""
    if call.method != "GET":
        return None
    if call.parts == _ACCOUNT:
        # A standard API key is good for everything but accounts and keys.
        if not has_auth_token:
            return error_answer(401, 20003, "Authenticate")
        return json_answer(200, _account(state))
    if call.parts == _NUMBERS:
        return json_answer(200, _numbers(state, call.query().get("PhoneNumber", "")))
    return None


def _account(state: State) -> dict[str, Any]:
    return {
        "sid": credentials.ACCOUNT_SID,
        "friendly_name": credentials.BUSINESS_NAME,
        "status": state.tunables.twilio_account_status,
        "type": "Full",
        "uri": f"/2010-04-01/Accounts/{credentials.ACCOUNT_SID}.json",
    }


def _numbers(state: State, wanted: str) -> dict[str, Any]:
    # Twilio finds parts of numbers too.
    found = [_number(state)] if wanted in credentials.FROM else []
    return {
        "incoming_phone_numbers": found,
        "page": 0,
        "page_size": 50,
        "start": 0,
        "end": max(len(found) - 1, 0),
        "next_page_uri": None,
    }


def _number(state: State) -> dict[str, Any]:
    can = {"voice": True, "sms": state.tunables.twilio_number_texts, "mms": False, "fax": False}
    return {
        "sid": "PN" + "5a4db0c5" * 4,
        "account_sid": credentials.ACCOUNT_SID,
        "phone_number": credentials.FROM,
        "capabilities": can,
        "status": "in-use",
    }
