"""The token pair: rotated by compare-and-set, refreshed by one process at a time, kept sealed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from duebell.domain.connections import StoredPair, TokenPair
from duebell.ledger.ledger import Ledger, LedgerTokens
from duebell.ledger.sealing import Sealer
from duebell.ledger.verifiers import VerifierState
from tests.ledger_scenes import START, Clock, column, rows, run, together


@pytest.fixture
def tokens(ledger: Ledger, sealer: Sealer, clock: Clock) -> LedgerTokens:
    """The store of the pair, seeded."""
    run(ledger.seed_connection("refresh-1"))
    return LedgerTokens(ledger, sealer, clock)


@pytest.fixture
def other_tokens(other: Ledger, sealer: Sealer, clock: Clock) -> LedgerTokens:
    """The same store as another process sees it."""
    return LedgerTokens(other, sealer, clock)


def a_pair(number: int) -> TokenPair:
    """The pair of a rotation."""
    return TokenPair(f"access-{number}", f"refresh-{number}", START + timedelta(hours=12))


def read(tokens: LedgerTokens) -> StoredPair:
    """The pair that is stored."""
    stored = run(tokens.read())
    assert stored is not None
    return stored


def test_nothing_is_stored_before_the_seed(ledger: Ledger, sealer: Sealer, clock: Clock) -> None:
    """An installation that was never connected has no pair."""
    assert None is run(LedgerTokens(ledger, sealer, clock).read())


def test_the_seed_is_the_first_generation(tokens: LedgerTokens) -> None:
    """A seeded pair has its refresh token and no access token yet."""
    stored = read(tokens)

    assert StoredPair(1, None, "refresh-1", None) == stored


def test_the_next_pair_replaces_its_predecessor(tokens: LedgerTokens) -> None:
    """A rotation stores both tokens and the hour at which the access token ends."""
    done = run(tokens.replace(1, a_pair(2)))

    stored = read(tokens)
    expected = StoredPair(2, "access-2", "refresh-2", START + timedelta(hours=12))
    assert (True, expected) == (done, stored)


def test_a_late_writer_loses(tokens: LedgerTokens) -> None:
    """Who rotates from a generation that is gone changes nothing and is told so."""
    run(tokens.replace(1, a_pair(2)))

    done = run(tokens.replace(1, a_pair(3)))

    assert (False, "refresh-2") == (done, read(tokens).refresh)


def test_one_of_many_rotations_wins(tokens: LedgerTokens, other_tokens: LedgerTokens) -> None:
    """Of processes that rotate the same generation at once, exactly one is believed."""
    done = together(
        *(
            store.replace(1, a_pair(number))
            for number, store in enumerate((tokens, other_tokens) * 8, start=10)
        )
    )

    winner = done.index(True) + 10
    assert (1, f"refresh-{winner}", 2) == (
        done.count(True),
        read(tokens).refresh,
        read(tokens).generation,
    )


def test_one_of_many_gets_to_refresh(tokens: LedgerTokens, other_tokens: LedgerTokens) -> None:
    """Only one process at a time may use up the refresh token."""
    won = together(
        *(
            store.claim_refresh(1, f"owner-{number}")
            for number, store in enumerate((tokens, other_tokens) * 8)
        )
    )

    assert 1 == won.count(True)


def test_the_right_to_refresh_runs_out(tokens: LedgerTokens, clock: Clock) -> None:
    """A process that died while refreshing holds up the others for 40 seconds, not for ever."""
    run(tokens.claim_refresh(1, "dead"))
    clock.pass_(seconds=39)
    early = run(tokens.claim_refresh(1, "next"))
    clock.pass_(seconds=1)

    late = run(tokens.claim_refresh(1, "next"))

    assert (False, True) == (early, late)


def test_the_right_to_refresh_is_given_back(tokens: LedgerTokens) -> None:
    """Who could not refresh lets the next one try at once; others cannot give it back for it."""
    run(tokens.claim_refresh(1, "mine"))
    run(tokens.release_refresh(1, "theirs"))
    before = run(tokens.claim_refresh(1, "next"))
    run(tokens.release_refresh(1, "mine"))

    after = run(tokens.claim_refresh(1, "next"))

    assert (False, True) == (before, after)


def test_a_rotation_ends_the_right_to_refresh(tokens: LedgerTokens) -> None:
    """The next generation may be refreshed by anybody; the old one by nobody."""
    run(tokens.claim_refresh(1, "mine"))
    run(tokens.replace(1, a_pair(2)))

    old = run(tokens.claim_refresh(1, "next"))
    new = run(tokens.claim_refresh(2, "next"))

    assert (False, True) == (old, new)


def test_the_same_seed_does_not_undo_rotations(ledger: Ledger, tokens: LedgerTokens) -> None:
    """The seed met again at the next start leaves the newest pair alone."""
    run(tokens.replace(1, a_pair(2)))

    seeded = run(ledger.seed_connection("refresh-1"))

    assert (False, "refresh-2") == (seeded, read(tokens).refresh)


def test_an_older_seed_does_not_undo_a_newer_connection(
    ledger: Ledger, tokens: LedgerTokens
) -> None:
    """An old copy of the credentials, met after connecting anew, leaves the living pair alone."""
    run(ledger.seed_connection("refresh-new"))

    seeded = run(ledger.seed_connection("refresh-1"))

    assert (False, "refresh-new") == (seeded, read(tokens).refresh)


def test_an_older_seed_is_better_than_a_lost_connection(
    ledger: Ledger, tokens: LedgerTokens
) -> None:
    """Where the connection is lost, the token that was given before is tried, and only once."""
    run(ledger.seed_connection("a typing mistake"))
    run(tokens.mark_lost(read(tokens).generation, "refused"))

    first = run(ledger.seed_connection("refresh-1"))
    run(tokens.mark_lost(read(tokens).generation, "refused"))
    second = run(ledger.seed_connection("refresh-1"))

    assert (True, False) == (first, second)


def test_a_new_seed_replaces_what_was(ledger: Ledger, tokens: LedgerTokens) -> None:
    """Connecting anew starts the next generation, found again, and late rotations lose to it."""
    run(tokens.replace(1, a_pair(2)))
    run(tokens.mark_lost(2, "FreshBooks refused the refresh token"))

    seeded = run(ledger.seed_connection("refresh-new"))

    assert (True, StoredPair(3, None, "refresh-new", None)) == (seeded, read(tokens))
    assert False is run(tokens.replace(2, a_pair(4)))


def test_a_lost_connection_says_why(tokens: LedgerTokens) -> None:
    """That a person has to connect again is stored with the pair and in the trail."""
    run(tokens.mark_lost(1, "FreshBooks refused the refresh token"))

    assert "FreshBooks refused the refresh token" == read(tokens).lost_reason


def test_a_rotated_connection_is_not_lost(tokens: LedgerTokens) -> None:
    """A refusal of a token that somebody else has rotated since means nothing."""
    run(tokens.replace(1, a_pair(2)))

    run(tokens.mark_lost(1, "FreshBooks refused the refresh token"))

    assert None is read(tokens).lost_reason


def test_changes_of_the_connection_are_audited(ledger: Ledger, tokens: LedgerTokens) -> None:
    """Seed, rotation and loss are in the trail; attempts that changed nothing are not."""
    run(tokens.replace(1, a_pair(2)))
    run(tokens.replace(1, a_pair(3)))
    run(tokens.mark_lost(1, "late"))
    run(tokens.mark_lost(2, "refused"))

    assert [
        ("seeded", "generation 1"),
        ("refreshed", "generation 2"),
        ("lost", "refused"),
    ] == rows(
        ledger,
        "select action, reason from audit_records where entity = 'connection' order by id",
    )


def test_auth_tokens_are_kept_in_order(ledger: Ledger) -> None:
    """The tokens that sign callbacks come back as they were given; before that there are none."""
    before = run(ledger.auth_tokens())

    run(ledger.put_auth_tokens(["auth-new", "auth-old"]))

    assert ((), ("auth-new", "auth-old")) == (before, run(ledger.auth_tokens()))


def test_auth_tokens_are_replaced(ledger: Ledger) -> None:
    """After a rotation only the tokens of the last writer count."""
    run(ledger.put_auth_tokens(["auth-old"]))

    run(ledger.put_auth_tokens(["auth-new"]))

    assert (("auth-new",), [1]) == (
        run(ledger.auth_tokens()),
        column(ledger, "select count(*) from sealed_values"),
    )


def keep_secrets(ledger: Ledger, tokens: LedgerTokens) -> list[str]:
    """Store every kind of secret; gives them."""
    run(tokens.replace(1, TokenPair("canary-access", "canary-refresh", START)))
    run(ledger.put_auth_tokens(["canary-auth"]))
    run(ledger.ensure_callback("a1", "invoice.create", "https://duebell.example", "url-token"))
    callback = run(ledger.find_callback("url-token"))
    assert callback is not None
    run(ledger.record_handshake(callback, "canary-verifier", "77"))
    run(ledger.mark_verifier(callback.row, "canary-verifier", VerifierState.ACCEPTED))
    run(ledger.seed_connection("canary-seed"))
    return ["canary-access", "canary-refresh", "canary-auth", "canary-verifier", "canary-seed"]


def test_no_secret_is_in_the_files(
    sqlite_url: str,
    tmp_path: Path,
    open_ledger: Callable[[str], Ledger],
    sealer: Sealer,
    clock: Clock,
) -> None:
    """Neither the database file nor its log holds a secret that one could read."""
    ledger = open_ledger(sqlite_url)
    run(ledger.seed_connection("first"))
    keep_secrets(ledger, LedgerTokens(ledger, sealer, clock))

    files = sorted(tmp_path.glob("duebell.db*"))
    content = b"".join(file.read_bytes() for file in files)

    assert ["duebell.db", "duebell.db-shm", "duebell.db-wal"] == [file.name for file in files]
    assert b"url-token" in content
    assert b"canary" not in content


def test_no_secret_is_in_any_row(
    postgres_url: str, open_ledger: Callable[[str], Ledger], sealer: Sealer, clock: Clock
) -> None:
    """No table of the other database holds one either."""
    ledger = open_ledger(postgres_url)
    run(ledger.seed_connection("first"))
    keep_secrets(ledger, LedgerTokens(ledger, sealer, clock))

    dump = " ".join(
        row
        for table in SQLModel.metadata.tables
        for row in column(ledger, f"select t::text from {table} t")  # noqa: S608
    )

    assert "url-token" in dump
    assert "canary" not in dump
