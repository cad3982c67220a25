"""What the processes count, for Prometheus. No label ever holds an id, an address or free text."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram
from prometheus_client import generate_latest as generate

_NAMESPACE = "duebell"

#: Seconds. FreshBooks counts an answer after 10 s as failed, Twilio one after 15 s.
_ACK_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The counters of one process, in a registry of their own; built once, passed as an argument.

    Label values are fixed words: ``source`` is ``freshbooks``, ``twilio`` (reports) or
    ``twilio_inbound`` (texts that people send); ``result`` and ``reason`` are words of the code,
    never of a request.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._webhooks = self._counter(
            "webhooks_total", "Webhooks received, by what became of them.", ("source", "result")
        )
        self._refused = self._counter(
            "webhook_refused_total", "Webhooks refused, by the reason.", ("source", "reason")
        )
        self._reports = self._counter(
            "delivery_reports_total", "Delivery reports, by what they changed.", ("result",)
        )
        self._ack = Histogram(
            "webhook_ack_seconds",
            "Seconds from a webhook's arrival to the answer.",
            namespace=_NAMESPACE,
            buckets=_ACK_BUCKETS,
            registry=self.registry,
        )

    def count_webhook(self, source: str, result: str) -> None:
        """Count a webhook that was answered."""
        self._webhooks.labels(source=source, result=result).inc()

    def count_refusal(self, source: str, reason: str) -> None:
        """Count a webhook that was refused."""
        self._refused.labels(source=source, reason=reason).inc()

    def observe_ack(self, seconds: float) -> None:
        """Record how long a webhook waited for its answer."""
        self._ack.observe(seconds)

    def count_report(self, result: str) -> None:
        """Count a delivery report."""
        self._reports.labels(result=result).inc()

    def render(self, ledger: bytes = b"") -> tuple[bytes, str]:
        """The body and the content type of an answer to Prometheus.

        ``ledger`` are the numbers that all processes share, in the same format.
        """
        return generate(self.registry) + ledger, CONTENT_TYPE_LATEST

    def _counter(self, name: str, text: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, text, labels, namespace=_NAMESPACE, registry=self.registry)
