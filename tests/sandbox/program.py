"""The sandbox as a program of its own, and short words for talking to it."""

from __future__ import annotations

import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.sandbox.subscriber import Subscriber

ROOT = Path(__file__).parents[2]
CALLBACKS = f"/events/account/{credentials.ACCOUNT_ID}/events/callbacks"
BOOKS = f"/accounting/account/{credentials.ACCOUNT_ID}"
MESSAGES = f"/2010-04-01/Accounts/{credentials.ACCOUNT_SID}/Messages"
RECIPIENT = "+12125550101"
INVOICE_SCOPE = "user:invoices:read"


class Program:
    """``python -m duebell.sandbox`` on a free port, until it is ended."""

    def __init__(self, state: Path, *options: str) -> None:
        command = [sys.executable, "-m", "duebell.sandbox", "--port", "0", "--state", str(state)]
        command += options
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().rpartition(" ")[2].strip()

    def end(self) -> int:
        """Ask it to end; gives its exit code."""
        self.process.terminate()
        code = self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


#: Without certificates, whose loading would take longer than most tests; nothing here is HTTPS.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def open_http(url: str, **options: Any) -> httpx.Client:
    """A client of a vendor that the program plays."""
    return httpx.Client(base_url=url, timeout=5, verify=_NO_CERTIFICATES, **options)


def refresh(http: httpx.Client, token: str) -> httpx.Response:
    """Ask for a new token pair."""
    order = {
        "grant_type": "refresh_token",
        "client_id": credentials.CLIENT_ID,
        "client_secret": credentials.CLIENT_SECRET,
        "refresh_token": token,
    }
    return http.post("/auth/oauth/token", json=order)


def redeem(http: httpx.Client, code: str, **more: str) -> httpx.Response:
    """Ask for a token pair for a code."""
    order = {
        "grant_type": "authorization_code",
        "client_id": credentials.CLIENT_ID,
        "client_secret": credentials.CLIENT_SECRET,
        "code": code,
        **more,
    }
    return http.post("/auth/oauth/token", json=order)


def log_in(http: httpx.Client, control: SandboxControl) -> None:
    """Let further calls carry a good access token."""
    _carry(http, refresh(http, control.credentials()["refresh_token"]))


def log_in_for(http: httpx.Client, control: SandboxControl, scope: str) -> None:
    """Let further calls carry an access token for these scopes only."""
    agreed = control.authorize(scope=scope, redirect_uri=credentials.REDIRECT_URI)
    _carry(http, redeem(http, agreed["code"], redirect_uri=credentials.REDIRECT_URI))


def _carry(http: httpx.Client, response: httpx.Response) -> None:
    http.headers["Authorization"] = f"Bearer {response.json()['access_token']}"


def subscribe(books: httpx.Client, subscriber: Subscriber, event: str) -> tuple[int, str]:
    """A verified callback: its id and its verifier. Forgets the handshake."""
    order = {"callback": {"event": event, "uri": f"{subscriber.url}/hook"}}
    made = books.post(CALLBACKS, json=order).json()["response"]["result"]["callback"]
    verifier = subscriber.received.pop().form["verifier"]
    number: int = made["callbackid"]
    path = f"{CALLBACKS}/{number}"
    books.put(path, json={"callback": {"verifier": verifier}}).raise_for_status()
    return number, verifier


def send_text(http: httpx.Client, **fields: str) -> httpx.Response:
    """Ask Twilio for a text."""
    form = {"To": RECIPIENT, "From": credentials.FROM, "Body": "Invoice INV-00001", **fields}
    return http.post(f"{MESSAGES}.json", data=form)


EMAILS = "/v1/Emails"
MAIL = "/v3/mail/send"
READER = "kim@alder.example"


def send_email(http: httpx.Client, **changes: Any) -> httpx.Response:
    """Ask Twilio Email for an email; what is None is left out."""
    content = {"subject": "Invoice 1", "html": "<p>Invoice 1</p>", "text": "Invoice 1"}
    order = {
        "from": {"address": credentials.EMAIL_FROM, "name": "Harbor Lane"},
        "to": [{"address": READER, "name": "Kim"}],
        "content": {**content, **changes.pop("content", {})},
        "tags": {"nid": "ntf_01", "attempt": "1"},
        **changes,
    }
    return http.post(EMAILS, json={name: value for name, value in order.items() if value})


def send_mail(http: httpx.Client, **changes: Any) -> httpx.Response:
    """Ask SendGrid for an email; what is None is left out."""
    arguments = {"nid": "ntf_01", "attempt": "1"}
    order = {
        "personalizations": [{"to": [{"email": READER}], "custom_args": arguments}],
        "from": {"email": credentials.EMAIL_FROM, "name": "Harbor Lane"},
        "subject": "Invoice 1",
        "content": [
            {"type": "text/plain", "value": "Invoice 1"},
            {"type": "text/html", "value": "<p>Invoice 1</p>"},
        ],
        **changes,
    }
    return http.post(MAIL, json={name: value for name, value in order.items() if value})


def rows_of(books: httpx.Client, path: str, **query: Any) -> list[dict[str, Any]]:
    """The rows of a list, by a path such as ``bills/bills``; the query is what is searched for."""
    searches = {f"search[{name}]": value for name, value in query.items()}
    result = result_of(books.get(f"{BOOKS}/{path}", params=searches))
    rows: list[dict[str, Any]] = result[path.rpartition("/")[2]]
    return rows


def result_of(response: httpx.Response) -> dict[str, Any]:
    """What stands in FreshBooks' envelope."""
    response.raise_for_status()
    result: dict[str, Any] = response.json()["response"]["result"]
    return result
