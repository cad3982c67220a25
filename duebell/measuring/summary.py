"""The summary of a day for a bookkeeper: what became of its messages, and what needs a hand; pure.

Nobody's name, number or address stands in it unmasked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date

from duebell.domain.delivery import NotificationStatus, OutcomeKind

_S = NotificationStatus
_TAKEN = frozenset({_S.ACCEPTED, _S.DELIVERED, _S.UNDELIVERED, _S.UNCONFIRMED})
_OPEN = frozenset({_S.SENDING, _S.OUTCOME_UNKNOWN})
_NEVER = frozenset({_S.SUPPRESSED, _S.ABANDONED})


@dataclass(frozen=True, slots=True)
class RuleDay:
    """What became of a rule's messages of a day. A failed one that was sent counts as both."""

    rule: str
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    unknown: int = 0
    suppressed: int = 0
    held: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of a rule's messages are in one state."""

    rule: str
    status: str
    failed: bool
    held: bool
    count: int


@dataclass(frozen=True, slots=True)
class Try:
    """One call to a provider for a message that has this status by now.

    ``outcome`` is empty until it is known, ``was_taken`` says that the provider has the message
    from this call, and ``is_last`` that no other call came after it. ``is_it`` says that what the
    provider has is from this call: a late word may have come of an earlier one than the last.
    """

    status: str
    outcome: str
    was_taken: bool
    is_last: bool
    is_it: bool


@dataclass(frozen=True, slots=True)
class Hand:
    """Something that needs a hand, and the command with which to begin; empty where it says so."""

    what: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class AccountDay:
    """A firm's day, on its own clock."""

    name: str
    day: date
    rules: tuple[RuleDay, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A day of all firms, and what needs a hand now."""

    accounts: tuple[AccountDay, ...]
    hands: tuple[Hand, ...]


def added_up(counted: Iterable[tuple[str, Iterable[str], int]]) -> tuple[RuleDay, ...]:
    """Add up by rule, in the order of their names: how many messages count in which columns."""
    counts: dict[str, dict[str, int]] = {}
    for rule, words, count in counted:
        row = counts.setdefault(rule, {})
        for word in words:
            row[word] = row.get(word, 0) + count
    return tuple(RuleDay(rule, **row) for rule, row in sorted(counts.items()))


def words_of(tally: Tally) -> tuple[str, ...]:
    """The columns under which a message counts."""
    status = NotificationStatus(tally.status)
    if status in _TAKEN:
        also = {_S.DELIVERED: ("delivered",), _S.UNDELIVERED: ("failed",)}
        return ("sent", *also.get(status, ()))
    if status is _S.OUTCOME_UNKNOWN:
        return ("unknown",)
    if status in _NEVER:
        return ("suppressed",)
    if status is _S.REJECTED:
        return ("failed",)
    return ("held",) if tally.held else ("waiting",)


def words_of_try(one: Try) -> tuple[str, ...]:
    """The columns under which a message counts on the day of a try.

    What was tried again, or was to be, had been refused or not delivered: else nobody may do that.
    """
    status = NotificationStatus(one.status)
    if (one.is_it and status in _TAKEN) or (one.is_last and status in _OPEN):
        return words_of(Tally("", status, False, False, 1))
    if one.was_taken:
        return ("sent", "failed")
    return ("failed",) if one.outcome == OutcomeKind.REJECTED else ("unknown",)


COLUMNS = tuple(one.name for one in fields(RuleDay))


def table(summary: Summary) -> list[dict[str, object]]:
    """One row for each rule, with the firm where there are several."""
    several = len(summary.accounts) > 1
    return [
        {**({"firm": account.name} if several else {}), **asdict(rule)}
        for account in summary.accounts
        for rule in account.rules
    ]


def as_json(summary: Summary) -> dict[str, object]:
    """All of it for programs."""
    return {
        "accounts": [
            {"name": one.name, "day": one.day.isoformat(), "rules": [asdict(r) for r in one.rules]}
            for one in summary.accounts
        ],
        "needs_a_hand": [asdict(one) for one in summary.hands],
    }


def markdown(summary: Summary) -> str:
    """All of it for the Prefect UI."""
    parts = []
    for account in summary.accounts:
        parts.append(f"## {_cell(account.name)}: {account.day:%A, %d %B %Y}")
        parts.append(_rules(account.rules) if account.rules else "No message belongs to this day.")
    parts.append("### What needs a hand now")
    parts.append("\n".join(_hand(one) for one in summary.hands) or "Nothing.")
    parts.append(
        "What was sent, and what became of it, belongs to the day on which it was sent; the rest to"
        " the day on which it was decided that it may leave, or was planned."
    )
    return "\n\n".join(parts)


def totals(rules: Iterable[RuleDay]) -> RuleDay:
    """All rules together."""
    listed = list(rules)
    return RuleDay("all", *(sum(getattr(one, name) for one in listed) for name in COLUMNS[1:]))


def in_a_line(summary: Summary) -> str:
    """All firms in a few words."""
    all_ = totals([rule for account in summary.accounts for rule in account.rules])
    told = ", ".join(f"{getattr(all_, name)} {name}" for name in COLUMNS[1:] if getattr(all_, name))
    hands = len(summary.hands)
    needs = {0: "nothing needs a hand", 1: "one thing needs a hand"}
    return f"{told or 'no message'}; {needs.get(hands, f'{hands} things need a hand')}"


def _rules(rules: tuple[RuleDay, ...]) -> str:
    """A table; what counts nothing has no column, or the page would be too narrow for it."""
    all_ = totals(rules)
    columns = ["rule", "sent", *(one for one in COLUMNS[2:] if getattr(all_, one))]
    lines = ["| " + " | ".join(columns) + " |", "|---" + "|---:" * (len(columns) - 1) + "|"]
    shown = [*rules, all_] if len(rules) > 1 else rules
    cells = [[_cell(str(getattr(one, name))) for name in columns] for one in shown]
    lines += ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join(lines)


def _hand(hand: Hand) -> str:
    return f"- {_cell(hand.what)}" + (f" → `{hand.command}`" if hand.command else "")


def _cell(text: str) -> str:
    """Text of others as text: no column, no line and no markup of its own."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("[", "\\[")
