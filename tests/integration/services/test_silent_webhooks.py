"""Webhooks that say nothing: people are told once, and FreshBooks is asked to wake them."""

from __future__ import annotations

import pytest

from duebell.domain.books import Business
from duebell.domain.signals import Signal, SignalSource
from duebell.ledger.businesses import remember
from duebell.notifying.own_events import read_own
from duebell.subscriptions.silent import Noticed, find_silent, notice_silence
from duebell.subscriptions.subscribing import answer_handshakes
from tests.integration.services.desk import ACCOUNT, Desk
from tests.integration.services.web_thread import WebThread
from tests.integration.services.webhooks_scene import need, ours, subscribed, there
from tests.ledger_scenes import column, rows
from tests.sandbox.subscriber import wait_until

EVENT = "payment.create"


@pytest.fixture
def verified(desk: Desk, web: WebThread) -> Desk:
    """A worker whose webhooks were verified an hour ago."""
    need(desk, EVENT)
    subscribed(desk)
    desk.later(hours=1)
    return desk


def poll_finds(desk: Desk, object_id: str) -> None:
    """A poll finds a record that no webhook told of, and a quarter of an hour goes by."""
    desk.run(desk.ledger.record_signal(Signal(ACCOUNT, EVENT, object_id, SignalSource.POLL)))
    desk.run(desk.ledger.write(lambda c: c.exec_driver_sql("update signals set status = 'done'")))
    desk.later(minutes=16)


def noticed(desk: Desk) -> Noticed:
    """One look at the webhooks."""
    return desk.run(notice_silence(desk.runtime))


def counts(found: Noticed) -> tuple[int, int, int]:
    """How many are silent, how many of them newly, and how many were asked to prove themselves."""
    return len(found.silences), len(found.new), found.resent


def resends(desk: Desk) -> int:
    """How often FreshBooks was asked for another handshake."""
    (count,) = column(desk.ledger, "select count(*) from audit_records where action = 'resend'")
    return int(count)


def test_a_silent_webhook_is_told_and_woken(verified: Desk) -> None:
    """A webhook that FreshBooks has disabled tells again after the first look that misses it."""
    remote_id = ours(verified, EVENT).callback_id or ""
    verified.sandbox.disable_callback(int(remote_id))
    poll_finds(verified, "1")

    first = noticed(verified)
    wait_until(lambda: verified.run(answer_handshakes(verified.runtime)) == 1)

    assert (1, 1, 1) == counts(first)
    assert [True] == [one.is_verified for one in there(verified)]
    assert [] == verified.run(find_silent(verified.runtime))


def test_a_webhook_that_stays_silent_is_asked_once_an_hour(verified: Desk) -> None:
    """However often upkeep looks, people are told once and FreshBooks is asked once an hour."""
    verified.sandbox.change_settings(delivery_tries=1)
    verified.sandbox.set_scenario("deliveries-lost", provider="freshbooks")
    poll_finds(verified, "1")

    looks = []
    for _ in range(6):
        looks.append(counts(noticed(verified)))
        verified.later(minutes=15)

    assert [(1, 1, 1), (1, 0, 0), (1, 0, 0), (1, 0, 0), (1, 0, 1), (1, 0, 0)] == looks
    assert 2 == resends(verified)
    assert 1 == len(column(verified.ledger, "select id from signals where source = 'own'"))


def test_webhooks_that_tell_are_left_alone(verified: Desk) -> None:
    """Where a delivery came, nobody is told and FreshBooks is asked for nothing."""
    poll_finds(verified, "1")
    verified.hear(EVENT, "2")

    assert (0, 0, 0) == counts(noticed(verified))
    assert 0 == resends(verified)


def test_a_webhook_that_freshbooks_does_not_know_is_told_all_the_same(verified: Desk) -> None:
    """That FreshBooks refuses the resend does not keep people from hearing of the silence."""
    remote_id = ours(verified, EVENT).callback_id or ""
    verified.run(verified.runtime.books.delete_callback(ACCOUNT, remote_id))
    poll_finds(verified, "1")

    assert (1, 1, 0) == counts(noticed(verified))


def test_texts_whose_reports_do_not_come_are_told_and_none_is_woken(desk: Desk) -> None:
    """Where Twilio reaches nobody people are told once; FreshBooks has nothing to do with it."""
    for _ in range(3):
        desk.new_invoice()
    desk.notify()
    desk.settle()
    desk.later(minutes=16)

    looks = [noticed(desk), noticed(desk)]

    assert [(1, 1, 0), (1, 0, 0)] == [counts(found) for found in looks]
    assert ["twilio.status"] == [one.event for one in looks[0].silences]
    assert [("", "webhook.silent")] == rows(
        desk.ledger, "select account_id, event from signals where source = 'own'"
    )


def test_staff_reads_since_when_on_the_clock_of_the_firm(desk: Desk) -> None:
    """A message about a silent webhook says its moment as the firm's own commands do."""
    firm = Business(ACCOUNT, "1", "Northwind", "America/Toronto", "CA")
    silent = Signal(ACCOUNT, "webhook.silent", f"{EVENT}:2026-11-14T09:30:12.345678+00:00")
    desk.run(desk.ledger.write(lambda c: remember(c, firm)))

    dossier = desk.run(read_own(desk.runtime, silent))

    assert dossier.notice is not None
    assert "2026-11-14 04:30 EST" == dossier.notice.since
