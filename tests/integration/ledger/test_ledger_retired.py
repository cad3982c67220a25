"""Subscriptions that are not wanted any more, refused, or asked for again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from duebell.domain.connections import KnownCallback
from duebell.ledger import subscriptions
from duebell.ledger.ledger import Ledger
from duebell.ledger.verifiers import VerifierState
from tests.ledger_scenes import START, Clock, rows, run

URL = "https://duebell.example"
EVENT = "invoice.create"
REFUSAL = "FreshBooks answered 403."


@pytest.fixture
def bound(ledger: Ledger) -> KnownCallback:
    """A verified subscription, with its secret."""
    run(ledger.ensure_callback("a1", EVENT, URL, "token-1"))
    first = only(ledger)
    run(ledger.record_handshake(first, "secret", "77"))
    run(ledger.accept_verifier(first.row, "secret", "77"))
    return only(ledger)


def only(ledger: Ledger) -> KnownCallback:
    """The one subscription that there ever was."""
    (known,) = run(ledger.read(subscriptions.every))
    return known


def retire(ledger: Ledger, known: KnownCallback) -> None:
    """It is not wanted any more."""

    def change(connection: Connection) -> None:
        subscriptions.retire(connection, known.row, "no rule needs it", START)

    run(ledger.write(change))


def test_a_retired_subscription_keeps_its_row(ledger: Ledger, bound: KnownCallback) -> None:
    """It is not wanted, and what is delivered to its address is still signed for by its secret."""
    retire(ledger, bound)

    found = run(ledger.find_callback("token-1"))

    assert found is not None
    assert (False, "77", ("secret",)) == (found.is_wanted, found.callback_id, found.verifiers)
    assert [] == run(ledger.callbacks(URL))


def test_a_retired_subscription_is_not_missed(ledger: Ledger, bound: KnownCallback) -> None:
    """Readiness does not ask for the verification of what nobody wants."""
    run(ledger.ensure_callback("a1", "payment.create", URL, "token-2"))
    retire(ledger, bound)
    run(ledger.forget_remote_callback(bound.row))

    missing = run(ledger.readiness(URL))

    assert ["The webhook for payment.create is not registered yet."] == [
        line for line in missing if "webhook" in line
    ]


def test_retiring_is_audited_once(ledger: Ledger, bound: KnownCallback) -> None:
    """The trail tells when and why, however often it is found."""
    for _ in range(2):
        retire(ledger, bound)

    assert [("verified", "removed", "no rule needs it")] == rows(
        ledger,
        "select from_status, to_status, reason from audit_records where action = 'retired'",
    )


def test_what_is_wanted_again_is_the_same_row(ledger: Ledger, bound: KnownCallback) -> None:
    """It has its old address, and FreshBooks' id for as long as FreshBooks did not delete it."""
    retire(ledger, bound)

    run(ledger.ensure_callback("a1", EVENT, URL, "token-2"))

    after = only(ledger)
    assert (bound.row, True, "token-1", "77") == (
        after.row,
        after.is_wanted,
        after.url_token,
        after.callback_id,
    )


def test_only_the_deleted_one_is_forgotten(ledger: Ledger, bound: KnownCallback) -> None:
    """That a second subscription to the same address was deleted leaves ours bound."""

    def delete(callback_id: str) -> str | None:
        run(ledger.write(lambda c: subscriptions.note_deleted(c, bound.row, callback_id, START)))
        return only(ledger).callback_id

    assert ["77", None] == [delete("78"), delete("77")]


def test_a_second_one_does_not_take_the_place_of_ours(ledger: Ledger, bound: KnownCallback) -> None:
    """The handshake of a second subscription is trusted, but does not move what we are bound to."""
    run(ledger.record_handshake(bound, "second-secret", "78"))
    run(ledger.mark_verifier(bound.row, "second-secret", VerifierState.OFFERED))

    run(ledger.accept_verifier(bound.row, "second-secret", "78"))

    known = run(ledger.find_callback("token-1"))
    assert known is not None
    assert ("77", ("second-secret", "secret")) == (known.callback_id, known.verifiers)


def test_every_handshake_is_a_proof_of_its_own(
    ledger: Ledger, bound: KnownCallback, clock: Clock
) -> None:
    """A repeated verifier moves the moment since which FreshBooks is known to reach us."""
    clock.pass_(hours=5)
    run(ledger.record_handshake(bound, "secret", "77"))

    run(ledger.accept_verifier(bound.row, "secret", "77"))

    verified_at = select(subscriptions.CALLBACKS.c.verified_at)
    assert START + timedelta(hours=5) == run(ledger.read(lambda c: c.execute(verified_at).scalar()))


def test_a_refusal_is_remembered_until_it_is_over(ledger: Ledger, clock: Clock) -> None:
    """Why FreshBooks said no stands in the row, once in the trail, and goes with its consent."""
    run(ledger.ensure_callback("a1", EVENT, URL, "token-1"))
    row = only(ledger).row
    for _ in range(2):
        run(ledger.write(lambda c: subscriptions.refuse(c, row, REFUSAL, clock())))
    refused = only(ledger)

    run(ledger.bind_callback(row, "77", is_verified=False))

    assert (REFUSAL, START, None) == (refused.refusal, refused.asked_at, only(ledger).refusal)
    assert [("wanted", "refused")] == rows(
        ledger, "select from_status, to_status from audit_records where action = 'refused'"
    )
