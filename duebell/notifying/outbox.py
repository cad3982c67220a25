"""The messages of one batch: who waits to be sent, and each in its turn."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from duebell.domain.decisions import PlannedNotification
from duebell.domain.delivery import NotificationStatus
from duebell.domain.dossiers import Dossier
from duebell.domain.failures import RenderingFailed
from duebell.domain.planning import OUTSIDE_HOURS
from duebell.domain.reasons import DRAFT_HELD
from duebell.domain.rules import Channel
from duebell.domain.signals import ClaimedSignal
from duebell.ledger.notifications import Notification
from duebell.notifying.last_look import BEYOND, QUIET, LastLook
from duebell.notifying.letters import Letter, NoSafeAddress, letter_for
from duebell.notifying.pacing import LONGEST_WAIT
from duebell.notifying.pending import Pending
from duebell.notifying.sending import Sent, send, withhold
from duebell.runtime import Runtime

#: A record that was read longer ago than this is read again in the moment before sending.
FRESH_FOR = timedelta(seconds=5)


class Outbox:
    """What a batch has planned. ``withheld`` says of a signal why its message was not sent."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        #: The rules by which the batch was decided.
        self.rulebook = runtime.rulebook
        self.pending: dict[str, Pending] = {}
        self.withheld: dict[int, str] = {}

    def add(
        self,
        planned: PlannedNotification,
        found: Dossier,
        claimed: ClaimedSignal,
        notification: Notification,
    ) -> None:
        """Take a planned notification in.

        Of several signals that lead to it, the one that it was planned for comes back for it.
        """
        before = self.pending.get(notification.id)
        if before is not None and before.claimed.id == notification.signal_id:
            return
        self.pending[notification.id] = Pending(planned, found, claimed, notification)

    def ready(self) -> list[str]:
        """The notifications that are this batch's to send, soon enough to wait for them."""
        latest = self.runtime.now() + LONGEST_WAIT
        return [
            id_
            for id_, pending in self.pending.items()
            if pending.is_left and (pending.notification.not_before or latest) <= latest
        ]

    async def send(self, ids: list[str]) -> int:
        """Send those of these notifications that are left; gives how many still are afterwards.

        Raises:
            ProviderError: if a record could not be read again; its notification is left.
        """
        left = [self.pending[id_] for id_ in ids if self.pending[id_].is_left]
        letters = [letter for pending in left if (letter := await self._letter(pending))]
        turns = [
            turn
            for channel in Channel
            for turn in await self._turns([one for one in letters if one.channel is channel])
        ]
        results = await asyncio.gather(
            *(self._send_one(letter, moment) for letter, moment in turns), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return sum(self.pending[id_].is_left for id_ in ids)

    async def _turns(self, letters: list[Letter]) -> list[tuple[Letter, datetime]]:
        """When each of these letters of one channel may leave, at the rate of its sender."""
        if not letters:
            return []
        pacer = self.runtime.pacer_of(letters[0].channel)
        begins = await pacer.book(sum(letter.weight for letter in letters))
        turns, before = [], 0
        for letter in letters:
            turns.append((letter, begins + pacer.offset(before)))
            before += letter.weight
        return turns

    async def _letter(self, pending: Pending) -> Letter | None:
        try:
            return letter_for(self.runtime, pending.planned, pending.found, pending.notification.id)
        except RenderingFailed as failure:
            await self._withhold(pending, str(failure), NotificationStatus.REJECTED)
        except NoSafeAddress as reason:
            await self._withhold(pending, str(reason))
        return None

    async def _send_one(self, letter: Letter, moment: datetime) -> None:
        pending, is_mine = self.pending[letter.notification_id], False
        pacer = self.runtime.pacer_of(letter.channel)
        moment = max(moment, pending.notification.not_before or moment)
        while not is_mine:
            # Whose turn is sooner needs the place more.
            if not await pacer.turn(moment, letter.weight):
                pending.result = Sent.LATER
                return
            # The place first: whatever is waited for afterwards, the books are looked at last.
            async with self.runtime.in_flight:
                is_mine = await pacer.arrive(moment)
                if is_mine:
                    await self._send_now(letter)

    async def _send_now(self, letter: Letter) -> None:
        pending = self.pending[letter.notification_id]
        look = LastLook(self.runtime, self.rulebook)
        is_old = self.runtime.now() - pending.found.at > FRESH_FOR
        if is_old and (reason := await look.read_again(pending)):
            await self._withhold(pending, reason)
        elif reason := look.reason_to_stop(pending) or await look.beyond_budget(pending):
            await self._stop(pending, reason)
        elif current := await self._letter(pending) if is_old or look.is_moved(letter) else letter:
            valid_until = look.valid_until(pending)
            pending.result = await send(self.runtime, replace(current, valid_until=valid_until))

    async def _stop(self, pending: Pending, reason: str) -> None:
        if reason in (DRAFT_HELD, OUTSIDE_HOURS, QUIET, BEYOND):
            pending.result = Sent.HELD
        else:
            await self._withhold(pending, reason)

    async def _withhold(
        self,
        pending: Pending,
        reason: str,
        status: NotificationStatus = NotificationStatus.SUPPRESSED,
    ) -> None:
        await withhold(self.runtime, pending.notification.id, reason, status)
        pending.result = Sent.DONE
        self.withheld[pending.claimed.id] = reason
