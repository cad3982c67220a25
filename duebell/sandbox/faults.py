"""What can be made to go wrong, by name, how often and for whom."""

from __future__ import annotations

from dataclasses import dataclass

TWILIO = "twilio"
FRESHBOOKS = "freshbooks"

#: provider -> scenario -> what it does. ``docs/sandbox.md`` shows the same table.
SCENARIOS: dict[str, dict[str, str]] = {
    TWILIO: {
        "429": "refuses the text: too many requests",
        "429-retry-after": "the same, with Retry-After: 1",
        "500-before-accept": "answers 500; nothing was accepted",
        "500-after-accept": "accepts the text, then answers 500",
        "502-html-after-accept": "accepts the text, then answers an HTML page with status 502",
        "no-answer": "accepts the text, then never answers",
        "drop-before-accept": "closes the connection; nothing was accepted",
        "drop-after-accept": "accepts the text, then closes the connection",
        "callbacks-lost": "the text is delivered, but no status callback is sent",
        "callbacks-doubled": "sends every status callback twice",
        "callbacks-reordered": "sends the callback for the final status before the one for sent",
        "undelivered": "the text ends as undelivered with error 30003",
    },
    FRESHBOOKS: {
        "token-answer-lost": "rotates the refresh token, then closes the connection",
        "401-once": "refuses a good access token (once, unless count says otherwise)",
        "429": "refuses a call: too many requests, with Retry-After: 1",
        "500": "answers a call with an HTML page with status 500",
        "slow": "takes slow_seconds for a call",
        "deliveries-doubled": "sends every delivery twice, at once",
        "deliveries-lost": "sends no delivery; it is recorded as lost",
    },
}

_BEFORE_ACCEPT = ("429", "429-retry-after", "500-before-accept", "drop-before-accept")
_AFTER_ACCEPT = ("500-after-accept", "502-html-after-accept", "no-answer", "drop-after-accept")
_FATES = ("callbacks-lost", "callbacks-doubled", "callbacks-reordered", "undelivered")
BEFORE_ACCEPT = frozenset(_BEFORE_ACCEPT)
AFTER_ACCEPT = frozenset(_AFTER_ACCEPT)
FATES = frozenset(_FATES)


class UnknownScenario(Exception):
    """There is no scenario of this name."""


@dataclass
class Scenario:
    """A scenario that is switched on. ``left`` is None while it lasts until switched off."""

    provider: str
    name: str
    left: int | None
    match: str | None


class Faults:
    """The scenarios that are switched on, oldest first."""

    def __init__(self) -> None:
        self._active: list[Scenario] = []
        self.taken: dict[str, int] = {}

    def switch_on(
        self, name: str, provider: str | None, count: int | None, match: str | None
    ) -> Scenario:
        """Switch a scenario on. A name that both providers know means Twilio's, unless told.

        Raises:
            UnknownScenario: if neither (or not the named) provider has it.
            ValueError: if it cannot be limited to a recipient.
        """
        for candidate in (provider,) if provider else (TWILIO, FRESHBOOKS):
            if name in SCENARIOS.get(candidate, {}):
                if match is not None and candidate != TWILIO:
                    raise ValueError("only texts have a recipient to match")
                default = 1 if name == "401-once" else None
                scenario = Scenario(candidate, name, default if count is None else count, match)
                self._active.append(scenario)
                return scenario
        raise UnknownScenario(name)

    def clear(self) -> None:
        """Switch all scenarios off."""
        self._active.clear()

    def active(self) -> list[Scenario]:
        """The scenarios that are switched on."""
        return list(self._active)

    def take(self, provider: str, names: frozenset[str], recipient: str | None = None) -> str:
        """The first active scenario among these names, used up by one; "" if there is none."""
        if not self._active:
            return ""
        for scenario in self._active:
            if self._applies(scenario, provider, names, recipient):
                self._use(scenario)
                return scenario.name
        return ""

    @staticmethod
    def _applies(
        scenario: Scenario, provider: str, names: frozenset[str], recipient: str | None
    ) -> bool:
        return (
            scenario.provider == provider
            and scenario.name in names
            and scenario.match in (None, recipient)
        )

    def _use(self, scenario: Scenario) -> None:
        key = f"{scenario.provider}.{scenario.name}"
        self.taken[key] = self.taken.get(key, 0) + 1
        if scenario.left is not None:
            scenario.left -= 1
            if scenario.left <= 0:
                self._active.remove(scenario)
