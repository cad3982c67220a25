"""A worker that does a batch step by step, and may break off or die after any of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from duebell.domain.failures import ProviderError
from duebell.notifying.batch import Batch
from duebell.runtime import Runtime
from tests.integration.services.counted_texts import Killed

STEPS = ("claim", "look up", "decide", "send some", "send the rest", "finish")

OpenRuntime = Callable[[str], Runtime]


class Hand:
    """One worker process after the other: when one dies, the next has another name.

    ``happened`` counts what went wrong.
    """

    def __init__(self, name: str, open_runtime: OpenRuntime, random: Random) -> None:
        self.name = name
        self.happened: Counter[str] = Counter()
        self._open = open_runtime
        self._random = random
        self._lives = count(1)
        self._batches = count(1)
        self._batch: Batch | None = None
        self._step = 0
        self.runtime = self._born()

    def _born(self) -> Runtime:
        self._beat_at = datetime.min.replace(tzinfo=UTC)
        return self._open(f"{self.name}.{next(self._lives)}")

    # -- step by step

    async def step(self) -> None:
        """Do the next step of the batch at hand, or begin one; then something may happen."""
        await self._beat()
        if self._batch is None and not await self.runtime.ledger.count_claimable():
            return
        try:
            await self._do(STEPS[self._step])
        except Killed:
            self._die("killed while it sent")
            return
        except ProviderError:
            # The run goes on with what it has, as the flow does.
            self.happened["a step failed"] += 1
        self._step = (self._step + 1) % len(STEPS)
        if self._step == 0:
            self._batch = None
        elif self._batch is not None and self._random.random() < 0.05:
            await self._break_off()

    async def _beat(self) -> None:
        """Renew the lease when it is about to run out, or ran out unnoticed."""
        now = self.runtime.now()
        if now - self._beat_at > timedelta(seconds=10):
            await self.runtime.ledger.beat(self.runtime.worker)
            self._beat_at = now

    async def _do(self, step: str) -> None:
        batch = self._batch = self._batch or self._begun()
        match step:
            case "claim":
                if not await batch.claim(self._random.choice((1, 2, 200))):
                    self._step = len(STEPS) - 1
            case "look up":
                await batch.look_up()
            case "decide":
                await batch.decide()
            case "send some":
                ready = batch.outbox.ready()
                await batch.outbox.send(ready[: len(ready) // 2])
            case "send the rest":
                await batch.outbox.send(batch.outbox.ready())
            case _:
                await batch.finish()

    def _begun(self, id_: str = "") -> Batch:
        return Batch(self.runtime, id_ or f"{self.name}-{next(self._batches)}")

    # -- what may happen

    async def _break_off(self) -> None:
        fate = self._random.choice(("died", "released", "retried", "forgotten"))
        self.happened[f"a run {fate} after: {STEPS[self._step - 1]}"] += 1
        old, self._step, self._batch = self._batch, 0, None
        if old is None or fate == "forgotten":
            return
        if fate == "died":
            self._die("")
        elif fate == "retried":
            self._batch = self._begun(old.id)
        else:
            worker = self.runtime.worker.id
            await self.runtime.ledger.release(worker, old.id, timedelta(seconds=30))

    def _die(self, how: str) -> None:
        if how:
            self.happened[how] += 1
        self._step, self._batch = 0, None
        self.runtime = self._born()

    # -- without trouble

    def let_go(self) -> None:
        """Forget the batch at hand and start anew, as after a restart."""
        if self._batch is not None:
            self._die("restarted")

    async def whole_batch(self) -> int:
        """Do a batch from its beginning to its end; gives how many signals it had."""
        await self._beat()
        batch = self._begun()
        if not (claimed := await batch.claim(200)):
            return 0
        await batch.look_up()
        if await batch.decide():
            await batch.outbox.send(batch.outbox.ready())
        await batch.finish()
        return claimed
