"""Twilio's callbacks, answers and messages in our words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from twilio.rest.api.v2010.account.message import (  # type: ignore[import-untyped]
    MessageInstance,
)

from duebell.domain import failures
from duebell.domain.delivery import (
    DeliveryReport,
    FailureClass,
    OutcomeKind,
    ProviderMessage,
    ReportedStatus,
    SendOutcome,
)
from duebell.providers.twilio.wire import (
    SHUT_OUT_SECONDS,
    STATUSES,
    failure_from,
    message_from,
    outcome_from,
    parse_form,
    report_from,
    status_from,
)
from tests.unit.providers.samples import sample

SID = "SM" + "a" * 32
PARAMS = [("MessageSid", SID), ("MessageStatus", "undelivered"), ("ErrorCode", "30003")]
NOTHING = httpx.Headers()


def a_refusal(code: int) -> bytes:
    """Twilio's error body, with a number in its message as Twilio likes to put there."""
    message = "The 'To' number +12125550101 is not a valid phone number."
    return json.dumps({"code": code, "message": message, "status": 400}).encode()


def test_report() -> None:
    """A callback names the message, its status and error, and our own two numbers."""
    report = report_from(PARAMS, {"n": "ntf_1", "a": "2"})

    assert (
        DeliveryReport(SID, ReportedStatus.UNDELIVERED, "undelivered", "30003", "ntf_1", 2)
        == report
    )


def test_report_by_its_older_names() -> None:
    """The Sms... fields stand in where the Message... fields are missing."""
    report = report_from([("SmsSid", SID), ("SmsStatus", "delivered")], {})

    assert DeliveryReport(SID, ReportedStatus.DELIVERED, "delivered") == report


def test_fields_that_nobody_announced_change_nothing() -> None:
    """Twilio adds fields without notice, and repeats some: the report stays the same."""
    more = [
        ("RawDlrDoneDate", "2411220917"),
        ("ErrorMessage", "Unreachable destination handset +12125550101"),
        ("ChannelPrefix", "sms"),
        ("Status", "delivered"),
        ("messagestatus", "delivered"),
        ("MessageStatus", "undelivered"),
        ("Some-Thing[]", ""),
    ]

    report = report_from([*more, *PARAMS], {"n": "ntf_1", "a": "2", "more": "1"})

    assert report_from(PARAMS, {"n": "ntf_1", "a": "2"}) == report


@pytest.mark.parametrize("query", [{}, {"n": "", "a": ""}, {"n": "a b", "a": "-1"}, {"a": "1e3"}])
def test_a_query_that_is_not_ours_says_nothing(query: dict[str, str]) -> None:
    """Without our numbers a report is still one on its message."""
    report = report_from(PARAMS, query)

    assert (report.provider_id, report.notification_id, report.attempt) == (SID, None, None)


@pytest.mark.parametrize("params", [[], [("MessageSid", "SM1")], [("MessageSid", "CA" + "a" * 32)]])
def test_a_report_on_no_message_is_refused(params: list[tuple[str, str]]) -> None:
    """Without a plausible SID there is nothing to report on."""
    with pytest.raises(failures.WebhookRefused) as refused:
        report_from(params, {"n": "ntf_1"})

    assert refused.value.status == 400


@pytest.mark.parametrize("word", [None, "partially_delivered", "teleported", "<b>"])
def test_unknown_words_are_other(word: str | None) -> None:
    """A status nobody described is never acted on."""
    params = [("MessageSid", SID)] + ([("MessageStatus", word)] if word else [])

    assert ReportedStatus.OTHER is report_from(params, {}).status


def test_every_word_of_the_sdk_is_decided() -> None:
    """All outbound statuses the SDK knows are in the table, except the one without a meaning."""
    words = {value for name, value in vars(MessageInstance.Status).items() if name.isupper()}

    assert {"receiving", "received", "partially_delivered"} == words - set(STATUSES)
    assert ReportedStatus.SENT is status_from("Sent")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("accepted", ReportedStatus.QUEUED),
        ("scheduled", ReportedStatus.QUEUED),
        ("queued", ReportedStatus.QUEUED),
        ("sending", ReportedStatus.QUEUED),
        ("sent", ReportedStatus.SENT),
        ("delivered", ReportedStatus.DELIVERED),
        ("read", ReportedStatus.DELIVERED),
        ("undelivered", ReportedStatus.UNDELIVERED),
        ("failed", ReportedStatus.UNDELIVERED),
        ("canceled", ReportedStatus.UNDELIVERED),
        ("partially_delivered", ReportedStatus.OTHER),
        ("received", ReportedStatus.OTHER),
    ],
)
def test_every_word_has_its_meaning(word: str, status: ReportedStatus) -> None:
    """Twilio's words mean what its page on statuses says; what it does not describe is asked."""
    report = report_from([("MessageSid", SID), ("MessageStatus", word)], {})

    assert (status, word) == (report.status, report.raw_status)


def test_form() -> None:
    """Blank and repeated fields stay in their order."""
    assert parse_form(b"a=1&b=&a=%E2%82%AC+%2B") == [("a", "1"), ("b", ""), ("a", "\u20ac +")]


@pytest.mark.parametrize("raw", [b"{}", b"\xff=1", b"a=%FF", b"a=1" * 3 + b"&b"])
def test_malformed_forms_are_refused(raw: bytes) -> None:
    """What is no form is the sender's fault."""
    with pytest.raises(failures.WebhookRefused, match="400 malformed form"):
        parse_form(raw)


def test_accepted() -> None:
    """A created message is accepted under its SID."""
    outcome = outcome_from(201, NOTHING, json.dumps(sample("twilio/message.json")).encode())

    assert SendOutcome(OutcomeKind.ACCEPTED, provider_id=SID) == outcome


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (201, {}, b"<html>hotel</html>"),
        (201, {}, b""),
        (201, {}, b"[" * 100_000),
        (201, {}, b"[]"),
        (201, {}, b'{"sid": "SM1"}'),
        (202, {}, b"{}"),
        (301, {"Location": "https://x.example"}, b""),
        (408, {}, b"{}"),
        (500, {}, a_refusal(20500)),
        (500, {"Retry-After": "1"}, a_refusal(20500)),
        (502, {}, b"<html>Bad Gateway</html>"),
        (503, {}, a_refusal(20503)),
        (504, {}, b""),
        (400, {}, a_refusal(30410)),
    ],
)
def test_what_proves_nothing_is_unknown(status: int, headers: dict[str, str], body: bytes) -> None:
    """Whatever may have been sent is never called refused or unsent."""
    outcome = outcome_from(status, httpx.Headers(headers), body)

    assert (outcome.kind, outcome.failure) == (OutcomeKind.UNKNOWN, FailureClass.UNKNOWN)
    assert "may have" in outcome.reason


@pytest.mark.parametrize(
    ("status", "headers", "body", "code", "failure", "pause"),
    [
        (429, {"Retry-After": "3"}, a_refusal(20429), "20429", FailureClass.RATE, 3.0),
        (429, {}, b"<html>", "20429", FailureClass.RATE, None),
        (429, {"Retry-After": "99999"}, b"", "20429", FailureClass.RATE, 3600.0),
        (429, {"Retry-After": "Wed"}, b"", "20429", FailureClass.RATE, None),
        (503, {"Retry-After": "5"}, b"<html>", "20503", FailureClass.TEMPORARY, 5.0),
        (400, {}, a_refusal(20429), "20429", FailureClass.RATE, None),
        (400, {}, a_refusal(21611), "21611", FailureClass.RATE, 60.0),
        (400, {"Retry-After": "9"}, a_refusal(14107), "14107", FailureClass.RATE, 9.0),
        (400, {}, a_refusal(63038), "63038", FailureClass.RATE, 3600.0),
        (400, {}, a_refusal(30450), "30450", FailureClass.RATE, 1800.0),
        (400, {}, a_refusal(30023), "30023", FailureClass.RATE, 3600.0),
    ],
)
def test_what_was_never_processed_is_not_sent(
    status: int,
    headers: dict[str, str],
    body: bytes,
    code: str,
    failure: FailureClass,
    pause: float | None,
) -> None:
    """Where Twilio promises that nothing was processed, the attempt may be made again."""
    outcome = outcome_from(status, httpx.Headers(headers), body)

    assert (OutcomeKind.NOT_SENT, code, failure, pause) == (
        outcome.kind,
        outcome.error_code,
        outcome.failure,
        outcome.retry_after,
    )


@pytest.mark.parametrize(
    ("status", "body", "code", "failure"),
    [
        (400, a_refusal(21211), "21211", FailureClass.RECIPIENT),
        (400, a_refusal(21610), "21610", FailureClass.COMPLIANCE),
        (400, a_refusal(21617), "21617", FailureClass.CONFIGURATION),
        (400, a_refusal(21999), "21999", FailureClass.CONFIGURATION),
    ],
)
def test_refusals(status: int, body: bytes, code: str, failure: FailureClass) -> None:
    """A refusal has its code, whose fault it is, and a sentence without anybody's number."""
    outcome = outcome_from(status, NOTHING, body)

    assert (OutcomeKind.REJECTED, code, failure) == (
        outcome.kind,
        outcome.error_code,
        outcome.failure,
    )
    assert outcome.reason
    assert "555" not in outcome.reason


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, a_refusal(20003), "20003"),
        (403, a_refusal(70051), "70051"),
        (401, b"<html>", "401"),
        (404, b"<html>", "404"),
        (422, b'{"code": "x"}', "422"),
    ],
)
def test_a_shut_door_is_no_refusal_of_the_message(status: int, body: bytes, code: str) -> None:
    """A wrong key, or a page of something in between, costs no message: it is sent later."""
    outcome = outcome_from(status, NOTHING, body)

    assert (OutcomeKind.NOT_SENT, code, FailureClass.CONFIGURATION, SHUT_OUT_SECONDS) == (
        outcome.kind,
        outcome.error_code,
        outcome.failure,
        outcome.retry_after,
    )
    assert outcome.stops_channel
    assert outcome.reason


@pytest.mark.parametrize("code", [21606, 21701, 21609, 20006])
def test_a_wrong_setting_is_no_refusal_of_the_message(code: int) -> None:
    """Where no message could pass, this one waits until somebody has mended the setting."""
    outcome = outcome_from(400, httpx.Headers({"Retry-After": "9"}), a_refusal(code))

    assert (OutcomeKind.NOT_SENT, FailureClass.CONFIGURATION, None) == (
        outcome.kind,
        outcome.failure,
        outcome.retry_after,
    )
    assert outcome.stops_channel


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (401, failures.CredentialsRefused),
        (403, failures.CredentialsRefused),
        (404, failures.RecordGone),
        (429, failures.Throttled),
        (400, failures.RequestRefused),
        (408, failures.TryAgain),
        (500, failures.TryAgain),
        (200, failures.TryAgain),
    ],
)
def test_failures_of_reads(status: int, raised: type[Exception]) -> None:
    """What a read was answered is raised by its kind, with the code and without the message."""
    failure = failure_from(status, httpx.Headers({"Retry-After": "4"}), a_refusal(20003))

    assert raised is type(failure)
    assert f"{status} (20003)" in str(failure)
    assert "555" not in str(failure)


def test_the_pause_of_a_read() -> None:
    """A throttled read knows how long to wait."""
    failure = failure_from(429, httpx.Headers({"Retry-After": "4"}), b"")

    assert isinstance(failure, failures.Throttled)
    assert failure.retry_after == 4.0


def test_message() -> None:
    """A listed message is read with its time in UTC."""
    assert ProviderMessage(
        provider_id=SID,
        to="+12125550101",
        body="Invoice 42 is overdue.",
        raw_status="accepted",
        status=ReportedStatus.QUEUED,
        error_code="",
        created_at=datetime(2023, 8, 24, 5, 1, 45, tzinfo=UTC),
        is_outbound=True,
    ) == message_from(sample("twilio/message.json"))


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Thu, 24 Aug 2023 00:01:45 -0500", datetime(2023, 8, 24, 5, 1, 45, tzinfo=UTC)),
        ("Thu, 24 Aug 2023 05:01:45 -0000", datetime(2023, 8, 24, 5, 1, 45, tzinfo=UTC)),
        (None, None),
        ("soon", None),
    ],
)
def test_times_of_messages(written: str | None, moment: datetime | None) -> None:
    """Twilio's dates become aware UTC, and what is no date becomes none."""
    assert moment == message_from({"sid": SID, "date_created": written}).created_at


@pytest.mark.parametrize(
    ("changes", "code", "outbound"),
    [
        ({"error_code": 30003, "direction": "inbound"}, "30003", False),
        ({"error_code": "30003", "direction": "outbound-reply"}, "30003", True),
        ({"direction": None}, "", False),
    ],
)
def test_details_of_messages(changes: dict[str, Any], code: str, outbound: bool) -> None:
    """Error codes are text, whatever they came as; only what we sent is outbound."""
    message = message_from({"sid": SID, **changes})

    assert (code, outbound) == (message.error_code, message.is_outbound)


def test_a_message_without_a_sid_is_refused() -> None:
    """Without its SID a message cannot be told from another."""
    with pytest.raises(failures.RequestRefused, match="'sid'"):
        message_from({"sid": None})
