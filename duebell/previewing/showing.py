"""From decisions to what is shown of them: each with its words, its time and its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from duebell.domain.circumstances import Circumstances, People
from duebell.domain.decisions import Decision, PlannedNotification
from duebell.domain.dossiers import Dossier
from duebell.domain.failures import RenderingFailed
from duebell.domain.occurrences import Occurrence
from duebell.domain.rules import Channel, Rule, shown_audience
from duebell.domain.telling import plan_facts
from duebell.people.masking import mask
from duebell.people.places import with_names
from duebell.previewing.asking import Chosen
from duebell.previewing.preview import Shown, Words
from duebell.previewing.wording import Outlet
from duebell.wording.segments import check_length
from duebell.wording.values import values_for


@dataclass(frozen=True, slots=True)
class Occasion:
    """A fact that is shown: with the rules that tell it, and the day of which it speaks.

    ``at`` is when it would be told, where that is not now; ``over`` why it is not told, or no
    more; ``is_example`` says that its words are wanted all the same.
    """

    occurrence: Occurrence
    rules: tuple[Rule, ...]
    today: date
    note: str = ""
    at: datetime | None = None
    over: str = ""
    is_example: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What a preview is made from."""

    chosen: Chosen
    dossier: Dossier
    people: People
    outlet: Outlet

    def shown(
        self, occasion: Occasion, circumstances: Circumstances, *, as_it_was: bool = False
    ) -> Iterator[Shown]:
        """What is decided about a fact, as far as somebody wants to see it.

        With ``as_it_was`` nobody asks whether the books are against it by now.
        """
        facts = {occasion.occurrence: occasion.rules}
        sides = (self.dossier, self.people, self.chosen.rulebook, circumstances)
        for decision in plan_facts(facts, *sides, as_it_was=as_it_was):
            if self.chosen.is_shown(decision.rule, _audience(decision)):
                yield self._shown(decision, occasion)

    def _shown(self, decision: Decision, occasion: Occasion) -> Shown:
        rule, planned = decision.rule, decision.planned
        shown = Shown(
            verdict=decision.verdict.value,
            reason=with_names(decision.reason, self.chosen.rulebook.lists),
            rule=rule,
            number=self.chosen.number_of(rule) if rule else None,
            audience=shown_audience(_audience(decision) or (rule.to if rule else "")),
            note=occasion.note,
            day=occasion.today,
        )
        return shown if planned is None else self._message(shown, planned, occasion)

    def _message(self, shown: Shown, planned: PlannedNotification, occasion: Occasion) -> Shown:
        words, fault = self._words(planned, occasion)
        shown = replace(shown, is_broken=bool(fault))
        channel = planned.channel
        if self.outlet.lacks_address(channel):
            fault = fault or self.outlet.safe_mode.lack_of(channel)
        return replace(
            shown,
            name=planned.contact.name,
            channel=channel,
            recipient=mask(channel, planned.contact.address),
            instead=self.outlet.instead_of(channel),
            not_before=planned.not_before or occasion.at,
            hold=planned.hold.value if planned.hold else "",
            words=words,
            fault=fault,
            is_example=occasion.is_example,
            dedup_key=planned.dedup_key,
        )

    def _words(self, planned: PlannedNotification, occasion: Occasion) -> tuple[Words | None, str]:
        today, words = occasion.today, None
        values = values_for(
            self.dossier, planned.occurrence, planned.contact, today, planned.audience
        )
        try:
            words = self.outlet.words_for(planned, values)
            if planned.channel is Channel.SMS:
                check_length(words.text, words.segments, planned.rule.max_segments)
        except RenderingFailed as failure:
            return words, str(failure)
        return words, ""


def _audience(decision: Decision) -> str | None:
    return decision.planned.audience if decision.planned else decision.audience
