"""SendGrid's batches of events in our words."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from duebell.domain.delivery import (
    DeliveryReport,
    FailureClass,
    NotificationStatus,
    ReportedStatus,
    advance,
)
from duebell.domain.failures import WebhookRefused
from duebell.providers.codes import FAULTS, fault_of
from duebell.providers.sendgrid.events import (
    EventReport,
    batch_from,
    message_id_from,
    reports_from,
)
from tests.unit.providers.samples import body_of, sample

MESSAGE_ID = "LRzXl_NHStOGhQ4kofSm_A"
BATCH = sample("sendgrid/events.json")

_QUEUED, _DELIVERED = ReportedStatus.QUEUED, ReportedStatus.DELIVERED
_UNDELIVERED = ReportedStatus.UNDELIVERED


def an_event(**changes: Any) -> dict[str, Any]:
    return {**BATCH[2], **changes}


def the_report(**changes: Any) -> EventReport:
    """The one report of a batch of one event."""
    (found,) = reports_from(body_of([an_event(**changes)]))
    return found


def test_an_event_says_all_that_it_has() -> None:
    """An event names the email by SendGrid's id and by ours, the address and the time."""
    found = the_report()

    assert found == EventReport(
        event_id="evt-delivered",
        report=DeliveryReport(MESSAGE_ID, _DELIVERED, "delivered", "", "ntf_1", 2, gives_way=True),
        address="ann@client.example",
        code="",
        at=datetime(2026, 5, 4, 9, 30, 2, tzinfo=UTC),
        notification_id="ntf_1",
        attempt=2,
    )


def test_a_batch_is_read_event_by_event() -> None:
    """What is about delivery is reported in its order; an opened page is no proof of anything."""
    batch = batch_from(body_of(BATCH))

    words = [event.report.raw_status for event in batch.reports if event.report]
    assert ["processed", "deferred", "delivered", "bounce"] == words
    assert (0, 1) == (batch.broken, batch.ignored)


@pytest.mark.parametrize(
    ("event", "status", "code", "overrules"),
    [
        ({"event": "processed"}, _QUEUED, "", False),
        ({"event": "deferred"}, _QUEUED, "", False),
        ({"event": "delivered"}, _DELIVERED, "", False),
        ({"event": "bounce", "type": "bounce"}, _UNDELIVERED, "sg.bounce", True),
        ({"event": "bounce"}, _UNDELIVERED, "sg.bounce", True),
        ({"event": "bounce", "type": 7}, _UNDELIVERED, "sg.bounce", True),
        ({"event": "bounce", "type": "blocked"}, _UNDELIVERED, "sg.blocked", True),
        ({"event": "dropped"}, _UNDELIVERED, "sg.dropped", False),
        ({"event": "spamreport"}, _DELIVERED, "sg.spamreport", False),
    ],
)
def test_events_about_delivery(
    event: dict[str, Any], status: ReportedStatus, code: str, overrules: bool
) -> None:
    """Every event about delivery has a status and, where it is a fault, a code."""
    found = the_report(**event)

    assert found.report is not None
    assert (status, overrules) == (found.report.status, found.report.overrules)
    assert code == found.code
    assert (code if status is _UNDELIVERED else "") == found.report.error_code


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ("unsubscribe", "sg.unsubscribe"),
        ("group_unsubscribe", "sg.unsubscribe"),
        ("group_resubscribe", "sg.resubscribe"),
    ],
)
def test_events_about_the_address(event: str, code: str) -> None:
    """Who unsubscribes says nothing of an email's delivery."""
    found = the_report(event=event)

    assert (None, code) == (found.report, found.code)
    assert ("ann@client.example", "ntf_1") == (found.address, found.notification_id)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("Bounced Address", "sg.dropped.bounced"),
        (" bounced address ", "sg.dropped.bounced"),
        ("Unsubscribed Address", "sg.dropped.unsubscribed"),
        ("Spam Reporting Address", "sg.dropped.spam_report"),
        ("Spam Content (if Spam Checker app is enabled)", "sg.dropped.spam_content"),
        ("Invalid", "sg.dropped.invalid"),
        ("Invalid SMTPAPI header", "sg.dropped"),
        ("Recipient List over Package Quota", "sg.dropped"),
        ("", "sg.dropped"),
        (None, "sg.dropped"),
        ({"odd": 1}, "sg.dropped"),
    ],
)
def test_reasons_for_dropping(reason: object, code: str) -> None:
    """SendGrid's reason for not sending becomes a code, and itself goes no further."""
    found = the_report(event="dropped", reason=reason)

    assert code == found.code
    assert found.report is not None
    assert "dropped" == found.report.raw_status


def test_what_is_untrusted_is_not_kept() -> None:
    """What mail servers wrote stands nowhere in a report."""
    poison = "550 <script>+1 212 555-0101</script>"
    found = the_report(event="bounce", reason=poison, response=poison, type=poison, status=poison)

    assert "script" not in repr(found)
    assert "client.example" not in repr(found)


def test_every_code_is_in_the_table() -> None:
    """Each code of a fault has a class and a sentence; subscribing anew is no fault."""
    events = [{"event": "dropped", "reason": "Invalid"}, {"event": "dropped"}]
    events += [{"event": word} for word in ("bounce", "spamreport", "unsubscribe")]
    codes = {the_report(**event).code for event in events} | {"sg.blocked"}

    assert set() == codes - set(FAULTS)
    assert FailureClass.COMPLIANCE is fault_of("sg.spamreport", is_refusal=False).failure
    assert "sg.resubscribe" not in FAULTS


@pytest.mark.parametrize(
    "broken",
    [None, 7, "delivered", [], {}, {"event": None}, {"event": 7}, {"event": ""}, [{"event": "x"}]],
)
def test_a_broken_entry_costs_no_other(broken: object) -> None:
    """An entry that cannot be read is counted, and those around it are read all the same."""
    batch = batch_from(body_of([an_event(), broken, an_event(sg_event_id="two")]))

    assert ["evt-delivered", "two"] == [event.event_id for event in batch.reports]
    assert 1 == batch.broken


@pytest.mark.parametrize("event", ["open", "click", "account_status_change", "teleported", "<b>"])
def test_other_events_are_ignored(event: str) -> None:
    """Engagement and whatever SendGrid invents is counted and nothing else."""
    batch = batch_from(body_of([an_event(event=event)]))

    assert ((), 0, 1) == (batch.reports, batch.broken, batch.ignored)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b"7", b"null", b"[", b"\xff[]", b'{"event": "open"}', b"[" * 100_000],
    ids=["empty", "object", "number", "null", "half", "bytes", "single", "deep"],
)
def test_what_is_no_batch_is_refused(raw: bytes) -> None:
    """A body that is no JSON array is the sender's fault."""
    with pytest.raises(WebhookRefused, match="400"):
        batch_from(raw)


def test_doubled_events_are_read_once() -> None:
    """The same event id in one batch is one event, whatever else differs."""
    found = reports_from(body_of([an_event(), an_event(timestamp=1), an_event(sg_event_id="two")]))

    assert ["evt-delivered", "two"] == [event.event_id for event in found]


def test_an_event_without_an_id_gets_a_lasting_one() -> None:
    """Without SendGrid's id the same event has the same id again, and another event another."""
    first, again = (the_report(sg_event_id=missing) for missing in (None, None))
    other = the_report(sg_event_id=None, timestamp=1)

    assert first.event_id == again.event_id != other.event_id
    assert first.event_id.startswith("sha256:")


@pytest.mark.parametrize("event_id", ["\ud800", "a\nb", "", 7.5, "x" * 201])
def test_an_odd_event_id_is_not_kept(event_id: object) -> None:
    """An id that the ledger could not hold is replaced by one that it can."""
    assert the_report(sg_event_id=event_id).event_id.startswith("sha256:")


@pytest.mark.parametrize(
    ("written", "provider_id"),
    [
        (f"{MESSAGE_ID}.filterdrecv-1-2.0", MESSAGE_ID),
        (MESSAGE_ID, MESSAGE_ID),
        (None, ""),
        ("", ""),
        (".filter", ""),
        ("a b.filter", ""),
        ({"odd": 1}, ""),
    ],
)
def test_the_message_is_named_before_the_first_dot(written: object, provider_id: str) -> None:
    """The id that the acceptance gave stands before the first dot; anything else is none."""
    assert provider_id == message_id_from(written)


def test_a_bounce_without_a_message_is_bound_by_our_ids() -> None:
    """A late bounce may name no message; then our own ids say which email it was."""
    found = reports_from(body_of(BATCH))[-1]

    assert found.report is not None
    assert ("", "ntf_1", 2) == (
        found.report.provider_id,
        found.report.notification_id,
        found.report.attempt,
    )


@pytest.mark.parametrize(
    ("event", "ours"),
    [
        ({"nid": "ntf_1", "natt": 2}, ("ntf_1", 2)),
        ({"nid": "ntf_1", "natt": "two"}, ("ntf_1", None)),
        ({"nid": "ntf 1; drop", "natt": "2"}, (None, None)),
        ({"nid": None, "custom_args": {"nid": "ntf_3", "natt": "1"}}, ("ntf_3", 1)),
        ({"nid": None, "unique_args": {"nid": "ntf_4"}, "natt": "9"}, ("ntf_4", None)),
        ({"nid": None, "unique_args": "odd"}, (None, None)),
    ],
)
def test_our_ids_come_back(event: dict[str, Any], ours: tuple[str | None, int | None]) -> None:
    """Our ids are read wherever SendGrid puts them, and only in the form we gave them."""
    found = the_report(**event)

    assert ours == (found.notification_id, found.attempt)


@pytest.mark.parametrize(
    ("written", "at"),
    [
        (1777887002, datetime(2026, 5, 4, 9, 30, 2, tzinfo=UTC)),
        ("1777887002", datetime(2026, 5, 4, 9, 30, 2, tzinfo=UTC)),
        (True, None),
        (None, None),
        ("soon", None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        (10**15, None),
        ([], None),
    ],
)
def test_odd_times_are_none(written: object, at: datetime | None) -> None:
    """A time that is none is left out, and the event is read all the same."""
    assert at == the_report(timestamp=written).at


@pytest.mark.parametrize(
    "written", [None, 7, "ann", "a\n@b.example", "\ud800@b.example", "a@" * 200]
)
def test_odd_addresses_are_none(written: object) -> None:
    """What is no address is left out."""
    assert "" == the_report(email=written).address


def test_a_bounce_wins_in_every_order() -> None:
    """However the events of a bounced email come in, the email ends as undelivered."""
    found = [event.report for event in reports_from(body_of(BATCH)) if event.report]

    ends = set()
    for order in itertools.permutations(found):
        status = NotificationStatus.SENDING
        for report in order:
            status = advance(status, report).status
        ends.add(status)

    assert {NotificationStatus.UNDELIVERED} == ends


def test_the_published_batch() -> None:
    """SendGrid's own example is read."""
    (found,) = reports_from(sample("sendgrid/signature.json")["body"].encode())

    assert ("sg.dropped.bounced", "hello@world.com") == (found.code, found.address)
    assert found.report is not None
    assert MESSAGE_ID == found.report.provider_id


def test_a_large_batch_is_read_at_once() -> None:
    """Thousands of events are one list, each with its own id."""
    raw = json.dumps([an_event(sg_event_id=f"evt{number}") for number in range(5000)]).encode()

    assert 5000 == len(reports_from(raw))
