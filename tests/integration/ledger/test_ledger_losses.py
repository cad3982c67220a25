"""Losses of the connection: told once, whoever notices them and however often."""

from __future__ import annotations

from datetime import timedelta

import pytest

from duebell.domain.connections import TokenPair
from duebell.ledger import losses
from duebell.ledger.ledger import Ledger, LedgerTokens
from duebell.ledger.losses import LostConnection
from duebell.ledger.sealing import Sealer
from tests.ledger_scenes import Clock, rows, run, together

REASON = "FreshBooks no longer accepts the stored refresh token"


@pytest.fixture
def tokens(ledger: Ledger, sealer: Sealer, clock: Clock) -> LedgerTokens:
    """The store of the pair, seeded."""
    run(ledger.seed_connection("seed"))
    return LedgerTokens(ledger, sealer, clock)


def own_signals(ledger: Ledger) -> list[tuple[str, str, str]]:
    """What people are told of."""
    found = rows(
        ledger, "select account_id, event, object_id from signals where source = 'own' order by id"
    )
    return [(row[0], row[1], row[2]) for row in found]


def test_a_loss_is_told_with_its_mark(ledger: Ledger, tokens: LedgerTokens) -> None:
    """The signal is there as soon as the pair is marked, and marking it again adds none."""
    for _ in range(2):
        run(tokens.mark_lost(1, REASON))

    assert [("", "connection.lost", "freshbooks:1")] == own_signals(ledger)
    assert [(1,)] == rows(ledger, "select deliveries from signals")


def test_processes_that_notice_it_together_tell_it_once(
    ledger: Ledger, other: Ledger, tokens: LedgerTokens, sealer: Sealer, clock: Clock
) -> None:
    """Two processes that find the same pair dead at once are one signal."""
    others = LedgerTokens(other, sealer, clock)

    together(tokens.mark_lost(1, REASON), others.mark_lost(1, REASON))

    assert [(1,)] == rows(ledger, "select deliveries from signals")


def test_a_pair_that_was_replaced_is_not_lost(
    ledger: Ledger, tokens: LedgerTokens, clock: Clock
) -> None:
    """Who finds a generation dead that is gone by then tells nobody."""
    run(tokens.replace(1, TokenPair("access", "refresh", clock() + timedelta(hours=12))))

    run(tokens.mark_lost(1, REASON))

    assert [] == own_signals(ledger)


def test_the_next_loss_is_told_again(ledger: Ledger, tokens: LedgerTokens) -> None:
    """A connection that was made anew and is lost again is another loss."""
    run(tokens.mark_lost(1, REASON))
    run(ledger.seed_connection("another-seed"))

    run(tokens.mark_lost(2, REASON))

    assert ["freshbooks:1", "freshbooks:2"] == [signal[2] for signal in own_signals(ledger)]


def announce(ledger: Ledger, clock: Clock) -> LostConnection | None:
    """What this process may announce."""
    lost = run(ledger.read(losses.lost_connection))
    if lost is None:
        return None
    is_mine = run(ledger.write(lambda c: losses.claim_announcement(c, lost, clock())))
    return lost if is_mine else None


def test_one_process_announces_a_loss(
    ledger: Ledger, other: Ledger, tokens: LedgerTokens, clock: Clock
) -> None:
    """Outside of Duebell a loss is said once, by whoever comes first."""
    before = announce(ledger, clock)
    run(tokens.mark_lost(1, REASON))

    said = [announce(process, clock) for process in (ledger, other, ledger)]

    assert [None, LostConnection("freshbooks", 1, REASON), None, None] == [before, *said]


def test_an_inactive_account_is_told_once_a_day(ledger: Ledger, clock: Clock) -> None:
    """However many calls meet it, people hear of it once a day until it is mended."""

    def tell(account_id: str) -> bool:
        return run(ledger.write(lambda c: losses.tell_inactive(c, account_id, clock())))

    news = [tell("6BApk"), tell("6BApk"), tell("9XyZw")]
    clock.pass_(days=1)
    news.append(tell("6BApk"))

    assert [True, False, True, True] == news
    assert [
        ("", "connection.lost", "6BApk:inactive:2026-03-02"),
        ("", "connection.lost", "9XyZw:inactive:2026-03-02"),
        ("", "connection.lost", "6BApk:inactive:2026-03-03"),
    ] == own_signals(ledger)
