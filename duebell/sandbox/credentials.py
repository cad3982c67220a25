"""The sandbox's well-known credentials: right in shape, plainly not anybody's, the same everywhere.

They open nothing but a sandbox. Shapes: https://www.twilio.com/docs/glossary/what-is-a-sid and
https://www.freshbooks.com/api/authentication.
"""

from __future__ import annotations

CLIENT_ID = "5a4db0c5" * 8
CLIENT_SECRET = "0123abcd" * 8

#: The refresh token that a fresh sandbox accepts, once.
REFRESH_TOKEN = "5eed0000" * 8

ACCOUNT_ID = "6BApk"
BUSINESS_ID = 6543
BUSINESS_NAME = "Harbor Lane Accounting"
TIME_ZONE = "America/Chicago"

ACCOUNT_SID = "AC" + "5a4db0c5" * 4
API_KEY_SID = "SK" + "5a4db0c5" * 4
API_KEY_SECRET = "5ec2e7" * 5 + "00"
AUTH_TOKEN = "0123456789abcdef" * 2

#: The number that texts come from.
FROM = "+12125550100"


def as_json() -> dict[str, str]:
    """All of them but the refresh token, which rotates, by the names of the control interface."""
    return {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "account_id": ACCOUNT_ID,
        "account_sid": ACCOUNT_SID,
        "api_key_sid": API_KEY_SID,
        "api_key_secret": API_KEY_SECRET,
        "auth_token": AUTH_TOKEN,
        "from": FROM,
    }
