"""Subscriptions: known once, and signed for only by secrets that FreshBooks did not refuse."""

from __future__ import annotations

from itertools import pairwise

import pytest

from duebell.domain.connections import KnownCallback
from duebell.ledger.ledger import Ledger
from duebell.ledger.verifiers import VerifierState
from tests.ledger_scenes import column, rows, run, together

URL = "https://duebell.example"
FIRST = "token-1"


def a_callback(ledger: Ledger, token: str = FIRST) -> KnownCallback:
    """A subscription that is wanted."""
    run(ledger.ensure_callback("a1", "invoice.create", URL, token))
    return known(ledger, token)


def known(ledger: Ledger, token: str = FIRST) -> KnownCallback:
    """The subscription as it is now."""
    callback = run(ledger.find_callback(token))
    assert callback is not None
    return callback


def test_a_subscription_is_wanted_once(ledger: Ledger) -> None:
    """Making sure of a subscription again keeps its first URL token."""
    first = a_callback(ledger, "token-1")

    run(ledger.ensure_callback("a1", "invoice.create", URL, "token-2"))

    assert ([first], None) == (run(ledger.callbacks(URL)), run(ledger.find_callback("token-2")))


def test_processes_that_start_together_want_it_once(ledger: Ledger, other: Ledger) -> None:
    """Two processes that register the same subscriptions at once end with one of each."""
    together(
        *(
            process.ensure_callback("a1", event, URL, f"{event}-{number}")
            for number, process in enumerate((ledger, other))
            for event in ("invoice.create", "invoice.update", "client.create")
        )
    )

    assert (3, [3]) == (
        len(run(ledger.callbacks(URL))),
        column(ledger, "select count(*) from audit_records where action = 'wanted'"),
    )


def test_subscriptions_of_another_address_are_others(ledger: Ledger) -> None:
    """A changed public URL has subscriptions of its own."""
    a_callback(ledger)

    run(ledger.ensure_callback("a1", "invoice.create", "https://new.example", "token-2"))

    tokens = [callback.url_token for callback in run(ledger.callbacks("https://new.example"))]
    assert ["token-2"] == tokens


def test_a_bound_subscription_knows_its_id(ledger: Ledger) -> None:
    """What FreshBooks says of a subscription is remembered and audited, once per change."""
    callback = a_callback(ledger)
    run(ledger.bind_callback(callback.row, "77", is_verified=False))
    for _ in range(2):
        run(ledger.bind_callback(callback.row, "77", is_verified=True))

    after = known(ledger)

    assert ("77", True) == (after.callback_id, after.is_verified)
    assert [("wanted", "created"), ("created", "verified")] == rows(
        ledger,
        "select from_status, to_status from audit_records where action = 'bound' order by id",
    )


def test_a_subscription_that_freshbooks_lost_is_wanted_again(ledger: Ledger) -> None:
    """What FreshBooks does not list any more is unverified, without id, and audited once."""
    callback = a_callback(ledger)
    run(ledger.bind_callback(callback.row, "77", is_verified=True))
    for _ in range(2):
        run(ledger.forget_remote_callback(callback.row))

    after = known(ledger)

    assert (None, False) == (after.callback_id, after.is_verified)
    assert [("verified", "wanted")] == rows(
        ledger, "select from_status, to_status from audit_records where action = 'missing'"
    )


@pytest.mark.parametrize(
    ("state", "is_trusted", "is_open"),
    [
        (VerifierState.RECEIVED, False, True),
        (VerifierState.OFFERED, True, True),
        (VerifierState.ACCEPTED, True, False),
        (VerifierState.REFUSED, False, False),
    ],
)
def test_a_verifier_is_trusted_from_the_offer_until_a_refusal(
    ledger: Ledger, state: VerifierState, is_trusted: bool, is_open: bool
) -> None:
    """Only what was offered to FreshBooks and not refused may sign deliveries."""
    callback = a_callback(ledger)
    run(ledger.record_handshake(callback, "secret", "77"))

    run(ledger.mark_verifier(callback.row, "secret", state))

    assert (("secret",) if is_trusted else ()) == known(ledger).verifiers
    assert ([(callback.row, "77", "secret")] if is_open else []) == run(
        ledger.unsettled_verifiers()
    )


def test_several_verifiers_may_sign_while_a_resend_is_under_way(ledger: Ledger) -> None:
    """The newest trusted verifier is tried first, and the older ones still count."""
    callback = a_callback(ledger)
    for verifier in ("old", "new"):
        run(ledger.record_handshake(callback, verifier, "77"))
        run(ledger.mark_verifier(callback.row, verifier, VerifierState.ACCEPTED))

    assert ("new", "old") == known(ledger).verifiers


def test_a_repeated_verifier_is_answered_again_and_trusted_meanwhile(ledger: Ledger) -> None:
    """FreshBooks may repeat a verifier after a resend; its deliveries are believed all the time."""
    callback = a_callback(ledger)
    run(ledger.record_handshake(callback, "secret", "77"))
    run(ledger.mark_verifier(callback.row, "secret", VerifierState.ACCEPTED))

    run(ledger.record_handshake(callback, "secret", "77"))

    unsettled = run(ledger.unsettled_verifiers())
    assert (("secret",), [(callback.row, "77", "secret")]) == (known(ledger).verifiers, unsettled)


def test_a_refused_verifier_gets_another_chance_and_no_trust(ledger: Ledger) -> None:
    """A handshake that came before its time is answered when it comes again, and not believed."""
    callback = a_callback(ledger)
    run(ledger.record_handshake(callback, "secret", "76"))
    run(ledger.mark_verifier(callback.row, "secret", VerifierState.REFUSED))

    run(ledger.record_handshake(callback, "secret", "77"))

    unsettled = run(ledger.unsettled_verifiers())
    assert ((), [(callback.row, "77", "secret")]) == (known(ledger).verifiers, unsettled)


def test_garbage_cannot_pile_up(ledger: Ledger) -> None:
    """Of handshakes that anybody may send only a handful is kept, and no trusted one is lost."""
    callback = a_callback(ledger)
    run(ledger.record_handshake(callback, "real", "77"))
    run(ledger.mark_verifier(callback.row, "real", VerifierState.ACCEPTED))

    for number in range(40):
        run(ledger.record_handshake(callback, f"garbage-{number}", "77"))

    kept = [verifier for _, _, verifier in run(ledger.unsettled_verifiers())]
    assert [f"garbage-{number}" for number in range(35, 40)] == kept
    assert ("real",) == known(ledger).verifiers


def test_secrets_are_stored_sealed(ledger: Ledger) -> None:
    """The same verifier is never stored in clear, nor twice alike for two subscriptions."""
    run(ledger.ensure_callback("a1", "invoice.create", URL, "token-1"))
    run(ledger.ensure_callback("a1", "invoice.update", URL, "token-2"))
    for token in ("token-1", "token-2"):
        run(ledger.record_handshake(known(ledger, token), "secret", "77"))

    sealed = column(ledger, "select sealed from verifiers order by id")

    assert all("secret" not in text for text in sealed)
    assert all(one != next_ for one, next_ in pairwise(sealed))


def test_secrets_do_not_show(ledger: Ledger) -> None:
    """A subscription that ends up in a log line does not give its verifiers away."""
    callback = a_callback(ledger)
    run(ledger.record_handshake(callback, "secret", "77"))
    run(ledger.mark_verifier(callback.row, "secret", VerifierState.ACCEPTED))

    assert "secret" not in repr(known(ledger))
