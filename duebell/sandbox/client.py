"""The control interface from outside: for the command line, tests and benchmarks."""

from __future__ import annotations

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

    def deliveries(self) -> list[dict[str, Any]]:
        """Every try of every webhook delivery, in the order in which they ended."""
        return self._list("/deliveries")

    def callbacks(self) -> list[dict[str, Any]]:
        """The webhook subscriptions."""
        return self._list("/callbacks")

    def clients(self) -> list[dict[str, Any]]:
        """The firm's clients."""
        return self._list("/clients")

    def invoices(self) -> list[dict[str, Any]]:
        """The firm's invoices."""
        return self._list("/invoices")

    def fire(
        self, event: str = "invoice.create", count: int = 1, **options: Any
    ) -> list[dict[str, Any]]:
        """Let something happen; gives the records back.

        Options: client, fields, objects, copies, concurrency, deliver, wait.
        """
        order = {"event": event, "count": count, **options}
        records: list[dict[str, Any]] = self._object("POST", "/fire", order)["records"]
        return records

    def set_scenario(
        self,
        name: str,
        count: int | None = None,
        match: str | None = None,
        provider: str | None = None,
    ) -> dict[str, Any]:
        """Switch a scenario on."""
        order = {"name": name, "count": count, "match": match, "provider": provider}
        return self._object("POST", "/scenarios", order)

    def clear_scenarios(self) -> None:
        """Switch all scenarios off."""
        self._client.delete("/scenarios").raise_for_status()

    def change_settings(self, **settings: Any) -> dict[str, Any]:
        """Turn the sandbox's settings."""
        return self._object("POST", "/settings", settings)

    def change_invoice(self, invoice_id: int, **fields: Any) -> dict[str, Any]:
        """Change an invoice without telling anybody."""
        return self._object("POST", f"/invoices/{invoice_id}", fields)

    def change_client(self, client_id: int, **fields: Any) -> dict[str, Any]:
        """Change a client without telling anybody."""
        return self._object("POST", f"/clients/{client_id}", fields)

    def disable_callback(self, callback_id: int) -> None:
        """Take the verification away from a callback."""
        self._object("POST", f"/callbacks/{callback_id}", {"verified": False})

    def create_code(self) -> str:
        """An OAuth code, as the browser would bring it back."""
        return str(self._object("POST", "/codes")["code"])

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
