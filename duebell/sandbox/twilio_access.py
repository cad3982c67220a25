"""HTTP Basic with the API key or the auth token, which open texts and emails alike.

https://www.twilio.com/docs/usage/requests-to-twilio
"""

from __future__ import annotations

import base64

from duebell.sandbox import credentials
from duebell.sandbox.exchange import Call


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


_WITH_AUTH_TOKEN = _basic(credentials.ACCOUNT_SID, credentials.AUTH_TOKEN)
_WITH_API_KEY = _basic(credentials.API_KEY_SID, credentials.API_KEY_SECRET)


def has_auth_token(call: Call) -> bool:
    """Whether the call carries the account's SID and its auth token."""
    return call.header(b"authorization") == _WITH_AUTH_TOKEN


def is_known(call: Call) -> bool:
    """Whether the call carries the API key, or the auth token."""
    return has_auth_token(call) or call.header(b"authorization") == _WITH_API_KEY
