"""What can be made to go wrong, by name, how often and for whom."""

from __future__ import annotations

from dataclasses import dataclass

from duebell.sandbox.businesses import BUSINESSES

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
        "token-502": "answers a request for tokens with an HTML page, and rotates nothing",
        "401-once": "refuses a good access token (once, unless count says otherwise)",
        "429": "refuses a call: too many requests, with Retry-After: 1",
        "429-bare": "the same, without Retry-After",
        "500": "answers a call with an HTML page with status 500",
        "502": "the same with status 502",
        "503": "the same with status 503",
        "200-error": "answers a call for records with status 200 and an error in it",
        "dated-errors": "gives errors about records the shape of dated versions",
        "slow": "takes slow_seconds for a call",
        "account-inactive": "refuses an account's calls with 403 and errno 1042",
        "no-bills": "refuses bills and bill vendors, as on a plan without them",
        "rows-shift": "deletes the first row of a list before a page after the first is read",
        "rows-appear": "puts another row before the first, before a page after the first is read",
        "deliveries-doubled": "sends every delivery twice, at once",
        "deliveries-late": "sends a delivery late_seconds later; those behind it overtake it",
        "deliveries-lost": "sends no delivery; it is recorded as lost",
    },
}

_BEFORE_ACCEPT = ("429", "429-retry-after", "500-before-accept", "drop-before-accept")
_AFTER_ACCEPT = ("500-after-accept", "502-html-after-accept", "no-answer", "drop-after-accept")
_FATES = ("callbacks-lost", "callbacks-doubled", "callbacks-reordered", "undelivered")
BEFORE_ACCEPT = frozenset(_BEFORE_ACCEPT)
AFTER_ACCEPT = frozenset(_AFTER_ACCEPT)
FATES = frozenset(_FATES)


_ACCOUNTS = frozenset(business.account_id for business in BUSINESSES)


class UnknownScenario(Exception):
    """There is no scenario of this name."""


@dataclass
class Scenario:
    """A scenario that is switched on. ``left`` is None while it lasts until switched off.

    ``match`` limits it to a recipient of texts, or to a FreshBooks account.
    """

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
            ValueError: if it cannot be limited to this.
        """
        for candidate in (provider,) if provider else (TWILIO, FRESHBOOKS):
            if name in SCENARIOS.get(candidate, {}):
                if match is not None and candidate == FRESHBOOKS and match not in _ACCOUNTS:
                    raise ValueError(
                        "only texts have a recipient to match; FreshBooks has accounts"
                    )
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

    def take(self, provider: str, names: frozenset[str], whom: str | None = None) -> str:
        """The first active scenario among these names, used up by one; "" if there is none."""
        if not self._active:
            return ""
        for scenario in self._active:
            if self._applies(scenario, provider, names, whom):
                self._use(scenario)
                return scenario.name
        return ""

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
