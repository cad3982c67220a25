"""How a story speaks of rules, people, rungs and messages: in few words, each explained once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_uppercase

from duebell.domain.rules import CLIENT, LIST_PREFIX, Rulebook
from duebell.explaining.happenings import Row
from duebell.explaining.times import minute
from duebell.ledger.story import Found
from duebell.people.masking import mask
from duebell.people.places import with_names

#: Events about records that people know by a number.
NUMBERED = ("invoice.", "bill.")
_NOUNS = {"bill_vendor": "vendor"}

#: As rungs are recorded: the days, and the due date.
_RUNG = re.compile(r"([+-]\d+)@\d{4}-\d\d-\d\d")


class Legend:
    """The short names of a story. ``rulebook`` is the one in force; None where it has faults."""

    def __init__(self, found: Found, rulebook: Rulebook | None = None) -> None:
        self._rulebook = rulebook
        self._occurrences = found.occurrences
        self._clients = _clients(found)
        self._numbers = {
            (row["event"].partition(".")[0], row["object_id"]): row["invoice_number"]
            for row in found.decisions
            if row["event"].startswith(NUMBERED) and row["invoice_number"]
        }
        self._loaded = found.loaded
        self.digests = list(dict.fromkeys(row["rulebook"] for row in found.decisions))
        self._rules = _short_names(found, rulebook)
        # A name may begin like a longer one.
        names = sorted(self._rules, key=len, reverse=True)
        self._named = re.compile(f"rule ({'|'.join(map(re.escape, names))})") if names else None
        self._messages = {
            id_: f"message {number}" for number, id_ in enumerate(_in_order(found), 1)
        }

    def rule(self, name: str) -> str:
        """A rule in two words."""
        return self._rules.get(name, f"rule {name}")

    def text(self, text: str, digest: str | None = None) -> str:
        """A sentence with rules in short, and with the names of people of staff lists.

        ``digest`` is that of the rulebook of which the sentence speaks.
        """
        if self._named is not None:
            text = self._named.sub(lambda match: self._rules[match[1]], text)
        if self._rulebook is None or digest != self._rulebook.digest:
            return text
        return with_names(text, self._rulebook.lists)

    def message(self, notification: Row) -> str:
        """A message: which one, to whom, and about which rung."""
        who = notification["contact_name"]
        who = who or mask(notification["channel"], notification["recipient"])
        audience = notification["audience"] or ""
        of = f" of {audience}" if audience.startswith(LIST_PREFIX) else ""
        occurrence = self._occurrences.get(notification["occurrence_id"])
        rung = rung_words(occurrence)
        about = f" ({rung})" if rung else ""
        return f"{self._messages[notification['id']]} to {who}{of}{about}"

    def audience(self, decision: Row) -> str:
        """Whom a decision is about of which no message came; empty for everybody."""
        audience: str = decision["audience"] or ""
        name = self._clients.get(decision["client_id"], "") if audience == CLIENT else ""
        return f"{audience} {name}".strip()

    def client(self, id_: str) -> str:
        """The name of a client; empty where nobody was told anything."""
        return self._clients.get(id_, "")

    def record(self, noun: str, id_: str) -> str:
        """A record as people know it: with its number or name as far as that is known."""
        if noun == CLIENT and (name := self._clients.get(id_)):
            return f"{noun} {name} ({id_})"
        return f"{_NOUNS.get(noun, noun)} {self._numbers.get((noun, id_), id_)}"

    @property
    def messages(self) -> dict[str, str]:
        """The short name of each message, by its id."""
        return self._messages

    @property
    def rules(self) -> Iterator[tuple[str, str]]:
        """Each rule of the story in two words, with what it says."""
        return ((short, name) for name, short in self._rules.items())

    @property
    def rulebooks(self) -> str:
        """Under which rulebooks all this was decided, in one sentence; empty if nobody knows."""
        known = [digest for digest in self.digests if digest]
        if not known:
            return ""
        many = f"{len(known)} versions of the rulebook; the last one" if len(known) > 1 else ""
        return f"Decided by {many or 'a rulebook that'} {self._in_force(known[-1])}."

    def _in_force(self, digest: str) -> str:
        if self._rulebook is None:
            return "may be in force; the file has faults"
        if self._rulebook.digest != digest:
            return "is not in force any more"
        loaded = self._loaded.get(digest)
        return f"is in force{f' (loaded {minute(loaded)})' if loaded else ''}"


def rung_words(occurrence: str | None) -> str:
    """The rung of the ladder, in a few words; empty where a fact is something else."""
    match = _RUNG.fullmatch(occurrence or "")
    return day_words(int(match[1])) if match else ""


def day_words(days: int) -> str:
    """A rung by its number of days: ``day +5``."""
    return f"day {days:+d}" if days else "the due day"


def _in_order(found: Found) -> list[str]:
    """The messages in the order in which it was decided about them."""
    ids = [row["id"] for row in found.notifications]
    decided = [row["notification_id"] for row in found.decisions]
    return list(dict.fromkeys([*(id_ for id_ in decided if id_ in set(ids)), *ids]))


def _clients(found: Found) -> dict[str | None, str]:
    return {**found.clients} | {
        row["client_id"]: row["contact_name"]
        for row in found.notifications
        if row["contact_key"] == f"client:{row['client_id']}" and row["contact_name"]
    }


def _short_names(found: Found, rulebook: Rulebook | None) -> dict[str, str]:
    """``rule 2`` for the second of the rulebook in force; ``former rule A`` for others."""
    rows = (*found.decisions, *found.notifications)
    names = {row["rule"]: None for row in rows if row["rule"]}
    places: dict[str, list[str]] = {}
    for place, rule in enumerate(rulebook.rules if rulebook else (), start=1):
        places.setdefault(rule.name, []).append(str(place))
    known = {name: f"rule {'/'.join(found)}" for name, found in places.items() if name in names}
    word = "former rule" if rulebook else "rule"
    for nth, name in enumerate(name for name in names if name not in places):
        letter = ascii_uppercase[nth % len(ascii_uppercase)]
        known[name] = f"{word} {letter * (1 + nth // len(ascii_uppercase))}"
    return known
