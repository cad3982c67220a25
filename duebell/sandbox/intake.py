"""The door at which a provider takes messages: how many it takes, and how it misbehaves there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from duebell.sandbox.exchange import (
    Answer,
    DropConnection,
    Header,
    NoAnswer,
    html_answer,
)
from duebell.sandbox.faults import Faults
from duebell.sandbox.scenarios import AFTER_ACCEPT, BEFORE_ACCEPT, QUESTIONS
from duebell.sandbox.state import State

#: An error in a provider's shape: its status, a code ("" for the usual one), further headers.
Shape = Callable[[int, str, tuple[Header, ...]], Answer]

#: The headers with which a provider says when to come again.
Pause = Callable[[], tuple[Header, ...]]

BAD_GATEWAY = html_answer(502, "502 Bad Gateway")
TOO_LARGE = html_answer(413, "413 Request Entity Too Large")

RETRY_AFTER: tuple[Header, ...] = ((b"retry-after", b"1"),)


class Bucket:
    """So many in a second: a second's worth at once, then one for each that has dripped in."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._fill, self._at = float("inf"), 0.0

    def take(self, per_second: float) -> bool:
        """Whether one more may pass; without a rate everything may."""
        if per_second <= 0:
            self._fill = float("inf")
            return True
        at, most = self._now().timestamp(), max(per_second, 1.0)
        self._fill = min(most, self._fill + max(at - self._at, 0.0) * per_second)
        self._at = at
        # A hair less is what adding up fractions of a second leaves.
        if self._fill < 1 - 1e-6:
            return False
        self._fill -= 1
        return True


class Intake:
    """The door of one provider.

    ``told_pause`` goes with a 429 of a scenario that tells when to come again, ``usual_pause`` with
    one for being too fast.
    """

    def __init__(
        self,
        provider: str,
        state: State,
        faults: Faults,
        now: Callable[[], datetime],
        shape: Shape,
        told_pause: Pause = lambda: RETRY_AFTER,
        usual_pause: Pause = lambda: (),
    ) -> None:
        self._provider = provider
        self._state = state
        self._faults = faults
        self._shape = shape
        self._told_pause = told_pause
        self._usual_pause = usual_pause
        self._bucket = Bucket(now)
        self.at_once = 0

    async def take(self, whom: str, per_second: float, accept: Callable[[], Answer]) -> Answer:
        """Take one message for a recipient, or behave as a scenario says."""
        self._state.count(f"{self._provider}.creates")
        self.at_once += 1
        self._note_crowd()
        try:
            return await self._take(whom, per_second, accept)
        finally:
            self.at_once -= 1

    def question_fails(self) -> Answer | None:
        """The answer to a question where a scenario spoils it."""
        if self._faults.take(self._provider, QUESTIONS):
            return self._shape(500, "", ())
        return None

    async def _take(self, whom: str, per_second: float, accept: Callable[[], Answer]) -> Answer:
        tunables = self._state.tunables
        is_crowded = 0 < tunables.most_at_once < self.at_once
        if is_crowded or not self._bucket.take(per_second):
            return self._too_fast(self._usual_pause())
        if tunables.answer_seconds:
            await asyncio.sleep(tunables.answer_seconds)
        fault, code = self._faults.take_coded(self._provider, BEFORE_ACCEPT, whom)
        if fault:
            return self._refuse(fault, code)
        answer = accept()
        if answer.status >= 300:
            return answer
        return await self._spoil(answer, self._faults.take(self._provider, AFTER_ACCEPT, whom))

    def _note_crowd(self) -> None:
        name = f"{self._provider}.most_at_once"
        self._state.counters[name] = max(self._state.counters.get(name, 0), self.at_once)

    def _too_fast(self, headers: tuple[Header, ...]) -> Answer:
        self._state.count(f"{self._provider}.429s")
        return self._shape(429, "", headers)

    def _refuse(self, fault: str, code: str) -> Answer:
        if fault == "drop-before-accept":
            raise DropConnection
        if fault == "413":
            return TOO_LARGE
        is_told = fault.endswith("-retry-after")
        if fault.startswith("429"):
            return self._too_fast(self._told_pause() if is_told else ())
        status = 400 if fault == "refused" else int(fault[:3])
        return self._shape(status, code, RETRY_AFTER if is_told else ())

    async def _spoil(self, answer: Answer, fault: str) -> Answer:
        if fault == "drop-after-accept":
            raise DropConnection
        if fault == "no-answer":
            raise NoAnswer
        if fault == "500-after-accept":
            return self._shape(500, "", ())
        if fault == "502-html-after-accept":
            return BAD_GATEWAY
        if fault == "unreadable-answer":
            return Answer(answer.status, b'{"thanks": ')
        if fault == "slow-answer":
            await asyncio.sleep(self._state.tunables.slow_seconds)
        return answer
