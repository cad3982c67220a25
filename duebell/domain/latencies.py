"""How long messages take, counted into buckets, and by which way their final words come."""

from __future__ import annotations

from collections.abc import Mapping

#: Seconds. From a webhook until the provider has the message: a second at quiet times, minutes in
#: a burst that the sender's rate stretches.
SEND_BUCKETS = (0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
#: Seconds. From there to the phone: carriers take seconds, a phone that is off takes hours.
DELIVERY_BUCKETS = (1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0, 28800.0, 86400.0)

SEND, DELIVERY, FINAL_WORDS = "send_seconds", "delivery_seconds", "final_words"
BUCKETS = {SEND: SEND_BUCKETS, DELIVERY: DELIVERY_BUCKETS}

#: The bucket of what took longer than all bounds, and where a histogram's seconds stand.
ABOVE, SUM = "+Inf", "sum"
#: Ways by which a final word comes.
CALLBACK, ASKED = "callback", "asked"

#: Name and labels of a number in the ledger.
Key = tuple[str, str]


def cumulative(
    name: str, channel: str, measures: Mapping[Key, float]
) -> tuple[list[tuple[str, float]], float]:
    """A histogram as Prometheus wants it: each bucket with all below it; and the sum."""
    total, buckets = 0.0, []
    for bound in (*map(str, BUCKETS[name]), ABOVE):
        total += measures.get((name, f"{channel},{bound}"), 0.0)
        buckets.append((bound, total))
    return buckets, measures.get((name, f"{channel},{SUM}"), 0.0)
