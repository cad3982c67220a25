"""What Prometheus reads is well-formed, bounded and complete."""

from __future__ import annotations

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse
from prometheus_client.registry import Collector

from duebell.domain.latencies import DELIVERY, FINAL_WORDS, SEND, cumulative
from duebell.measuring.numbers import MOST_RULES, Group, Numbers, families
from duebell.measuring.source import written
from duebell.metrics import Metrics

MEASURES = {
    (SEND, "sms,0.5"): 3.0,
    (SEND, "sms,+Inf"): 1.0,
    (SEND, "sms,sum"): 4001.5,
    (DELIVERY, "email,1.0"): 2.0,
    (DELIVERY, "email,sum"): 1.25,
    (FINAL_WORDS, "twilio,delivered,callback"): 7.0,
}
NUMBERS = Numbers(
    plain={"workers": 2, "oldest_signal_seconds": 1.5, "access_token_expires_in_seconds": None},
    groups=(
        Group("delivered", False, "a → client", "twilio", "sms", 5),
        Group("undelivered", True, "a → client", "twilio", "sms", 2),
    ),
    channels_stopped=frozenset({"sms"}),
    suppressions={("sms", "stop"): 4},
    webhook_ages={"invoice.create": 60.0},
    measures=MEASURES,
)


class Fixed(Collector):
    """These numbers as a collector."""

    def collect(self) -> list[Metric]:
        return list(families(NUMBERS))


def samples(text: bytes) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample by its name and the values of its labels."""
    return {
        (one.name, tuple(value for _, value in sorted(one.labels.items()))): one.value
        for family in parse(text.decode())
        for one in family.samples
    }


def test_the_numbers_are_read_by_prometheus() -> None:
    """What was put in comes out of Prometheus' own parser, under its name and labels."""
    found = samples(written(NUMBERS))

    assert 2 == found["duebell_workers", ()]
    assert 1 == found["duebell_ledger_readable", ()]
    assert 5 == found["duebell_notifications", ("sms", "twilio", "a → client", "delivered")]
    assert 2 == found["duebell_notifications_failed", ("sms", "a → client")]
    assert (1, 0) == tuple(found["duebell_channel_stopped", (one,)] for one in ("sms", "email"))
    assert 4 == found["duebell_suppressions", ("sms", "stop")]
    assert 60 == found["duebell_webhook_last_heard_seconds", ("invoice.create",)]
    assert 7 == found["duebell_final_words_total", ("twilio", "delivered", "callback")]


def test_what_is_not_known_is_left_out() -> None:
    """Where there is no access token, there is no number that an alert could take for its age."""
    found = samples(written(NUMBERS))

    assert ("duebell_access_token_expires_in_seconds", ()) not in found


def test_a_histogram_is_cumulative() -> None:
    """Each bucket holds all below it, and the last all there are."""
    found = samples(written(NUMBERS))

    bounds = ("0.25", "0.5", "3600.0", "+Inf")
    buckets = [found["duebell_send_seconds_bucket", ("sms", one)] for one in bounds]
    assert [0, 3, 3, 4] == buckets
    assert (4, 4001.5) == (
        found["duebell_send_seconds_count", ("sms",)],
        found["duebell_send_seconds_sum", ("sms",)],
    )


def test_an_empty_histogram_is_whole() -> None:
    """Before anything was sent all buckets are there and hold nothing."""
    buckets, total = cumulative(SEND, "sms", {})

    assert {0.0} == {count for _, count in buckets}
    assert ("+Inf", 0.0) == (buckets[-1][0], total)


def test_counters_stand_at_zero_before_the_first_word() -> None:
    """Every provider's final words are there from the start, so that their first step is seen."""
    found = samples(written(Numbers(plain={})))

    words = {key[1] for key in found if key[0] == "duebell_final_words_total"}
    assert 12 == len(words)
    assert ("sendgrid", "undelivered", "asked") in words


def test_rules_are_bounded() -> None:
    """Beyond the busiest rules all are one, and nothing is lost from the sum."""
    groups = tuple(
        Group("delivered", False, f"rule {number}", "twilio", "sms", number + 1)
        for number in range(MOST_RULES + 50)
    )

    found = samples(written(Numbers(plain={}, groups=groups)))

    counts = {key[1][2]: value for key, value in found.items() if key[0] == "duebell_notifications"}
    assert MOST_RULES + 1 == len(counts)
    assert sum(range(1, 51)) == counts["other"]
    assert sum(one.count for one in groups) == sum(counts.values())


def test_an_unreadable_ledger_shows_itself_alone() -> None:
    """Where the ledger cannot be read there is no number of it that could be taken for true."""
    assert {("duebell_ledger_readable", ()): 0.0} == samples(written(None))


def test_the_numbers_are_clean_openmetrics() -> None:
    """The stricter format takes them as well: names, units, types and labels are right."""
    registry = CollectorRegistry()
    registry.register(Fixed())

    text = generate_openmetrics(registry).decode()  # type: ignore[no-untyped-call]
    names = {family.name for family in parse_openmetrics(text)}  # type: ignore[no-untyped-call]

    assert {"duebell_final_words", "duebell_send_seconds", "duebell_notifications"} < names


def test_the_page_is_one_text() -> None:
    """What the process counts and what the ledger knows make one text with no name twice."""
    body, _ = Metrics().render(written(NUMBERS))

    names = [family.name for family in parse(body.decode())]
    assert len(set(names)) == len(names)
    assert {"duebell_webhook_ack_seconds", "duebell_workers"} < set(names)
