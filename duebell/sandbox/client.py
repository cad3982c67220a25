"""The control interface from outside: for the command line, tests and benchmarks."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Any, Self

import httpx


class SandboxControl:
    """A connection to a running sandbox.

    Every method raises ``httpx.HTTPStatusError`` where the sandbox refuses; its answer says why.
    """

    def __init__(self, base_url: str, timeout_seconds: float = 60.0) -> None:
        self.base_url = base_url.rstrip("/")
        self._client = httpx.Client(base_url=f"{self.base_url}/_sandbox", timeout=timeout_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def health(self) -> dict[str, Any]:
        """Answers when the sandbox does."""
        return self._object("GET", "/health")

    def credentials(self) -> dict[str, str]:
        """What opens this sandbox, with the refresh token that is valid now."""
        return self._object("GET", "/credentials")

    def stats(self) -> dict[str, int]:
        """All counters."""
        return self._object("GET", "/stats")

    def messages(self, to: str | None = None) -> list[dict[str, Any]]:
        """The accepted texts, oldest first."""
        return self._list("/messages", None if to is None else {"to": to})

    def emails(self, to: str | None = None) -> list[dict[str, Any]]:
        """The emails that either provider accepted, oldest first."""
        return self._list("/emails", None if to is None else {"to": to})

    def sends(self) -> dict[tuple[str, str], int]:
        """How often each notification was accepted for each recipient, by any provider."""
        counted: Counter[tuple[str, str]] = Counter()
        for row in self._list("/sends"):
            counted[row["notification_id"], row["to"]] += row["count"]
        return dict(counted)

    def deliveries(self) -> list[dict[str, Any]]:
        """Every try of every webhook delivery, in the order in which they ended."""
        return self._list("/deliveries")

    def callbacks(self) -> list[dict[str, Any]]:
        """The webhook subscriptions."""
        return self._list("/callbacks")

    def clients(self, account: str | None = None) -> list[dict[str, Any]]:
        """A firm's clients; without an account, the first firm's."""
        return self.records("clients", account)

    def invoices(self, account: str | None = None) -> list[dict[str, Any]]:
        """A firm's invoices."""
        return self.records("invoices", account)

    def records(self, table: str, account: str | None = None) -> list[dict[str, Any]]:
        """All of clients, invoices, payments, bills, vendors or expenses."""
        return self._list(f"/{table}", None if account is None else {"account": account})

    def fire(
        self, event: str = "invoice.create", count: int = 1, **options: Any
    ) -> list[dict[str, Any]]:
        """Let something happen; gives the records back.

        Options: account, client, vendor, fields, objects, change, copies, concurrency, deliver,
        wait.
        """
        order = {"event": event, "count": count, **options}
        records: list[dict[str, Any]] = self._object("POST", "/fire", order)["records"]
        return records

    def reply(self, sender: str, body: str, **options: str) -> dict[str, Any]:
        """Let a person answer our number; gives the webhook's status, None where none is posted.

        Options: opt_out_type, url.
        """
        return self._object("POST", "/replies", {"from": sender, "body": body, **options})

    def set_scenario(
        self,
        name: str,
        count: int | None = None,
        match: str | None = None,
        provider: str | None = None,
        code: str | int | None = None,
    ) -> dict[str, Any]:
        """Switch a scenario on; ``code`` is the error code that it brings instead of its own."""
        order = {"name": name, "count": count, "match": match, "provider": provider, "code": code}
        return self._object("POST", "/scenarios", order)

    def clear_scenarios(self) -> None:
        """Switch all scenarios off."""
        self._client.delete("/scenarios").raise_for_status()

    def change_settings(self, **settings: Any) -> dict[str, Any]:
        """Turn the sandbox's settings."""
        return self._object("POST", "/settings", settings)

    def populate(self, **counts: Any) -> dict[str, int]:
        """Make many records at once without telling anybody; gives how many of each.

        Counts: clients, vendors, invoices, payments, bills, expenses, and overdue ones among the
        invoices. Options: account, days_past_due, spread_days.
        """
        return self._object("POST", "/populate", counts)

    def change_invoice(self, invoice_id: int, **fields: Any) -> dict[str, Any]:
        """Change an invoice without telling anybody."""
        return self.change_record("invoices", invoice_id, **fields)

    def change_client(self, client_id: int, **fields: Any) -> dict[str, Any]:
        """Change a client without telling anybody."""
        return self.change_record("clients", client_id, **fields)

    def change_record(self, table: str, record_id: int, **fields: Any) -> dict[str, Any]:
        """Change any record without telling anybody; ``account`` names the books."""
        return self._object("POST", f"/{table}/{record_id}", fields)

    def add_callback(self, event: str, uri: str, account: str | None = None) -> int:
        """Subscribe another application; gives the callback's id. Nothing is delivered to it."""
        order = {"event": event, "uri": uri, "account": account}
        return int(self._object("POST", "/callbacks", order)["id"])

    def disable_callback(self, callback_id: int) -> None:
        """Take the verification away from a callback."""
        self._object("POST", f"/callbacks/{callback_id}", {"verified": False})

    def create_code(self) -> str:
        """An OAuth code, as the browser would bring it back."""
        return str(self._object("POST", "/codes")["code"])

    def authorize(self, **request: str) -> dict[str, str]:
        """Agree as a person would in the browser: code, state, and where the browser goes.

        Request: scope, redirect_uri, state.
        """
        return self._object("POST", "/authorize", request)

    def reset(self) -> None:
        """Make the sandbox fresh again."""
        self._object("POST", "/reset")

    def _object(
        self, method: str, path: str, order: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        answer = self._client.request(method, path, json=order)
        answer.raise_for_status()
        content: dict[str, Any] = answer.json()
        return content

    def _list(self, path: str, query: dict[str, str] | None = None) -> list[dict[str, Any]]:
        answer = self._client.get(path, params=query)
        answer.raise_for_status()
        rows: list[dict[str, Any]] = answer.json()
        return rows
