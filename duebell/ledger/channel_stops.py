"""Channels on which nothing can be sent until somebody has mended the configuration.

A wrong key must not burn a thousand messages: what waits stays planned, and at growing pauses one
message is let through to see whether it works again. Everything happens in the transactions that
give the right to send and that record what came of it, so any number of workers agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, func, select, update

from duebell.domain.sentences import with_code
from duebell.domain.signals import Signal, SignalSource
from duebell.ledger import audit, inbox, waiting
from duebell.ledger.audit import AuditRecord
from duebell.ledger.inbox import Arrival
from duebell.ledger.losses import LOST
from duebell.ledger.sending_tables import ChannelStopRow
from duebell.ledger.statements import insert_or

STOPS = ChannelStopRow.__table__  # type: ignore[attr-defined]

#: Pauses between the messages that are let through to see whether it works again.
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
)

#: A channel that stops again and again for one reason is told of so often at most.
TOLD_EVERY = timedelta(hours=1)

_MARK = "stop "
_IN_FORCE = STOPS.c.ended_at.is_(None)
ENTITY = "channel"
_SENT = {"sms": "texts", "email": "emails"}


@dataclass(frozen=True, slots=True)
class Stop:
    """That a channel is stopped, since when and why; ``next_try_at`` one message is let through.

    ``is_late`` says that the provider takes messages and only then says that it cannot send them,
    the first of them begun at ``begun_at``.
    """

    id: int
    channel: str
    code: str
    reason: str
    is_late: bool
    since: datetime
    tries: int
    next_try_at: datetime
    told_at: datetime | None
    begun_at: datetime | None

    def is_disproved_by(self, begun_at: datetime) -> bool:
        """Whether a message that was begun then and has left proves that the channel works.

        One of those begun beside messages that the provider took and failed: it fails only some.
        """
        return begun_at > (self.begun_at or self.since)

    @property
    def why(self) -> str:
        """The reason with the provider's code, as a part of a sentence."""
        return with_code(self.reason, self.code)

    @property
    def waiting(self) -> str:
        """Why a message waits that this stop holds back; by its beginning it is found again."""
        return f"{waiting.on(self.channel)}{self.reason}"

    def sentence(self, since: str) -> str:
        """Say it, with its beginning as somebody reads moments, and how to mend it."""
        return (
            f"No {_SENT[self.channel]} can be sent since {since}: {self.why}. Once that is mended "
            f"(`duebell check`), `duebell channels resume {self.channel}` sends what waits."
        )


_COLUMNS = tuple(STOPS.c[name] for name in Stop.__slots__)


def in_force(connection: Connection) -> dict[str, Stop]:
    """The stops that are in force, by channel."""
    return _read(connection.execute(select(*_COLUMNS).where(_IN_FORCE)).mappings())


def last_ended(connection: Connection, channel: str) -> datetime | None:
    """When the last stop of a channel ended; None where it was never stopped."""
    query = select(func.max(STOPS.c.ended_at)).where(STOPS.c.channel == channel)
    return connection.execute(query).scalar()


def mark_of(id_: int) -> str:
    """What tells a stop from others of its channel, in the signal that tells of it."""
    return f"{_MARK}{id_}"


def told_by(connection: Connection, mark: str) -> tuple[Stop, bool] | None:
    """The stop that has this mark, and whether it is over; None where it is no such mark."""
    number = mark.removeprefix(_MARK)
    if number == mark or not number.isdecimal():
        return None
    query = select(*_COLUMNS, STOPS.c.ended_at).where(STOPS.c.id == int(number))
    row = connection.execute(query).first()
    return None if row is None else (Stop(*row[:-1]), row[-1] is not None)


def lock(connection: Connection) -> dict[str, Stop]:
    """The stops in force; others wait for this transaction before they change one."""
    found = select(*_COLUMNS).where(_IN_FORCE).order_by(STOPS.c.id).with_for_update()
    return _read(connection.execute(found).mappings())


def _read(rows: Iterable[RowMapping]) -> dict[str, Stop]:
    return {row["channel"]: Stop(**row) for row in rows}


def let_through(connection: Connection, stop: Stop, now: datetime) -> bool:
    """Whether a message may leave all the same, to see whether it works; then it is the only one.

    The caller has locked the stop.
    """
    if now < stop.next_try_at:
        return False
    pause = PAUSES[min(stop.tries, len(PAUSES) - 1)]
    told_at = stop.told_at or _tell(connection, stop.channel, stop.code, stop.id, now)
    changed = connection.execute(
        update(STOPS)
        .where(STOPS.c.id == stop.id, _IN_FORCE, STOPS.c.next_try_at == stop.next_try_at)
        .values(tries=stop.tries + 1, next_try_at=now + pause, told_at=told_at)
    )
    return changed.rowcount == 1


def stop(
    connection: Connection,
    channel: str,
    code: str,
    reason: str,
    now: datetime,
    *,
    is_late: bool,
    begun_at: datetime | None = None,
) -> bool:
    """Stop a channel; False where it is stopped already. People are told by a signal.

    Another process may be stopping it in this moment: then it is known when this one is written.
    """
    values = {
        "channel": channel,
        "code": code,
        "reason": reason,
        "is_late": is_late,
        "since": now,
        "tries": 1,
        "next_try_at": now + PAUSES[0],
        "begun_at": begun_at,
    }
    added = insert_or(connection, STOPS).values(**values).on_conflict_do_nothing()
    id_ = connection.execute(added.returning(STOPS.c.id)).scalar()
    if id_ is None:
        return False
    record = AuditRecord("duebell", "stopped", ENTITY, channel, reason=with_code(reason, code))
    audit.append(connection, [record], now)
    told_at = _tell(connection, channel, code, id_, now)
    connection.execute(update(STOPS).where(STOPS.c.id == id_).values(told_at=told_at))
    return True


def _tell(
    connection: Connection, channel: str, code: str, id_: int, now: datetime
) -> datetime | None:
    """Have people told of a stop; not now (None) where they have just heard of one like it."""
    is_alike = (STOPS.c.channel == channel, STOPS.c.code == code)
    recent = select(STOPS.c.id).where(*is_alike, STOPS.c.told_at > now - TOLD_EVERY).limit(1)
    if connection.execute(recent).first() is not None:
        return None
    signal = Signal("", LOST, f"{channel}:{mark_of(id_)}", SignalSource.OWN)
    inbox.record(connection, [Arrival(signal, now)])
    return now


def end(connection: Connection, channel: str, by: str, now: datetime) -> bool:
    """End a stop, and have what waited for it sent; False where there is none."""
    woken = ended(connection, channel, by, now)
    inbox.reopen(connection, woken or [], now)
    return woken is not None


def ended(connection: Connection, channel: str, by: str, now: datetime) -> list[int] | None:
    """As :func:`end`, but the caller has these signals looked at again; None without a stop."""
    code = connection.execute(
        update(STOPS)
        .where(STOPS.c.channel == channel, _IN_FORCE)
        .values(ended_at=now, ended_by=by)
        .returning(STOPS.c.code)
    ).scalar()
    if code is None:
        return None
    audit.append(connection, [AuditRecord(by, "resumed", ENTITY, channel)], now)
    return waiting.wake(connection, channel, code, now)


def try_now(connection: Connection, channels: Iterable[str], now: datetime) -> int:
    """Let one message through on these channels now; gives how many of them are stopped."""
    wanted, woken = set(channels), set[int]()
    found = {name: one for name, one in lock(connection).items() if name in wanted}
    for channel, current in found.items():
        connection.execute(
            update(STOPS)
            .where(STOPS.c.channel == channel, _IN_FORCE)
            .values(tries=0, next_try_at=now)
        )
        woken |= set(waiting.wake(connection, channel, current.code, now))
    inbox.reopen(connection, woken, now)
    return len(found)


def try_by_hand(connection: Connection, channel: str, by: str, now: datetime) -> bool:
    """Let one message through at an operator's word; False where the channel is not stopped."""
    is_stopped = try_now(connection, [channel], now) > 0
    if is_stopped:
        why = "one message is let through"
        audit.append(connection, [AuditRecord(by, "tried", ENTITY, channel, reason=why)], now)
    return is_stopped
