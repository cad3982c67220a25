"""Why a record could not be looked at, as people read it."""

from __future__ import annotations

import pytest

from duebell.domain.failures import FeatureAbsent, ProviderError, RecordGone
from duebell.notifying.deciding import why_unread

GONE = RecordGone("FreshBooks answered 404: errno 1012, paymentid, Payment not found.")
ABSENT = FeatureAbsent("FreshBooks answered 403: errno 1003.")
NO_FIRM = RecordGone("the connected FreshBooks user has no business with the account 6BApk")


@pytest.mark.parametrize(
    ("failure", "event", "expected"),
    [
        (GONE, "payment.create", "FreshBooks does not have this payment"),
        (GONE, "bill_vendor.update", "FreshBooks does not have this vendor"),
        (ABSENT, "bill.create", "FreshBooks answered 403: errno 1003"),
        (NO_FIRM, "invoice.create", f"FreshBooks: {NO_FIRM}"),
        (ProviderError("Slow."), "invoice.create", "FreshBooks: Slow"),
    ],
)
def test_what_is_gone_is_said_in_plain_words(
    failure: ProviderError, event: str, expected: str
) -> None:
    """A record that FreshBooks does not have is told without the words of its answer."""
    assert expected == why_unread(failure, event)
