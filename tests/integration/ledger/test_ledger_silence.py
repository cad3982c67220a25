"""Silent webhooks, as the inbox shows them."""

from __future__ import annotations

import pytest

from duebell.domain.books import Business
from duebell.domain.connections import KnownCallback
from duebell.domain.signals import Signal, SignalSource
from duebell.domain.silence import Silence
from duebell.ledger import businesses, silence
from duebell.ledger.ledger import Ledger
from tests.ledger_scenes import ACCOUNT, START, Clock, column, rows, run

URL = "https://duebell.example"
EVENT = "payment.create"


@pytest.fixture
def verified(ledger: Ledger, clock: Clock) -> Ledger:
    """A ledger with a webhook that was verified an hour ago."""
    verify(ledger)
    clock.pass_(hours=1)
    return ledger


def verify(ledger: Ledger, event: str = EVENT) -> None:
    """FreshBooks has verified a webhook for an event."""
    run(ledger.ensure_callback(ACCOUNT, event, URL, "token-1"))
    run(ledger.bind_callback(callback(ledger).row, "77", is_verified=True))


def callback(ledger: Ledger) -> KnownCallback:
    """The webhook."""
    (known,) = run(ledger.callbacks(URL))
    return known


def hear(ledger: Ledger, object_id: str, source: SignalSource, event: str = EVENT) -> None:
    """A signal comes, and is worked off at once."""
    run(ledger.record_signal(Signal(ACCOUNT, event, object_id, source)))
    run(ledger.write(lambda c: c.exec_driver_sql("update signals set status = 'done'")))


def polled(ledger: Ledger, object_id: str, event: str = EVENT) -> None:
    """A poll finds a record."""
    hear(ledger, object_id, SignalSource.POLL, event)


def told(ledger: Ledger, object_id: str, event: str = EVENT) -> None:
    """A webhook tells of a record."""
    hear(ledger, object_id, SignalSource.WEBHOOK, event)


def silences(ledger: Ledger, clock: Clock) -> list[Silence]:
    """The silent webhooks now."""
    return run(ledger.read(lambda c: silence.find(c, URL, clock())))


def test_what_no_webhook_told_is_silence(verified: Ledger, clock: Clock) -> None:
    """Records that polls found and no webhook told of in a quarter of an hour are silence."""
    since = clock()
    polled(verified, "1")
    clock.pass_(minutes=5)
    polled(verified, "2")
    clock.pass_(minutes=15)

    found = silences(verified, clock)

    assert [Silence(ACCOUNT, EVENT, since, 2)] == found
    assert [str(found[0])] == [
        line for line in run(verified.readiness(URL)) if line.startswith("No webhook for")
    ]


def test_people_read_the_clock_of_the_business(verified: Ledger, clock: Clock) -> None:
    """Since when nothing came is told on the clock that all other times are told on."""
    toronto = Business(ACCOUNT, "1", "", "America/Toronto", "CA")
    run(verified.write(lambda c: businesses.remember(c, toronto)))
    polled(verified, "1")
    clock.pass_(minutes=20)

    (line,) = [one for one in run(verified.readiness(URL)) if one.startswith("No webhook for")]

    assert "has come since 2026-03-02 11:00 EST (" in line


def test_a_webhook_may_take_its_time(verified: Ledger, clock: Clock) -> None:
    """For a quarter of an hour what only a poll found says nothing."""
    polled(verified, "1")
    clock.pass_(minutes=14)

    assert [] == silences(verified, clock)


def test_a_webhook_for_anything_since_ends_it(verified: Ledger, clock: Clock) -> None:
    """A delivery of the event about another record shows that they come."""
    polled(verified, "1")
    clock.pass_(minutes=20)
    told(verified, "2")

    assert [] == silences(verified, clock)


def test_a_webhook_for_another_event_does_not_end_it(verified: Ledger, clock: Clock) -> None:
    """Each event has a webhook of its own, which may be disabled alone."""
    polled(verified, "1")
    clock.pass_(minutes=20)
    told(verified, "1", "invoice.create")

    assert 1 == len(silences(verified, clock))


def test_what_a_webhook_told_before_the_poll_is_not_missed(verified: Ledger, clock: Clock) -> None:
    """A poll that finds what a webhook told of hours ago proves nothing."""
    told(verified, "1")
    clock.pass_(hours=3)
    polled(verified, "1")
    clock.pass_(minutes=20)

    assert [] == silences(verified, clock)


def test_a_webhook_and_a_poll_at_once_are_a_webhook(verified: Ledger, clock: Clock) -> None:
    """A webhook that comes while the poll's signal still waits makes it its own."""
    for source in (SignalSource.POLL, SignalSource.WEBHOOK, SignalSource.POLL):
        run(verified.record_signal(Signal(ACCOUNT, EVENT, "1", source)))
    clock.pass_(minutes=20)

    assert [("webhook", 3)] == rows(verified, "select source, deliveries from signals")
    assert [] == silences(verified, clock)


def test_updates_prove_nothing(ledger: Ledger, clock: Clock) -> None:
    """Polls find changes that FreshBooks need not have announced."""
    verify(ledger, "invoice.update")
    clock.pass_(hours=1)
    polled(ledger, "1", "invoice.update")
    clock.pass_(minutes=20)

    assert [] == silences(ledger, clock)


def test_what_came_before_the_webhook_was_there_is_not_missed(ledger: Ledger, clock: Clock) -> None:
    """What is found just after the handshake may be older than it; what comes later is not."""
    polled(ledger, "1")
    verify(ledger)
    clock.pass_(minutes=10)
    polled(ledger, "2")
    clock.pass_(minutes=20)

    assert [] == silences(ledger, clock)


def test_a_webhook_that_was_disabled_is_silent_too(verified: Ledger, clock: Clock) -> None:
    """Once verified, a webhook is missed, however FreshBooks shows that it is disabled."""
    polled(verified, "1")
    clock.pass_(minutes=20)
    run(verified.bind_callback(callback(verified).row, "77", is_verified=False))

    assert 1 == len(silences(verified, clock))


def test_a_handshake_ends_it(verified: Ledger, clock: Clock) -> None:
    """A verifier that has just come through shows that FreshBooks reaches us again."""
    polled(verified, "1")
    clock.pass_(minutes=20)
    run(verified.record_handshake(callback(verified), "a-new-verifier", "77"))
    run(verified.accept_verifier(callback(verified).row, "a-new-verifier", "77"))

    assert [] == silences(verified, clock)


def test_an_old_silence_is_no_news(verified: Ledger, clock: Clock) -> None:
    """After a day nobody looks for what was missed."""
    polled(verified, "1")
    clock.pass_(hours=25)

    assert [] == silences(verified, clock)


def tell(ledger: Ledger, clock: Clock) -> list[bool]:
    """Have people told of what is silent now; whether it was news."""
    return [_tell(ledger, one, clock) for one in silences(ledger, clock)]


def _tell(ledger: Ledger, found: Silence, clock: Clock) -> bool:
    return run(ledger.write(lambda c: silence.tell(c, found, clock())))


def own_signals(ledger: Ledger) -> list[str]:
    """What people were told of."""
    return column(ledger, "select object_id from signals where source = 'own' order by id")


def test_a_silence_is_told_once(verified: Ledger, clock: Clock) -> None:
    """However often it is looked at, and however much more is missed, it is one signal."""
    since = clock()
    polled(verified, "1")
    clock.pass_(minutes=20)
    news = [tell(verified, clock)]
    polled(verified, "2")
    clock.pass_(hours=3)
    news.append(tell(verified, clock))

    assert [[True], [False]] == news
    assert [f"{EVENT}:{since.isoformat()}"] == own_signals(verified)
    assert [(ACCOUNT, "webhook.silent")] == rows(
        verified, "select account_id, event from signals where source = 'own'"
    )


def test_the_next_silence_is_told_again(verified: Ledger, clock: Clock) -> None:
    """After a delivery has shown that it was over, a new silence is news."""
    polled(verified, "1")
    clock.pass_(minutes=20)
    tell(verified, clock)
    told(verified, "2")
    clock.pass_(minutes=20)
    polled(verified, "3")
    clock.pass_(minutes=20)

    news = tell(verified, clock)

    assert ([True], 2) == (news, len(own_signals(verified)))


def test_when_something_was_last_heard(verified: Ledger, clock: Clock) -> None:
    """The last delivery of each event is known; what polls found does not count."""
    told(verified, "1")
    at = clock()
    clock.pass_(hours=1)
    polled(verified, "2")

    heard = run(verified.read(silence.last_heard))

    assert {(ACCOUNT, EVENT): at} == heard
    assert START < at
