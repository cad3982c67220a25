"""Erasing a person: what names them goes, their opt-out and the proof of what happened stay."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from duebell.domain.consent import Source
from duebell.domain.delivery import NotificationStatus, OutcomeKind
from duebell.domain.failures import ErasureRefused
from duebell.ledger import erasing, suppression_reading, suppressions
from duebell.ledger.ledger import Ledger
from duebell.ledger.sealing import Sealer
from duebell.ledger.traces import Found, Person
from tests.integration.ledger.retry_scenes import parked, retry, terms, undelivered
from tests.integration.ledger.tampering import verified
from tests.ledger_scenes import (
    PHONE,
    START,
    Clock,
    a_claim,
    a_plan,
    a_record,
    accepted,
    an_ending,
    an_intent,
    column,
    in_doubt,
    new_id,
    notification,
    planned,
    rows,
    run,
    sending,
    status_of,
)

CLIENT = Person(client_id="7")
BY_PHONE = Person(channel="sms", address=PHONE)
NOTHING = Found(0, 0, 0, 0)

#: Every column in which a person may stand.
PERSONAL = (
    "select contact_name || recipient || coalesce(diverted_to, '') from notifications"
    " union all select recipient || body from attempts"
    " union all select address from suppressions"
)


def erase(ledger: Ledger, sealer: Sealer, person: Person = CLIENT) -> Found:
    """Erase a person."""
    return run(
        ledger.write(lambda c: erasing.erase(c, person, sealer.digest, by="cli:dana", now=START))
    )


def opted_out(ledger: Ledger) -> None:
    """The person has answered STOP."""
    run(
        ledger.write(
            lambda c: suppressions.suppress(
                c,
                "sms",
                PHONE,
                source=Source.STOP,
                reason="the person answered STOP",
                by="recipient",
                now=START,
            )
        )
    )


def is_refused(ledger: Ledger) -> bool:
    """Whether nothing may be sent to the person."""
    return bool(run(ledger.read(lambda c: suppression_reading.in_force(c, [("sms", PHONE)]))))


@pytest.mark.parametrize("person", [CLIENT, BY_PHONE])
def test_nothing_is_left_of_the_person(
    ledger: Ledger, ledger_url: str, sealer: Sealer, person: Person
) -> None:
    """No name, no address and no text of them stands anywhere, and the trail stays whole."""
    accepted(ledger, "1", "SM1")
    planned(ledger, "2")
    opted_out(ledger)

    found = erase(ledger, sealer, person)

    left = " ".join(column(ledger, PERSONAL))
    assert Found(2, 1, 1, 1) == found
    assert ("Acme" in left, PHONE in left, "invoice" in left) == (False, False, False)
    assert verified(ledger_url).is_whole


def test_an_opt_out_outlives_the_person(ledger: Ledger, sealer: Sealer) -> None:
    """Who said STOP gets nothing after being erased, and may still say START."""
    accepted(ledger)
    opted_out(ledger)

    erase(ledger, sealer)

    kept = is_refused(ledger)
    run(ledger.write(lambda c: suppressions.lift(c, "sms", PHONE, by="recipient", now=START)))
    assert (True, False) == (kept, is_refused(ledger))


def test_a_second_stop_stays_a_digest(ledger: Ledger, sealer: Sealer) -> None:
    """Whoever says STOP again after being erased does not come back in clear."""
    accepted(ledger)
    opted_out(ledger)
    erase(ledger, sealer)

    opted_out(ledger)

    [kept] = column(ledger, "select address from suppressions")
    assert (True, True) == (kept.startswith("erased:"), is_refused(ledger))


def test_what_waited_is_not_sent(ledger: Ledger, sealer: Sealer) -> None:
    """A planned message to the person is suppressed, with the reason and who did it."""
    id_ = planned(ledger)

    erase(ledger, sealer)

    assert NotificationStatus.SUPPRESSED is status_of(ledger, id_)
    assert [("cli:dana", "the person was erased")] == rows(
        ledger,
        "select actor, reason from audit_records"
        " where entity_id = :id and to_status = 'suppressed'",
        id=id_,
    )


def test_erasing_again_changes_nothing(ledger: Ledger, sealer: Sealer) -> None:
    """The second time there is nothing, and no record says that something was erased."""
    accepted(ledger)
    opted_out(ledger)
    erase(ledger, sealer)
    before = column(ledger, "select count(*) from audit_records")

    again = erase(ledger, sealer)

    assert (NOTHING, before) == (again, column(ledger, "select count(*) from audit_records"))


def test_the_erasure_is_on_record(ledger: Ledger, sealer: Sealer) -> None:
    """The trail says who erased which client and how much, and names nobody."""
    accepted(ledger)

    erase(ledger, sealer)

    [(actor, entity, entity_id, detail)] = rows(
        ledger,
        "select actor, entity, entity_id, cast(detail as varchar) from audit_records"
        " where action = 'erased'",
    )
    assert ("cli:dana", "client", "7") == (actor, entity, entity_id)
    assert ('"messages": 1' in detail, PHONE in detail) == (True, False)


@pytest.mark.parametrize("under_way", [sending, in_doubt])
def test_what_is_under_way_is_waited_for(
    ledger: Ledger, sealer: Sealer, under_way: Callable[[Ledger], str]
) -> None:
    """While a message is being sent, or asked about, nothing is erased."""
    under_way(ledger)

    with pytest.raises(ErasureRefused):
        erase(ledger, sealer)

    assert [PHONE] == column(ledger, "select recipient from notifications")


def test_staff_that_was_told_of_a_client_keeps_its_address(ledger: Ledger, sealer: Sealer) -> None:
    """Of a message about the client to somebody else only the text goes, which names the client."""
    plan = a_plan(contact="list:approvers:Dana")
    run(ledger.record_plans([a_record(a_claim(), plan)], new_id))
    [id_] = column(ledger, "select id from notifications")
    run(ledger.begin_attempt(an_intent(id_)))
    run(ledger.finish_attempt(an_ending(id_, OutcomeKind.ACCEPTED)))

    found = erase(ledger, sealer)

    assert Found(0, 1, 0, 0) == found
    assert [PHONE] == column(ledger, "select recipient from notifications")
    assert [(PHONE, "")] == rows(ledger, "select recipient, body from attempts")


def test_others_keep_what_is_theirs(ledger: Ledger, sealer: Sealer) -> None:
    """Another client, another account or another address is left alone."""
    accepted(ledger)

    for person in (
        Person(client_id="8"),
        Person(client_id="7", account_id="another"),
        Person(channel="sms", address="+12125550199"),
        Person(channel="email", address=PHONE),
    ):
        assert NOTHING == erase(ledger, sealer, person)

    assert [PHONE] == column(ledger, "select recipient from notifications")


@pytest.mark.parametrize("is_doubt", [False, True])
def test_nobody_sends_again_what_failed(
    ledger: Ledger, sealer: Sealer, clock: Clock, is_doubt: bool
) -> None:
    """What failed, or was left to a person in doubt, is abandoned; the books bring nobody back."""
    id_ = parked(ledger, clock) if is_doubt else undelivered(ledger)

    erase(ledger, sealer)
    (answer,) = retry(ledger, id_, said=terms(even_if_doubtful=True))

    after = notification(ledger, id_)
    assert (NotificationStatus.ABANDONED, False) == (after.status, after.failed)
    assert ("the person was erased", True) == (after.reason, answer.is_refused)
    assert "the person was erased" == answer.reason
