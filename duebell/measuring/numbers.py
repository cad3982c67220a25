"""What the ledger knows at one moment, in the words of Prometheus; pure.

Labels hold fixed words and the names of rules, of which there are at most :data:`MOST_RULES`;
never an id, an address or what a person wrote into a record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from duebell.domain.latencies import (
    ASKED,
    CALLBACK,
    DELIVERY,
    FINAL_WORDS,
    SEND,
    Key,
    cumulative,
)
from duebell.domain.rules import Channel

#: Prometheus keeps every combination of labels apart, so rules beyond these are one: ``other``.
MOST_RULES = 200
OTHER = "other"
#: Spelled out, so that their counters stand at 0 before the first word comes: Prometheus does not
#: see the first step of a counter that was not there.
PROVIDERS = ("twilio", "twilio-email", "sendgrid")
_FINAL = ("delivered", "undelivered")

_PLAIN = {
    "readiness_missing": "Things that are missing until this installation is ready; 0 is ready.",
    "workers": "Workers that live.",
    "signals_waiting": "Signals that are to be worked on, or are; not what waits on purpose.",
    "oldest_signal_seconds": "How long the oldest of these has waited; 0 where none does.",
    "oldest_due_notification_seconds": (
        "How long the planned notification that is due longest has been due; 0 where none is."
    ),
    "oldest_unknown_outcome_seconds": (
        "Age of the oldest call of which it is unknown whether the provider took the message."
    ),
    "oldest_unconfirmed_seconds": (
        "Age of the oldest message that a provider took and has no final word for."
    ),
    "brakes_engaged": "Brakes that hold messages until a person decides.",
    "connection_lost": "1 where the connection to FreshBooks is lost.",
    "access_token_expires_in_seconds": "Seconds until FreshBooks' access token expires.",
    "webhooks_expected": "Webhooks that should be registered with FreshBooks.",
    "webhooks_verified": "Webhooks that are registered and verified.",
    "status_callback_last_heard_seconds": (
        "Seconds since a provider last reported on a message by itself."
    ),
}


@dataclass(frozen=True, slots=True)
class Group:
    """How many notifications are in one state. ``failed`` ones need a person."""

    status: str
    failed: bool
    rule: str
    provider: str
    channel: str
    count: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """The ledger at one moment. In ``plain`` what is not known is missing or None."""

    plain: Mapping[str, float | None]
    groups: tuple[Group, ...] = ()
    channels_stopped: frozenset[str] = frozenset()
    suppressions: Mapping[tuple[str, str], int] = field(default_factory=dict)
    webhook_ages: Mapping[str, float] = field(default_factory=dict)
    measures: Mapping[Key, float] = field(default_factory=dict)


def families(numbers: Numbers | None) -> Iterator[Metric]:
    """All of it for Prometheus; of an unreadable ledger (None) only that it cannot be read."""
    readable = "1 where the ledger could be read for this answer."
    yield _gauge("ledger_readable", readable, [((), 0.0 if numbers is None else 1.0)])
    if numbers is None:
        return
    for name, text in _PLAIN.items():
        value = numbers.plain.get(name)
        yield _gauge(name, text, [] if value is None else [((), value)])
    yield from _notifications(numbers.groups)
    yield from _by_label(numbers)
    yield _final_words(numbers.measures)
    sent = "Seconds from a webhook until the provider took the message, first tries only."
    yield _histogram(SEND, sent, numbers.measures)
    arrived = "Seconds from the provider's taking a message to its final word."
    yield _histogram(DELIVERY, arrived, numbers.measures)


def _notifications(groups: Iterable[Group]) -> Iterator[Metric]:
    groups = list(groups)
    kept = _kept_rules(groups)
    everything: Counter[tuple[str, ...]] = Counter()
    failed: Counter[tuple[str, ...]] = Counter()
    for one in groups:
        rule = one.rule if one.rule in kept else OTHER
        everything[one.status, rule, one.provider, one.channel] += one.count
        if one.failed:
            failed[rule, one.channel] += one.count
    labels = ("status", "rule", "provider", "channel")
    yield _gauge("notifications", "Notifications in each state.", everything.items(), labels)
    text = "Notifications that failed and need a person."
    yield _gauge("notifications_failed", text, failed.items(), ("rule", "channel"))


def _kept_rules(groups: Iterable[Group]) -> frozenset[str]:
    """The rules that keep their name: the busiest ones."""
    busy: Counter[str] = Counter()
    for one in groups:
        busy[one.rule] += one.count
    ranked = sorted(busy, key=lambda rule: (-busy[rule], rule))
    return frozenset(ranked[:MOST_RULES])


def _by_label(numbers: Numbers) -> Iterator[Metric]:
    stopped = [((one.value,), float(one.value in numbers.channels_stopped)) for one in Channel]
    text = "1 where nothing is sent on the channel until its configuration is mended."
    yield _gauge("channel_stopped", text, stopped, ("channel",))
    text = "Addresses that must not be used on a channel, by who said so."
    yield _gauge("suppressions", text, numbers.suppressions.items(), ("channel", "source"))
    text = "Seconds since FreshBooks last told of an event, by webhook."
    ages = [((event,), age) for event, age in sorted(numbers.webhook_ages.items())]
    yield _gauge("webhook_last_heard_seconds", text, ages, ("event",))


def _final_words(measures: Mapping[Key, float]) -> Metric:
    text = "Final words on messages: heard by callback, or only because we asked."
    family = CounterMetricFamily(f"duebell_{FINAL_WORDS}", text, labels=_WAY_LABELS)
    for provider in PROVIDERS:
        for status in _FINAL:
            for way in (CALLBACK, ASKED):
                value = measures.get((FINAL_WORDS, f"{provider},{status},{way}"), 0.0)
                family.add_metric([provider, status, way], value)
    return family


_WAY_LABELS = ("provider", "status", "way")


def _histogram(name: str, text: str, measures: Mapping[Key, float]) -> Metric:
    family = HistogramMetricFamily(f"duebell_{name}", text, labels=("channel",))
    for channel in Channel:
        buckets, total = cumulative(name, channel.value, measures)
        family.add_metric([channel.value], buckets, total)
    return family


def _gauge(
    name: str,
    text: str,
    values: Iterable[tuple[tuple[str, ...], float]],
    labels: tuple[str, ...] = (),
) -> Metric:
    family = GaugeMetricFamily(f"duebell_{name}", text, labels=labels)
    for labelled, value in values:
        family.add_metric(labelled, value)
    return family
