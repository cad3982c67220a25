"""What is made to go wrong at this moment: how often and for whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from duebell.sandbox.businesses import BUSINESSES
from duebell.sandbox.scenarios import CODED, FRESHBOOKS, SCENARIOS

_ACCOUNTS = frozenset(business.account_id for business in BUSINESSES)


class UnknownScenario(Exception):
    """There is no scenario of this name."""


@dataclass
class Scenario:
    """A scenario that is switched on. ``left`` is None while it lasts until switched off.

    ``match`` limits it to a recipient, or to a FreshBooks account. ``code`` is the error code that
    it brings instead of its own, or "".
    """

    provider: str
    name: str
    left: int | None
    match: str | None
    code: str = ""


class Faults:
    """The scenarios that are switched on, oldest first."""

    def __init__(self) -> None:
        self._active: list[Scenario] = []
        self.taken: dict[str, int] = {}

    def switch_on(
        self,
        name: str,
        provider: str | None,
        count: int | None,
        match: str | None,
        code: str = "",
    ) -> Scenario:
        """Switch a scenario on. A name of several providers means the first one's, unless told.

        Raises:
            UnknownScenario: if none (or not the named) provider has it.
            ValueError: if it cannot be limited to this, or has no such code.
        """
        for candidate in (provider,) if provider else SCENARIOS:
            if name in SCENARIOS.get(candidate, {}):
                _check(candidate, name, match, code)
                default = 1 if name == "401-once" else None
                left = default if count is None else count
                scenario = Scenario(candidate, name, left, match, code)
                self._active.append(scenario)
                return scenario
        raise UnknownScenario(name)

    def clear(self) -> None:
        """Switch all scenarios off."""
        self._active.clear()

    def active(self) -> list[Scenario]:
        """The scenarios that are switched on."""
        return list(self._active)

    def take(self, provider: str, names: frozenset[str], whom: str | None = None) -> str:
        """The first active scenario among these names, used up by one; "" if there is none."""
        return self.take_coded(provider, names, whom)[0]

    def take_coded(
        self, provider: str, names: frozenset[str], whom: str | None = None
    ) -> tuple[str, str]:
        """The same, with the code that the scenario brings."""
        for scenario in self._active:
            if self._applies(scenario, provider, names, whom):
                self._use(scenario)
                return scenario.name, scenario.code
        return "", ""

    def take_each(self, provider: str, names: Iterable[str], whom: str) -> list[str]:
        """All active scenarios among these names, each used up by one."""
        return [name for name in names if self.take(provider, frozenset({name}), whom)]

    @staticmethod
    def _applies(
        scenario: Scenario, provider: str, names: frozenset[str], whom: str | None
    ) -> bool:
        return (
            scenario.provider == provider
            and scenario.name in names
            and scenario.match in (None, whom)
        )

    def _use(self, scenario: Scenario) -> None:
        key = f"{scenario.provider}.{scenario.name}"
        self.taken[key] = self.taken.get(key, 0) + 1
        if scenario.left is not None:
            scenario.left -= 1
            if scenario.left <= 0:
                self._active.remove(scenario)


def _check(provider: str, name: str, match: str | None, code: str) -> None:
    if match is not None and provider == FRESHBOOKS and match not in _ACCOUNTS:
        raise ValueError("only messages have a recipient to match; FreshBooks has accounts")
    if not code:
        return
    if (provider, name) not in CODED:
        raise ValueError(f"{provider}'s scenario {name} brings no code")
    if provider == "twilio" and not code.isdecimal():
        raise ValueError(f"Twilio's codes are numbers, which {code!r} is not")
