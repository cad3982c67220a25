"""What a replay looks at, what it leaves out and says so, and what it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from duebell.domain.books import Business
from duebell.domain.failures import AccountInactive, BackfillRefused
from duebell.ledger import businesses
from duebell.replaying.accounts import require_account
from duebell.replaying.comparing import Change
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import ACCOUNT, Desk
from tests.integration.services.place import Place
from tests.integration.services.replay_scene import CREATED, replayed, the_last_days, told_of

BY_EMAIL = CREATED.replace('"sms"', '"email"')
TO_STAFF = CREATED.replace('"client"', '"+12125550187"')


@pytest.fixture
def desk(place: Place, open_desk: OpenDesk) -> Desk:
    """A worker whose rulebook tells clients of new invoices."""
    (place.home / "duebell.toml").write_text(CREATED)
    return open_desk(place)


def test_what_was_paid_since_is_no_reason(desk: Desk) -> None:
    """An invoice that is paid by now was open when it was told, and still counts."""
    (id_,) = told_of(desk)
    desk.change(id_, status="paid")

    assert (1, 1) == replayed(desk, CREATED).messages


def test_what_was_paid_then_tells_nobody(desk: Desk) -> None:
    """What the books kept silent at the time is left out of both, with the reason."""
    told_of(desk, status="paid")

    found = replayed(desk, CREATED + TO_STAFF)

    assert ((0, 0), 0) == (found.messages, found.replay.totals.facts)
    reason = "Nobody was told of one fact whatever the rulebook said: the invoice is paid."
    assert reason in found.replay.notes


def test_a_record_that_is_gone_is_said(desk: Desk) -> None:
    """Facts whose record cannot be read any more are counted, and do not stop the others."""
    gone, _ = told_of(desk, 2)
    desk.change(gone, removed=True)

    found = replayed(desk, "")

    assert [(Change.LESS,)] == found.changes
    (note,) = [one for one in found.replay.notes if "cannot be read any more" in one]
    assert note.startswith("The records of one fact")


def test_an_account_that_is_not_here_is_refused(desk: Desk) -> None:
    """Only an account that is or was worked with can be asked for; those that there are get named.

    One of which nothing is recorded yet is no fault.
    """
    was = Business("OLD", "7", "Left Ltd", "America/New_York", "US")
    desk.run(desk.ledger.write(lambda c: businesses.remember(c, was)))

    for account_id in (ACCOUNT, "OLD"):
        desk.run(require_account(desk.runtime, account_id))
    with pytest.raises(BackfillRefused, match=rf"there is {ACCOUNT}, OLD \(Left Ltd\)"):
        desk.run(require_account(desk.runtime, "nope"))


def test_what_nobody_recorded_is_said(desk: Desk) -> None:
    """An event that the new rulebook alone tells was never recorded; the note says who knows."""
    told_of(desk)
    payments = CREATED.replace("invoice.create", "payment.create").replace(
        "invoice_created", "payment_received"
    )

    found = replayed(desk, CREATED + payments)

    (note,) = [one for one in found.replay.notes if one.startswith("payment.create: ")]
    assert "nothing was recorded before a rule was about it; `duebell backfill" in note
    assert [] == found.differences


def test_only_the_days_that_are_asked_for(desk: Desk) -> None:
    """A fact belongs to the day on which it was recorded, where the business is."""
    told_of(desk)
    desk.later(days=3)
    told_of(desk, 2)

    later = replayed(desk, CREATED, the_last_days(desk, 1))
    other = replayed(desk, CREATED, the_last_days(desk, account="another"))

    assert (2, 0) == (later.replay.totals.facts, other.replay.totals.facts)
    assert 3 == replayed(desk, CREATED, the_last_days(desk)).replay.totals.facts


def test_each_client_is_asked_for_once(desk: Desk) -> None:
    """However many facts there are of one client, on however many pages, it costs one request."""
    for _ in range(2):
        for _ in range(60):
            desk.new_invoice()
        desk.notify(f"batch-{desk.clock()}")
        desk.later(minutes=1)
    before = desk.sandbox.stats()

    found = replayed(desk, BY_EMAIL)

    after = desk.sandbox.stats()
    asked = {
        name: after[f"freshbooks.{name}"] - before[f"freshbooks.{name}"]
        for name in ("clients", "invoices")
    }
    assert ({"clients": 1, "invoices": 120}, 120) == (asked, found.replay.totals.facts)
    assert [100 / 120, 1.0] == [progress.share for progress in found.told]


def test_it_ends_where_it_is_stopped(desk: Desk) -> None:
    """Whoever stops it has what was found until then."""
    for _ in range(101):
        desk.new_invoice()
    desk.notify()

    found = replayed(desk, "", stop_after=1)

    assert (False, 100) == (found.is_complete, len(found.differences))


def test_no_recorded_facts_are_no_fault(desk: Desk) -> None:
    """Where nothing was recorded yet there is nothing to compare."""
    found = replayed(desk, CREATED + TO_STAFF)

    assert (True, [], 0) == (found.is_complete, found.differences, found.replay.totals.facts)
    assert desk.run(found.replay.watching_since()) is None


def test_trouble_with_freshbooks_ends_it(desk: Desk) -> None:
    """Where FreshBooks cannot be asked, it is asked again after pauses, and then given up."""
    told_of(desk)
    desk.sandbox.set_scenario("account-inactive", provider="freshbooks")
    begun = desk.clock()

    with pytest.raises(AccountInactive):
        replayed(desk, CREATED)

    assert timedelta(seconds=42) == desk.clock() - begun
