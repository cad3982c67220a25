"""What was last seen of a record: markers and fields, as digests."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from duebell.domain.books import Kind, Record
from duebell.domain.changes import Seen, changed, fields_of, marker_of
from tests.unit.domain.scenes import MAKERS, a_bill, a_vendor, an_expense, an_invoice, usd

LATER = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", Kind)
def test_a_record_that_is_read_again_has_the_same_marker(kind: Kind) -> None:
    """Reading twice finds nothing new."""
    assert marker_of(MAKERS[kind]()) == marker_of(MAKERS[kind]())


@pytest.mark.parametrize("kind", Kind)
def test_a_later_change_has_another_marker(kind: Kind) -> None:
    """Whatever changes, FreshBooks moves the time of the record."""
    record = MAKERS[kind]()

    assert marker_of(record) != marker_of(replace(record, updated_at=LATER))


@pytest.mark.parametrize("kind", Kind)
def test_a_removal_has_another_marker(kind: Kind) -> None:
    """A record that was deleted is worth a look even where its time stands still."""
    record = MAKERS[kind]()

    assert marker_of(record) != marker_of(replace(record, is_active=False))


def test_becoming_overdue_is_no_change() -> None:
    """FreshBooks works the status out while reading; nothing of the invoice has changed."""
    sent = an_invoice(status="sent")

    markers = {marker_of(replace(sent, status=word)) for word in ("sent", "viewed", "overdue")}

    assert 1 == len(markers)


@pytest.mark.parametrize(
    "change",
    [
        {"version": "2026-03-02 12:00:00.000002"},
        {"is_draft": True},
        {"is_paid": True},
        {"is_disputed": True},
        {"outstanding": usd("4.00")},
        {"due_on": date(2026, 4, 1)},
        {"due_on": None},
    ],
)
def test_what_the_ladder_depends_on_is_in_an_invoices_marker(change: dict[str, Any]) -> None:
    """A payment, a dispute or a moved due date is worth a look, whatever the version says."""
    invoice = an_invoice(version="2026-03-02 12:00:00.000001")

    assert marker_of(invoice) != marker_of(replace(invoice, **change))


def test_a_version_counts_more_than_the_time() -> None:
    """Two changes within one second have two versions; the time alone says nothing then."""
    invoice, expense = an_invoice(version="1"), an_expense(version="1")

    assert marker_of(invoice) == marker_of(replace(invoice, updated_at=LATER))
    assert marker_of(expense) == marker_of(replace(expense, updated_at=LATER))
    assert marker_of(expense) != marker_of(replace(expense, version="2"))


def test_a_bill_that_is_paid_has_another_marker() -> None:
    """Money that moves on a bill is seen even where its time stands still."""
    bill = a_bill()

    markers = {
        marker_of(one)
        for one in (bill, replace(bill, is_paid=True), replace(bill, outstanding=usd("1.00")))
    }

    assert 3 == len(markers)


@pytest.mark.parametrize("kind", Kind)
def test_fields_are_digests(kind: Kind) -> None:
    """What is remembered of a field is what the digest makes of it, and nothing else."""
    record = MAKERS[kind]()

    found = fields_of(record, lambda text: f"<{len(text)}>")

    assert found
    assert all(value.startswith("<") for value in found.values())


def test_a_vendors_account_number_is_compared_and_never_shown() -> None:
    """A changed account number is found, and does not stand in what is printed of a vendor."""
    before, after = a_vendor(), a_vendor(account_number="9-9-9")

    names = changed(fields_of(before, _itself), fields_of(after, _itself))

    assert ("account number",) == names
    assert "9-9-9" not in repr(after)


@pytest.mark.parametrize("kind", Kind)
def test_no_field_stands_for_the_money_that_is_still_owed(kind: Kind) -> None:
    """A payment is an event of its own and no change of what it pays."""
    record = MAKERS[kind]()
    owed: dict[str, Any] = {"outstanding": usd("0.01")} if _owes(record) else {}

    assert fields_of(record, _itself) == fields_of(replace(record, **owed), _itself)


def test_amounts_are_compared_as_numbers() -> None:
    """How many decimals FreshBooks writes makes no difference; the currency does."""
    written = [fields_of(an_invoice(amount=usd(text)), _itself) for text in ("10", "10.00", "1E+1")]
    foreign = fields_of(an_invoice(amount=replace(usd("10"), currency="CAD")), _itself)

    assert written[0] == written[1] == written[2]
    assert ("amount",) == changed(written[0], foreign)


def test_differences_come_in_a_fixed_order() -> None:
    """The names are sorted, for they are part of the key of the change."""
    before = {"b": "1", "a": "1", "c": "1"}

    assert ("a", "b") == changed(before, {"b": "2", "a": "2", "c": "1", "new": "1"})


def test_when_something_was_seen_does_not_tell_two_sights_apart() -> None:
    """The same record, seen twice, is the same."""
    assert Seen("m", {}, at=LATER) == Seen("m", {})


def _itself(text: str) -> str:
    return text


def _owes(record: Record) -> bool:
    return "outstanding" in {field.name for field in fields(record)}
