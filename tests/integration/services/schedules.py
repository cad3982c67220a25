"""Schedules of deliveries: the webhooks of some firms are lost, late, doubled and out of order.

A schedule is made from its seeds alone, one for each firm. Firms share an installation, because ten
at once cost little more than one. Meanwhile polls and ladder scans run now and then, requests to
FreshBooks fail, and two workers take turns, break off and die. Now and then there is a quiet round,
in which everything works and nobody is at work in the books.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from random import Random

from duebell.domain.events import LADDERS
from duebell.domain.failures import TryAgain
from duebell.domain.ladder import MissedRungs
from duebell.domain.rules import Channel, Rule, Rulebook
from duebell.domain.worth import worth_until
from duebell.ledger.workers import Worker
from duebell.notifying import reconciling
from duebell.notifying.pacing import Pacer
from duebell.polling.ingesting import AccountPoll
from duebell.polling.ladder_scan import scan_ladder
from duebell.runtime import Runtime
from tests.integration.services.bench import Bench
from tests.integration.services.counted_texts import CountedTexts
from tests.integration.services.facts_to_tell import LADDER
from tests.integration.services.firms import EVENTS, BooksOfAll, Firm
from tests.integration.services.hands import Hand
from tests.ledger_scenes import START

STAFF = "+12125550188"


class Schedule:
    """Some firms of one trade. With ``is_perfect`` every change is heard and worked on at once."""

    def __init__(self, bench: Bench, seeds: Sequence[int], *, is_perfect: bool = False) -> None:
        self.bench, self.clock, self.is_perfect = bench, bench.clock, is_perfect
        self.name = f"seeds {seeds[0]} to {seeds[-1]}"
        self.random = random = Random(self.name)
        # Somewhere in a year, so that clocks change on some days.
        self.clock.at = START + timedelta(hours=random.randrange(365 * 24))
        self.trade, self.missed = random.choice(list(EVENTS)), random.choice(list(MissedRungs))
        made = [
            Firm(seed, self.trade, self.missed, self.clock, is_perfect=is_perfect) for seed in seeds
        ]
        self.firms = {firm.account_id: firm for firm in made}
        objections = {firm.account_id: firm.truth.objection for firm in made}
        self.texts = CountedTexts(self.clock, self.name, objections)
        self.claims = [firm.claims(self.texts) for firm in made]
        self.happened: Counter[str] = Counter()
        self.hands = [Hand(f"{self.name}, {name}", self._open, random) for name in "ab"]

    def _open(self, worker_id: str) -> Runtime:
        bench = self.bench
        return Runtime(
            settings=bench.settings.model_copy(update={"missed_rungs": self.missed}),
            ledger=bench.ledger,
            books=BooksOfAll(self.firms),
            texts=self.texts,
            rulebook=Rulebook(tuple(map(_rule, sorted(EVENTS[self.trade])))),
            renderer=bench.renderer,
            pacer=Pacer(bench.ledger, STAFF, 1000, now=self.clock, sleep=bench.sleep),
            worker=Worker(worker_id, "host", 1),
            account_ids=tuple(self.firms),
            now=self.clock,
            sleep=bench.sleep,
            jitter=lambda: 0.5,
            businesses={firm.account_id: firm.freshbooks for firm in self.firms.values()},
        )

    # -- the whole of it

    async def run(self) -> None:
        """From the first poll of firms that have a history to the last late delivery."""
        await self.bench.forget_everything()
        for _ in range(self.random.randint(2, 5)):
            for firm in self.firms.values():
                firm.live_before()
            self.clock.pass_(hours=self.random.choice((6, 30)))
        for firm in self.firms.values():
            firm.truth.begin()
        self.texts.refuses_until = max(
            worth_until(event, self.clock()) for event in EVENTS[self.trade]
        )
        await self.quiet_round()
        for _ in range(self.random.randint(8, 20)):
            self.clock.pass_(seconds=self.random.choice((6, 60, 3600, 7200)))
            for firm in self.firms.values():
                if self.random.random() < 0.7:
                    firm.work()
            await (self.quiet_round() if self.is_perfect else self._go_on())
        self.clock.at = max(firm.next_opening() for firm in self.firms.values())
        await self.quiet_round()
        await self._end()

    async def _go_on(self) -> None:
        for _ in range(self.random.choice((0, 1, 2, 3, 4))):
            acts = (self._work, self._poll, self._scan, self._reconcile, self._idle)
            await self.random.choices(acts, (9, 3, 1, 1, 1))[0]()
        if self.random.random() < 0.07:
            await self.quiet_round()

    async def _end(self) -> None:
        """What is late arrives when everything has been told."""
        self.clock.at = max(firm.last_arrival for firm in self.firms.values())
        await self._settle()
        for claims in self.claims:
            claims.check()

    @property
    def faults(self) -> list[str]:
        """Every claim that failed, with the seed of its firm."""
        pairs = zip(self.firms, self.claims, strict=True)
        return [f"{name}: {fault}" for name, claims in pairs for fault in claims.faults]

    # -- what Duebell does

    async def _deliver(self) -> None:
        signals = [signal for firm in self.firms.values() for signal in firm.arrivals()]
        self.random.shuffle(signals)
        await self.bench.ledger.record_signals(signals)

    async def _work(self) -> None:
        hand = self.random.choice(self.hands)
        for _ in range(self.random.choice((1, 3, 6, 6))):
            # Now and then the machine stands still for hours in the middle of something.
            pauses = (0, 1, 20, 5 * 3600)
            self.clock.pass_(seconds=self.random.choices(pauses, (50, 25, 25, 2))[0])
            await self._deliver()
            await hand.step()

    async def _poll(self) -> None:
        for account_id in self.random.sample(list(self.firms), len(self.firms) // 2):
            await self._poll_one(account_id)

    async def _poll_one(self, account_id: str) -> None:
        try:
            await AccountPoll(self.random.choice(self.hands).runtime, account_id).run()
        except TryAgain:
            self.happened["a poll failed"] += 1

    async def _scan(self) -> None:
        if LADDERS & EVENTS[self.trade]:
            for account_id in self.random.sample(list(self.firms), len(self.firms) // 2):
                await self._scan_one(account_id)

    async def _scan_one(self, account_id: str) -> bool:
        """Look through the ladder; tells whether it was time for that and it was done."""
        try:
            runtime = self.random.choice(self.hands).runtime
            return (await scan_ladder(runtime, account_id)).day is not None
        except TryAgain:
            self.happened["a scan failed"] += 1
            return False

    async def _reconcile(self) -> None:
        runtime = self.random.choice(self.hands).runtime
        await reconciling.find_doubts(runtime)
        await reconciling.ask_all(runtime)

    async def _idle(self) -> None:
        self.clock.pass_(hours=self.random.choice((0.1, 3, 9, 26)))

    # -- quiet rounds

    async def quiet_round(self) -> None:
        """Poll, scan, and work everything off; nothing fails. Then the claims must hold."""
        self._calm(is_calm=True)
        for hand in self.hands:
            hand.let_go()
        self.clock.pass_(minutes=16)
        for account_id in self.firms:
            await self._poll_one(account_id)
        scanned = [await self._scan_one(account_id) for account_id in self.firms]
        await self._settle()
        for account_id, claims, is_scanned in zip(self.firms, self.claims, scanned, strict=True):
            given_up = await self.bench.given_up(account_id)
            claims.check_round(given_up, is_ladder_scanned=is_scanned)
            self.happened["given up"] += len(given_up)
        self._calm(is_calm=False)
        self.happened["quiet round"] += 1

    def _calm(self, *, is_calm: bool) -> None:
        self.texts.is_calm = is_calm
        for firm in self.firms.values():
            firm.books.is_calm = is_calm

    async def _settle(self) -> None:
        await self._reconcile()
        for _ in range(20):
            await self._deliver()
            signals, doubts = await self.bench.what_is_left()
            if not signals and not doubts:
                return
            if signals:
                await self.hands[0].whole_batch()
            if doubts:
                await self._reconcile()
            self.clock.pass_(seconds=61)
        raise AssertionError(f"{self.name}: work never ends")


def _rule(event: str) -> Rule:
    return Rule(event, STAFF, Channel.SMS, event.partition(".")[0], LADDER.get(event, ()))
