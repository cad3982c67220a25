"""Twilio in memory: it counts what it was asked to send, and asks a witness whether that is true.

Each text says in one line what fact it tells, so that facts are counted where they arrive and not
in tables of ours.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from random import Random

from duebell.domain.delivery import (
    OutcomeKind,
    OutgoingText,
    ProviderMessage,
    ReportedStatus,
    SendOutcome,
)
from duebell.providers.twilio.messages import TwilioMessages
from tests.ledger_scenes import Clock

_NO_RUNG = "has"
_RUNG = (
    "{% if rung is defined %}rung:{{ rung }}@{{ invoice.due_on.isoformat() }}"
    f"{{% else %}}{_NO_RUNG}{{% endif %}}"
)
#: Noun → the record of its events, and the field by which a reader knows its state.
_SHOWN = {
    "invoice": ("invoice", "amount.amount"),
    "payment": ("payment", "amount.amount"),
    "client": ("client", "email"),
    "bill": ("bill", "amount.amount"),
    "bill_vendor": ("vendor", "website"),
    "expense": ("expense", "amount.amount"),
}


def write_templates(folder: Path) -> None:
    """Templates whose texts are facts; each is named for the noun of its event."""
    (folder / "sms").mkdir(parents=True)
    for noun, (record, field) in _SHOWN.items():
        ids = f"{{{{ {record}.account_id }}}} {{{{ {record}.id }}}}"
        body = f"{{{{ event }}}} {ids} {_RUNG} {{{{ {record}.{field} }}}}"
        (folder / "sms" / f"{noun}.txt.j2").write_text(body)


@dataclass(frozen=True)
class Fact:
    """What a text tells. ``rung`` is the day of a ladder and the due date it counts from."""

    event: str
    id: str
    rung: tuple[int, date] | None = None

    @property
    def is_creation(self) -> bool:
        """Whether it happens once to a record."""
        return self.event.endswith(".create")

    @property
    def is_change(self) -> bool:
        """Whether it may happen to a record again and again."""
        return self.event.endswith(".update")


@dataclass(frozen=True)
class Taken:
    """A text that the provider took, when, and what was wrong about it by then."""

    at: datetime
    fact: Fact
    body: str
    provider_id: str
    objection: str


def fact_of(body: str) -> Fact:
    """The fact that a text tells."""
    event, _, id_, rung, _ = body.split(" ")
    if rung == _NO_RUNG:
        return Fact(event, id_)
    days, _, due_on = rung.removeprefix("rung:").partition("@")
    return Fact(event, id_, (int(days), date.fromisoformat(due_on)))


class Mood(StrEnum):
    """How a call to the provider goes."""

    FINE = "fine"
    TOO_MANY = "429"
    LOST_ON_THE_WAY = "no answer, and nothing arrived"
    ANSWER_LOST = "no answer, though it arrived"
    KILLED_BEFORE = "the worker dies before the call"
    KILLED_AFTER = "the worker dies after the call"


_MOODS = {
    Mood.FINE: 80,
    Mood.TOO_MANY: 6,
    Mood.LOST_ON_THE_WAY: 4,
    Mood.ANSWER_LOST: 4,
    Mood.KILLED_BEFORE: 3,
    Mood.KILLED_AFTER: 3,
}


class Killed(BaseException):
    """The worker's process is gone."""


class CountedTexts(TwilioMessages):
    """Texts about some accounts.

    ``witnesses`` say for each account what is wrong about a fact now, if anything. While it
    ``is_calm`` every call goes well.
    """

    def __init__(
        self, clock: Clock, seed: str, witnesses: Mapping[str, Callable[[Fact], str]]
    ) -> None:
        self.taken: list[Taken] = []
        self._by_account: dict[str, list[Taken]] = defaultdict(list)
        self.moods: Counter[Mood] = Counter()
        self.is_calm = False
        #: What waits for a day and is refused then is given up (and flagged): so refusals end
        #: before anything can have waited for so long.
        self.refuses_until = clock()
        self._clock = clock
        self._seed = seed
        self._witnesses = witnesses

    def of(self, account_id: str) -> list[Taken]:
        """The texts about an account, growing."""
        return self._by_account[account_id]

    async def send(self, text: OutgoingText) -> SendOutcome:
        """Take a text, or not, and say so, or not."""
        mood = self._mood(text)
        self.moods[mood] += 1
        match mood:
            case Mood.KILLED_BEFORE:
                raise Killed
            case Mood.TOO_MANY:
                pause = Random(f"{self._seed} {text.body}").choice((None, 1.0, 30.0, 400.0))
                return SendOutcome(OutcomeKind.NOT_SENT, reason="429", retry_after=pause)
            case Mood.LOST_ON_THE_WAY:
                return SendOutcome(OutcomeKind.UNKNOWN, reason="timeout")
        provider_id = self._take(text)
        if mood is Mood.KILLED_AFTER:
            raise Killed
        if mood is Mood.ANSWER_LOST:
            return SendOutcome(OutcomeKind.UNKNOWN, reason="timeout")
        return SendOutcome(OutcomeKind.ACCEPTED, provider_id=provider_id)

    def _mood(self, text: OutgoingText) -> Mood:
        # By the text and not by a common dice, so that the order of calls changes nothing.
        if self.is_calm or text.attempt > 2:
            return Mood.FINE
        dice = Random(f"{self._seed} {text.body} {text.attempt}")
        mood = dice.choices(list(_MOODS), list(_MOODS.values()))[0]
        is_over = mood is Mood.TOO_MANY and self._clock() > self.refuses_until
        return Mood.FINE if is_over else mood

    def _take(self, text: OutgoingText) -> str:
        provider_id, fact = f"SM{self._seed}-{len(self.taken)}", fact_of(text.body)
        account_id = text.body.split(" ")[1]
        objection = self._witnesses[account_id](fact)
        self.taken.append(Taken(self._clock(), fact, text.body, provider_id, objection))
        self._by_account[account_id].append(self.taken[-1])
        return provider_id

    async def find(self, to: str) -> list[ProviderMessage]:
        """All texts; all of them go to one number."""
        return [_shown(taken) for taken in self.taken]

    async def fetch(self, sid: str) -> ProviderMessage | None:
        """A text, delivered."""
        return next((_shown(taken) for taken in self.taken if taken.provider_id == sid), None)


def _shown(taken: Taken) -> ProviderMessage:
    return ProviderMessage(
        provider_id=taken.provider_id,
        to="",
        body=taken.body,
        raw_status="delivered",
        status=ReportedStatus.DELIVERED,
        error_code="",
        created_at=taken.at,
        is_outbound=True,
    )
