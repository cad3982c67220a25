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

#: The other business of the same person; only seen while the setting ``second_business`` is on.
SECOND_ACCOUNT_ID = "9XyZw"
SECOND_BUSINESS_ID = 7654
SECOND_BUSINESS_NAME = "Kauri Point Bookkeeping"
SECOND_TIME_ZONE = "Pacific/Auckland"

#: Where FreshBooks sends the browser back to, unless the setting ``redirect_uris`` says otherwise.
REDIRECT_URI = "https://duebell.example/oauth"

ACCOUNT_SID = "AC" + "5a4db0c5" * 4
API_KEY_SID = "SK" + "5a4db0c5" * 4
API_KEY_SECRET = "5ec2e7" * 5 + "00"
AUTH_TOKEN = "0123456789abcdef" * 2
#: The one that signs callbacks after a rotation, and a key of the account's for webhooks alone.
SECOND_AUTH_TOKEN = "fedcba9876543210" * 2
SHARED_KEY_SID = "webhooks_sharedkey_" + "5a4db0c5" * 4
SHARED_KEY_SECRET = "5ea1ed" * 5 + "00"

#: The number that texts come from.
FROM = "+12125550100"
#: The address that emails come from, and the one domain that may send any.
EMAIL_DOMAIN = "harborlane.example"
EMAIL_FROM = f"billing@{EMAIL_DOMAIN}"

SENDGRID_API_KEY = "SG." + "5a4db0c5" * 2 + "5a4db0." + "5ec2e7" * 7 + "0"
#: The private key of SendGrid's events is this number, and this the public one that goes with it.
SENDGRID_PRIVATE_NUMBER = int("5a4db0c5" * 8, 16)
SENDGRID_WEBHOOK_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE020OUSm8CEXzQJR7Fq2xrDcRfd6tG6fZ91DRf0R0LU4h"
    "CvF6h8mcAwhexDuESYy/JPylzMuDA/X/57eE+lCHrA=="
)


def as_settings() -> dict[str, str]:
    """All of them as a person writes them into the environment, with the first refresh token."""
    return {
        "DUEBELL_FRESHBOOKS_CLIENT_ID": CLIENT_ID,
        "DUEBELL_FRESHBOOKS_CLIENT_SECRET": CLIENT_SECRET,
        "DUEBELL_FRESHBOOKS_REDIRECT_URI": REDIRECT_URI,
        "DUEBELL_FRESHBOOKS_REFRESH_TOKEN": REFRESH_TOKEN,
        "DUEBELL_TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "DUEBELL_TWILIO_API_KEY_SID": API_KEY_SID,
        "DUEBELL_TWILIO_API_KEY_SECRET": API_KEY_SECRET,
        "DUEBELL_TWILIO_AUTH_TOKENS": AUTH_TOKEN,
        "DUEBELL_TWILIO_FROM": FROM,
        "DUEBELL_TWILIO_EMAIL_FROM": EMAIL_FROM,
        "DUEBELL_SENDGRID_API_KEY": SENDGRID_API_KEY,
        "DUEBELL_SENDGRID_WEBHOOK_KEY": SENDGRID_WEBHOOK_KEY,
        "DUEBELL_SENDGRID_EMAIL_FROM": EMAIL_FROM,
    }


def as_json() -> dict[str, str]:
    """All of them but the refresh token, which rotates, by the names of the control interface."""
    return {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uri": REDIRECT_URI,
        "account_id": ACCOUNT_ID,
        "second_account_id": SECOND_ACCOUNT_ID,
        "account_sid": ACCOUNT_SID,
        "api_key_sid": API_KEY_SID,
        "api_key_secret": API_KEY_SECRET,
        "auth_token": AUTH_TOKEN,
        "second_auth_token": SECOND_AUTH_TOKEN,
        "shared_key_sid": SHARED_KEY_SID,
        "shared_key_secret": SHARED_KEY_SECRET,
        "from": FROM,
        "email_from": EMAIL_FROM,
        "sendgrid_api_key": SENDGRID_API_KEY,
        "sendgrid_webhook_key": SENDGRID_WEBHOOK_KEY,
    }
