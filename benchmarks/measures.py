"""What is measured. Times come from the sandbox: when it delivered, and when Twilio was asked."""

from __future__ import annotations

import statistics
import time
from datetime import datetime, timedelta
from typing import Any

from benchmarks.memory import PeakMemory
from benchmarks.stage import System

#: After its start a system does what it does once; that is not idling.
#: Prefect's server is busy with itself for its first minute.
SETTLE_SECONDS = 60.0


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _wait_for_texts(system: System, count: int, seconds: float) -> list[dict[str, Any]]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if system.sandbox.stats().get("twilio.accepted", 0) >= count:
            return system.sandbox.messages()
        time.sleep(0.25)
    raise TimeoutError(f"{system.name} sent fewer than {count} texts in {seconds:.0f} s")


def _starts(deliveries: list[dict[str, Any]]) -> dict[int, datetime]:
    """When each record's webhook was first posted."""
    starts: dict[int, datetime] = {}
    for one in deliveries:
        if one["event"] == "invoice.create":
            began = datetime.fromisoformat(one["at"]) - timedelta(milliseconds=one["ms"])
            starts[one["object_id"]] = min(began, starts.get(one["object_id"], began))
    return starts


def _latencies(
    system: System, records: list[dict[str, Any]], texts: list[dict[str, Any]]
) -> list[float]:
    """Seconds from webhook to request at Twilio, by invoice number in the text."""
    starts = _starts(system.sandbox.deliveries())
    created = {
        number: datetime.fromisoformat(text["created"])
        for text in texts
        for number in [_number(text["body"])]
    }
    return [
        (created[record["number"]] - starts[record["id"]]).total_seconds() for record in records
    ]


def _number(body: str) -> str:
    return next(word.strip(".,:;") for word in body.split() if word.startswith("INV-"))


def quiet(system: System, count: int, pause: float = 1.0) -> dict[str, float]:
    """One webhook at a time: seconds until Twilio is asked."""
    before = system.sandbox.stats().get("twilio.accepted", 0)
    records: list[dict[str, Any]] = []
    for _ in range(count):
        records += system.sandbox.fire("invoice.create")
        time.sleep(pause)
    texts = _wait_for_texts(system, before + count, 60)
    seconds = _latencies(system, records, texts)
    return {
        "webhook → Twilio p50 (s)": statistics.median(seconds),
        "webhook → Twilio p95 (s)": percentile(seconds, 0.95),
    }


def burst(system: System, count: int) -> dict[str, float]:
    """Many webhooks at once: acknowledgements, throughput and memory."""
    before = system.sandbox.stats().get("twilio.accepted", 0)
    known = len(system.sandbox.deliveries())
    cpu = system.cpu_seconds()
    peak = PeakMemory(system.memory_mb)
    records = system.sandbox.fire("invoice.create", count=count, concurrency=100)
    texts = _wait_for_texts(system, before + count, 120)
    used = system.cpu_seconds() - cpu
    deliveries = [
        one for one in system.sandbox.deliveries()[known:] if one["event"] == "invoice.create"
    ]
    began = min(_starts(deliveries).values())
    numbers = {record["number"] for record in records}
    ours = [text for text in texts if _number(text["body"]) in numbers]
    ended = max(datetime.fromisoformat(text["created"]) for text in ours)
    acks = [one["ms"] / 1000 for one in deliveries]
    seconds = _latencies(system, records, texts)
    return {
        "events/s": count / (ended - began).total_seconds(),
        "ack p99 (s)": percentile(acks, 0.99),
        "acks not 2xx": float(sum(one["status"] != 200 for one in deliveries)),
        "texts per event": len(ours) / count,
        "webhook → Twilio p50 (s)": statistics.median(seconds),
        "CPU ms per event": used / count * 1000,
        "peak memory (MB)": peak.stop(),
    }


def steady(system: System, per_second: int, seconds: int) -> dict[str, float]:
    """A steady stream of webhooks: acknowledgements only."""
    known = len(system.sandbox.deliveries())
    before = system.sandbox.stats().get("twilio.accepted", 0)
    began = time.monotonic()
    step = max(1, per_second // 20)
    for number in range(per_second * seconds // step):
        time.sleep(max(0.0, began + number * step / per_second - time.monotonic()))
        system.sandbox.fire("invoice.create", count=step, concurrency=step)
    _wait_for_texts(system, before + per_second * seconds, 120)
    acks = [
        one["ms"] / 1000
        for one in system.sandbox.deliveries()[known:]
        if one["event"] == "invoice.create"
    ]
    return {
        "ack p50 (s)": statistics.median(acks),
        "ack p99 (s)": percentile(acks, 0.99),
    }


def idle(system: System, seconds: float) -> dict[str, float]:
    """Nothing happens, and the start is over: share of one core, in percent."""
    time.sleep(SETTLE_SECONDS)
    before, began = system.cpu_seconds(), time.monotonic()
    time.sleep(seconds)
    return {
        "CPU (% of a core)": (system.cpu_seconds() - before) / (time.monotonic() - began) * 100,
        "memory (MB)": system.memory_mb(),
    }
