"""A pair that a person's consent brought: it replaces what was, and nothing older replaces it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from duebell.domain.connections import StoredPair, TokenPair
from duebell.domain.signals import SignalStatus
from duebell.ledger import inbox
from duebell.ledger.claiming import Ending
from duebell.ledger.ledger import Ledger, LedgerTokens
from duebell.ledger.sealing import Sealer
from tests.ledger_scenes import START, Clock, claimed_signal, column, rows, run

UNTIL = START + timedelta(hours=12)
SCOPE = "user:profile:read user:invoices:read"


@pytest.fixture
def tokens(ledger: Ledger, sealer: Sealer, clock: Clock) -> LedgerTokens:
    """The store of the pair, empty."""
    return LedgerTokens(ledger, sealer, clock)


def a_pair(name: str = "new", scope: str = SCOPE) -> TokenPair:
    """A pair that a consent brought."""
    return TokenPair(f"access-{name}", f"refresh-{name}", UNTIL, scope)


def read(tokens: LedgerTokens) -> StoredPair:
    """The pair that is stored."""
    stored = run(tokens.read())
    assert stored is not None
    return stored


def put_off(ledger: Ledger, object_id: str, until: timedelta) -> None:
    """Have a signal that waits, as one does whose record could not be read."""
    claimed = claimed_signal(ledger, object_id)
    run(ledger.end_signals([Ending(claimed.id, "no connection", START, START + until)]))


def test_the_first_connection(ledger: Ledger, tokens: LedgerTokens) -> None:
    """Where nobody was ever connected the pair is the first generation, ready for use."""
    generation = run(ledger.connect(a_pair()))

    expected = StoredPair(1, "access-new", "refresh-new", UNTIL, scope=SCOPE)
    assert (1, expected, START) == (generation, read(tokens), read(tokens).renewed_at)


def test_connecting_ends_a_loss(ledger: Ledger, tokens: LedgerTokens) -> None:
    """After a loss the next generation is whole, and whoever refreshed the old one loses."""
    run(ledger.seed_connection("refresh-1"))
    run(tokens.claim_refresh(1, "worker"))
    run(tokens.mark_lost(1, "refused"))

    run(ledger.connect(a_pair()))

    late = run(tokens.replace(1, a_pair("late")))
    run(tokens.mark_lost(1, "refused, late"))
    assert (False, 2, None) == (late, read(tokens).generation, read(tokens).lost_reason)
    assert run(tokens.claim_refresh(2, "another worker"))


@pytest.mark.parametrize("token", ["refresh-new", "in the block", "in the settings", "refresh-1"])
def test_no_copy_of_the_credentials_replaces_it(
    ledger: Ledger, tokens: LedgerTokens, token: str
) -> None:
    """Neither the block's copy of the pair's own token nor any older one starts anew from there."""
    run(ledger.seed_connection("refresh-1"))
    run(ledger.connect(a_pair(), ["in the block", "in the settings"]))
    run(tokens.replace(2, a_pair("rotated")))

    is_seeded = run(ledger.seed_connection(token))

    assert (False, "refresh-rotated") == (is_seeded, read(tokens).refresh)


def test_its_own_token_is_not_tried_again_after_a_loss(
    ledger: Ledger, tokens: LedgerTokens
) -> None:
    """A lost connection does not start anew from the token with which it began, which is spent."""
    run(ledger.connect(a_pair()))
    run(tokens.mark_lost(1, "refused"))

    is_seeded = run(ledger.seed_connection("refresh-new"))

    assert (False, "refused") == (is_seeded, read(tokens).lost_reason)


def test_what_waited_for_it_is_worked_on(ledger: Ledger, clock: Clock) -> None:
    """Signals that were put off for minutes can be claimed the moment the pair is stored."""
    put_off(ledger, "42", timedelta(minutes=15))
    put_off(ledger, "43", timedelta(hours=2))
    before = run(ledger.count_claimable())

    run(ledger.connect(a_pair()))

    assert (0, 2) == (before, run(ledger.count_claimable()))


def test_waking_touches_nothing_else(ledger: Ledger, clock: Clock) -> None:
    """What is claimed or done stays so, and what is due already keeps its time."""
    done = claimed_signal(ledger, "43")
    run(ledger.end_signals([Ending(done.id, "told", START)]))
    claimed_signal(ledger, "44")
    put_off(ledger, "42", timedelta(minutes=15))
    put_off(ledger, "41", timedelta(minutes=-1))
    clock.pass_(minutes=1)

    woken = run(ledger.write(lambda c: inbox.wake(c, clock())))

    found = rows(ledger, "select object_id, status from signals order by object_id")
    assert 1 == woken
    assert [
        ("41", SignalStatus.DEFERRED),
        ("42", SignalStatus.DEFERRED),
        ("43", SignalStatus.DONE),
        ("44", SignalStatus.CLAIMED),
    ] == found


def test_a_refresh_keeps_the_scope_it_does_not_tell(ledger: Ledger, tokens: LedgerTokens) -> None:
    """An answer without a scope means the same as before; one with a scope counts."""
    run(ledger.connect(a_pair()))
    run(tokens.replace(1, a_pair("second", scope="")))
    kept = read(tokens).scope

    run(tokens.replace(2, a_pair("third", scope="user:profile:read")))

    assert (SCOPE, "user:profile:read") == (kept, read(tokens).scope)


def test_a_seed_knows_no_scope(ledger: Ledger, tokens: LedgerTokens) -> None:
    """A token that somebody typed in says nothing of what it was granted."""
    run(ledger.connect(a_pair()))

    run(ledger.seed_connection("typed in"))

    assert ("", None) == (read(tokens).scope, read(tokens).access)


def test_connecting_is_in_the_trail(ledger: Ledger) -> None:
    """Who looks later finds when the connection was made anew."""
    run(ledger.connect(a_pair()))

    assert ["connected"] == column(
        ledger, "select action from audit_records where entity = 'connection'"
    )
