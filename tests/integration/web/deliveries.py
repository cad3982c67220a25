"""What FreshBooks and Twilio send, signed here a second time and independently of the product."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

ACCOUNT = "6BApk"
VERIFIER = "scADVVi5QuKuj5qTjVkbJNYQe7V7USpGd"
NEWER_VERIFIER = "UWQfd9zCzxmVwFZWKqqKwLxqz8gvzGdAn"
PUBLIC_URL = "https://hooks.firm.example/duebell"
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
FORM = "application/x-www-form-urlencoded"


def a_delivery(**changes: str) -> dict[str, str]:
    """The form of a delivery, in an order that the documentation does not have."""
    form = {"user_id": "1", "name": "invoice.create", "object_id": "42", "account_id": ACCOUNT}
    return {**form, "system": "https://firm.freshbooks.example", **changes}


def a_handshake(**changes: str) -> dict[str, str]:
    """The form of a handshake."""
    return a_delivery(
        **{"name": "callback.verify", "object_id": "2001", "verifier": NEWER_VERIFIER, **changes}
    )


def freshbooks_signature(fields: dict[str, str], verifier: str) -> str:
    """FreshBooks' signature, worked out here a second time."""
    pairs = ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in fields.items())
    digest = hmac.new(verifier.encode(), ("{" + pairs + "}").encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def delivery(fields: dict[str, str], verifier: str | None) -> dict[str, Any]:
    """The content and headers of a delivery."""
    headers = {"content-type": FORM}
    if verifier is not None:
        headers["x-freshbooks-hmac-sha256"] = freshbooks_signature(fields, verifier)
    return {"content": urlencode(fields).encode(), "headers": headers}


def a_report(**changes: str) -> list[tuple[str, str]]:
    """The parameters of a status callback."""
    form = {
        "AccountSid": "AC" + "0" * 32,
        "MessageSid": "SM" + "a" * 32,
        "MessageStatus": "delivered",
        "ErrorCode": "",
        "To": "+12125550101",
        "SomethingNew": "1",
        **changes,
    }
    return list(form.items())


def twilio_signature(
    query: str,
    params: list[tuple[str, str]],
    token: str,
    *,
    address: str = "status",
    algorithm: str = "sha1",
) -> str:
    """Twilio's signature, worked out here a second time."""
    text = f"{PUBLIC_URL}/webhooks/twilio/{address}{query}"
    text += "".join(name + value for name, value in sorted(params))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), algorithm)).decode()
