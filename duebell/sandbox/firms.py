"""The firms of the sandbox, by account. The second is only seen while its setting is on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from duebell.sandbox.businesses import BUSINESSES, FIRST
from duebell.sandbox.changing import BadChange
from duebell.sandbox.firm import Firm
from duebell.sandbox.state import State


class Firms:
    """Every business of the person who agreed."""

    def __init__(self, state: State, now: Callable[[], datetime]) -> None:
        self._state = state
        self._firms = {each.account_id: Firm(state, each, now) for each in BUSINESSES}

    def open_books(self) -> None:
        """Put everybody into empty books."""
        for firm in self._firms.values():
            firm.open_books()

    def seen(self) -> list[Firm]:
        """The firms that FreshBooks lets the person see."""
        return [firm for account, firm in self._firms.items() if self._is_seen(account)]

    def find(self, account: str) -> Firm | None:
        """The firm with this account, if it is seen."""
        return self._firms.get(account) if self._is_seen(account) else None

    def named(self, account: object) -> Firm:
        """The firm that an order names; the first where it names none.

        Raises:
            BadChange: if there is no such account.
        """
        firm = self.find(FIRST.account_id if account is None else str(account))
        if firm is None:
            raise BadChange(f"there is no account {account}")
        return firm

    def _is_seen(self, account: str) -> bool:
        return account == FIRST.account_id or self._state.tunables.second_business
