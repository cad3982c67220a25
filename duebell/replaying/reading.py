"""Reading the records of recorded facts as they are now, each with what belongs to it, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from duebell.domain.clocks import FRESHBOOKS_ZONE
from duebell.domain.dossiers import Dossier
from duebell.domain.failures import ConnectionLost, CredentialsRefused, ProviderError, RecordGone
from duebell.domain.rules import Reminders, Rulebook
from duebell.domain.signals import ClaimedSignal, Signal, SignalSource
from duebell.notifying.deciding import zone_of
from duebell.notifying.lookup import Lookup
from duebell.replaying.messages import Fact
from duebell.runtime import Runtime

#: So long ago that what FreshBooks says of a record is believed at once.
_LONG_AGO = timedelta(days=1)
#: A page is tried again after each of these pauses, where FreshBooks could not be asked.
_PAUSES_SECONDS = (2.0, 10.0, 30.0)


class Reader:
    """Reads for two rulebooks at once."""

    def __init__(self, runtime: Runtime, new: Rulebook) -> None:
        self._runtime = replace(runtime, rulebook=_needs_of(runtime.rulebook, new))
        self._lookup = Lookup(self._runtime)
        self._zones: dict[str, ZoneInfo] = {}

    async def zone(self, account_id: str) -> ZoneInfo:
        """The zone in which the days of an account are counted; FreshBooks' where nobody knows."""
        if not account_id:
            return FRESHBOOKS_ZONE
        if account_id not in self._zones:
            try:
                self._zones[account_id] = zone_of(await self._runtime.business(account_id))
            except RecordGone:  # its facts are counted as unread
                self._zones[account_id] = FRESHBOOKS_ZONE
        return self._zones[account_id]

    async def read(self, facts: Sequence[Fact]) -> tuple[dict[int, Dossier], Counter[str]]:
        """The dossiers by the places of their facts, and how often which reason is in the way.

        Raises:
            ProviderError: where FreshBooks cannot be asked now.
        """
        self._lookup.forget_all_but_people()
        signals = [self._signal(number, fact) for number, fact in enumerate(facts)]
        await self._fetch(signals)
        found, failed = self._lookup.found, self._lookup.failed
        missing = (failed[one.id] for one in signals if one.id not in found)
        return dict(found), Counter(_in_words(failure) for failure in missing)

    def _signal(self, number: int, fact: Fact) -> ClaimedSignal:
        one = fact.occurrence
        signal = Signal(one.account_id, one.event_type, one.object_id, SignalSource.BACKFILL)
        return ClaimedSignal(number, signal, self._runtime.now() - _LONG_AGO, tries=1)

    async def _fetch(self, signals: list[ClaimedSignal]) -> None:
        for pause in (*_PAUSES_SECONDS, None):
            await self._lookup.fetch(signals)
            failures = self._lookup.passing_failures()
            if not failures:
                return
            needs_a_person = [one for one in failures if isinstance(one, _FOR_A_PERSON)]
            if needs_a_person or pause is None:
                raise [*needs_a_person, *failures][0]
            await self._runtime.sleep(pause)


_FOR_A_PERSON = (ConnectionLost, CredentialsRefused)


def _in_words(failure: ProviderError) -> str:
    """The kind of failure: its own words may be about one record alone."""
    return (type(failure).__doc__ or "").partition("\n")[0]


def _needs_of(old: Rulebook, new: Rulebook) -> Rulebook:
    """A rulebook for which everything is read that either of them needs."""
    choices = {old.business.freshbooks_reminders, new.business.freshbooks_reminders}
    reminders = Reminders.IGNORE if choices == {Reminders.IGNORE} else Reminders.WARN
    business = replace(old.business, freshbooks_reminders=reminders)
    return Rulebook((*old.rules, *new.rules), business=business)
