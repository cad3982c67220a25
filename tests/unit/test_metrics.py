"""Metrics count in a registry of their own."""

from __future__ import annotations

from duebell.metrics import Metrics


def test_what_is_counted_is_rendered() -> None:
    """Every count shows up with its labels in the text that Prometheus reads."""
    metrics = Metrics()

    metrics.count_webhook("freshbooks", "recorded")
    metrics.count_webhook("freshbooks", "recorded")
    metrics.count_refusal("twilio", "signature")
    metrics.count_report("applied")
    metrics.observe_ack(0.003)
    lines = metrics.render()[0].decode().splitlines()

    assert 'duebell_webhooks_total{result="recorded",source="freshbooks"} 2.0' in lines
    assert 'duebell_webhook_refused_total{reason="signature",source="twilio"} 1.0' in lines
    assert 'duebell_delivery_reports_total{result="applied"} 1.0' in lines
    assert 'duebell_webhook_ack_seconds_bucket{le="0.0025"} 0.0' in lines
    assert 'duebell_webhook_ack_seconds_bucket{le="0.005"} 1.0' in lines


def test_the_content_type_is_prometheus_text() -> None:
    """The answer says that it is Prometheus' text format."""
    content_type = Metrics().render()[1]

    assert content_type.startswith("text/plain; version=")


def test_two_of_them_share_nothing() -> None:
    """A second instance in the same process starts at nothing and disturbs nobody."""
    first, second = Metrics(), Metrics()

    first.count_report("applied")

    assert b"delivery_reports_total{" in first.render()[0]
    assert b"delivery_reports_total{" not in second.render()[0]
