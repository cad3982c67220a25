"""What a round of polls says of itself."""

from __future__ import annotations

from collections import Counter
from datetime import date

from duebell.domain.books import Kind
from duebell.polling.ingesting import KindFound
from duebell.polling.ladder_scan import LadderFound
from duebell.polling.report import AccountFound, faults, summary

LADDER = LadderFound(
    date(2026, 3, 2), pages=12, rows=3, signals=Counter({"invoice.due": 1, "invoice.overdue": 2})
)


def test_a_quiet_round_is_one_short_sentence() -> None:
    """Nothing found is said in as few words as there are."""
    quiet = [AccountFound(name, [KindFound(Kind.BILL, pages=1)]) for name in ("a", "b", "c")]

    assert "1 account: nothing new" == summary(quiet[:1])
    assert "3 accounts: nothing new" == summary(quiet)
    assert [] == faults(quiet)


def test_a_round_counts_what_there_is_to_look_at() -> None:
    """Creations, changes and rungs of all accounts are added up by what they are."""
    kinds = [
        KindFound(Kind.BILL, signals=Counter({"bill.create": 2, "bill.update": 1})),
        KindFound(Kind.CLIENT, signals=Counter({"client.create": 1})),
    ]
    round_ = [AccountFound("a", kinds, LADDER), AccountFound("b", kinds)]

    assert "2 accounts: 6 new, 2 changed, 3 due or overdue" == summary(round_)


def test_only_what_was_tried_in_this_round_is_a_fault() -> None:
    """What waits because it was refused an hour ago is no news; what could not be read is named."""
    kinds = [
        KindFound(Kind.BILL, fault="The plan lacks it.", is_waiting=True),
        KindFound(Kind.CLIENT, fault="It moved."),
    ]
    round_ = AccountFound("a", kinds, LadderFound(date(2026, 3, 2), fault="No."))

    assert ["client of account a: It moved.", "ladder of account a: No."] == faults([round_])


def test_odd_records_are_counted_and_are_no_fault() -> None:
    """A record that cannot be read stays in its list; not every round may be called failed."""
    kinds = [KindFound(Kind.INVOICE, rows=9, unreadable=2), KindFound(Kind.BILL, unreadable=1)]
    round_ = [AccountFound("a", kinds, LadderFound(date(2026, 3, 2), unreadable=1))]

    assert "1 account: nothing new; 4 unreadable records left out, see the log" == summary(round_)
    assert [] == faults(round_)


def test_the_log_of_a_run_says_what_was_read() -> None:
    """One line has the extent of each list, and what is left out this time."""
    kinds = [
        KindFound(Kind.BILL, pages=2, rows=101, signals=Counter({"bill.create": 1})),
        KindFound(Kind.VENDOR, is_waiting=True),
    ]

    line = str(AccountFound("a", kinds, LADDER))

    assert (
        "bill 101 rows on 2 pages, bill_vendor not asked for this time, "
        "ladder 3 rows on 12 pages; 1 new, 3 due or overdue"
    ) == line
