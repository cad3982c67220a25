"""How a sender slows down when its provider refuses for haste (429), and speeds up again.

A provider's limit is not known beforehand: Twilio's is one of requests at the same time, shared by
all products of an account and written nowhere (https://www.twilio.com/docs/api/errors/20429). So
the pace is looked for as TCP looks for that of a connection: a refusal makes it slower at once,
time makes it faster again, and it stays shortly below what is allowed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

#: The pause after the first refusal in a row that asked for none, and the longest one.
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 300.0

#: What a refusal leaves of the pace, and what one that comes soon after a pause does.
CUT, DEEP_CUT = 0.8, 0.5
SOON = timedelta(seconds=5)
#: Time doubles the pace in so many seconds: a cut is made up for in about ten.
DOUBLED_IN_SECONDS = 30.0
#: The slowest pace, as a share of the sender's own.
SLOWEST = 0.01


def pause_after(refusals: int, jitter: float) -> float:
    """The pause in seconds after so many refusals in a row; ``jitter`` is in [0, 1)."""
    longest = min(FIRST_PAUSE_SECONDS * 2 ** min(refusals - 1, 20), LONGEST_PAUSE_SECONDS)
    return float(longest * (0.5 + jitter / 2))


class Slowing:
    """The pauses of one sender and its pace behind them. ``per_second`` is its own, in segments."""

    def __init__(self, per_second: float) -> None:
        self._own = per_second
        self._slower: float | None = None
        self._rounds = 0
        self._closed_at: datetime | None = None
        self._opens_at: datetime | None = None
        self._next_at: datetime | None = None

    def opens_at(self, moment: datetime) -> datetime:
        """The first time from this moment on at which anything may leave."""
        return moment if self._opens_at is None else max(moment, self._opens_at)

    def free_at(self, moment: datetime) -> datetime:
        """The first time from this moment on that nobody has taken yet."""
        opens = self.opens_at(moment)
        return opens if self._next_at is None else max(opens, self._next_at)

    def close_until(self, moment: datetime) -> None:
        """Let nothing through before; an earlier end than before changes nothing."""
        self._opens_at = self.opens_at(moment)

    def refused(
        self, asked_at: datetime, now: datetime, told: float | None, jitter: float, *, slows: bool
    ) -> datetime:
        """A request of ``asked_at`` was refused; gives the moment at which the sender opens again.

        ``told`` is the pause that the provider asks for, in seconds; without one pauses double with
        each refusal in a row. What was under way when the sender was closed tells nothing new.
        ``slows`` says that the refusal was for haste, and not that nobody was reached.
        """
        if self._closed_at is not None and asked_at < self._closed_at:
            self.close_until(now + timedelta(seconds=told or 0.0))
            return self.opens_at(now)
        if slows:
            self._slower = self._cut(now)
        self._rounds += 1
        pause = told if told is not None else pause_after(self._rounds, jitter)
        self._closed_at = now
        self.close_until(now + timedelta(seconds=pause))
        self._next_at = self._opens_at
        return self.opens_at(now)

    def answered(self, asked_at: datetime) -> None:
        """A request of ``asked_at`` was taken, or refused for its own sake."""
        if self._closed_at is None or asked_at >= self._closed_at:
            self._rounds = 0

    def wait(self, behind: int, now: datetime) -> timedelta:
        """How long somebody waits from now on behind so many segments."""
        pace = self._pace(now)
        queue = timedelta(seconds=behind / pace) if pace is not None else timedelta(0)
        return self.free_at(now) - now + queue

    def leave(self, weight: int, now: datetime) -> None:
        """So many segments leave now; at a slower pace the next ones keep their distance.

        At the sender's own pace that is kept by what is booked for all workers.
        """
        pace = self._pace(now)
        self._next_at = None if pace is None else now + timedelta(seconds=weight / pace)

    def _pace(self, now: datetime) -> float | None:
        """The slower pace of this moment; None at the sender's own."""
        if self._slower is None or self._opens_at is None:
            return None
        since = max((now - self._opens_at).total_seconds(), 0.0)
        pace = self._slower * 2 ** min(since / DOUBLED_IN_SECONDS, 20)
        if pace >= self._own:
            self._slower = None
            return None
        return float(pace)

    def _cut(self, now: datetime) -> float:
        is_soon = self._opens_at is not None and now - self._opens_at < SOON
        pace = self._pace(now) or self._own
        return max(pace * (DEEP_CUT if is_soon else CUT), self._own * SLOWEST)
