"""FreshBooks' identity: who agreed, and which businesses that person may see.

https://www.freshbooks.com/api/me_endpoint
"""

from __future__ import annotations

from typing import Any

from duebell.sandbox.businesses import FIRST, Business
from duebell.sandbox.exchange import Answer, Call, json_answer
from duebell.sandbox.firms import Firms
from duebell.sandbox.freshbooks_gate import Gate
from duebell.sandbox.freshbooks_oauth import FreshBooksOAuth


class FreshBooksIdentity:
    """The family below ``/auth``: tokens, and ``users/me``."""

    def __init__(self, firms: Firms, gate: Gate, oauth: FreshBooksOAuth) -> None:
        self._firms = firms
        self._gate = gate
        self._oauth = oauth

    async def answer(self, call: Call) -> Answer:
        """Answer a call below ``/auth``."""
        where = (call.method, "/".join(call.parts[1:]))
        if where == ("POST", "oauth/token"):
            return self._oauth.grant(call)
        if where == ("POST", "oauth/revoke"):
            return self._oauth.revoke(call)
        if where == ("GET", "api/v1/users/me"):
            await self._gate.admit(call, "auth")
            businesses = [firm.business for firm in self._firms.seen()]
            return self._gate.with_rate(json_answer(200, {"response": _identity(businesses)}))
        return json_answer(404, {"message": "The requested resource was not found."})


def _identity(businesses: list[Business]) -> dict[str, Any]:
    accounts = [business.account_id for business in businesses]
    # A person may belong to a business of which they are merely a client.
    supplier = _business(FIRST.id + 1, "A supplier", None, FIRST)
    return {
        "id": 1234,
        "identity_id": 1234,
        "identity_uuid": "5a4db0c5-0000-4000-8000-000000001234",
        "first_name": "Dana",
        "last_name": "Harbor",
        "email": "dana@harborlane.example",
        "language": "en",
        "permissions": {account: {} for account in accounts},
        "subscription_statuses": dict.fromkeys(accounts, "active"),
        "business_memberships": [
            *(_membership(business) for business in businesses),
            {"id": 140131, "role": "client", "business": supplier},
        ],
        "roles": [
            {"id": 1968208, "role": "admin", "userid": 1, "accountid": account}
            for account in accounts
        ],
    }


def _membership(business: Business) -> dict[str, Any]:
    content = _business(business.id, business.name, business.account_id, business)
    return {"id": business.membership_id, "role": "owner", "business": content}


def _business(number: int, name: str, account: str | None, place: Business) -> dict[str, Any]:
    return {
        "id": number,
        "business_uuid": f"5a4db0c5-0000-4000-8000-{number:012d}",
        "name": name,
        "account_id": account,
        "timezone": place.time_zone,
        "date_format": "mm/dd/yyyy",
        "address": {"id": 76433, "city": place.city, "country": place.country},
        "phone_number": {"id": 666111, "phone_number": "312-555-0199"},
        "business_clients": [],
    }
