"""What the providers' codes mean, against what the providers' own pages say of them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from duebell.domain.delivery import FailureClass, OutcomeKind
from duebell.providers.codes import (
    FAULTS,
    NOT_PROCESSED,
    SECTIONS,
    fault_of,
    meaning_of,
)
from duebell.providers.outcomes import outcome_of_refusal
from duebell.providers.twilio.wire import outcome_from

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def codes(text: str) -> list[str]:
    """Codes as they are written here."""
    return text.split()


#: What nobody's message could pass: the account, the sender, the Messaging Service, the way back.
STOPPING = codes(
    """
    20003 20005 20006 20008 20404 30002 30037
    21212 21601 21603 21606 21607 21609 21616 21657 21659 21660 21661 21709
    21701 21702 21704 21705 30032 30033 30034 30035
    sg.http.401 sg.http.403 sg.http.404 sg.http.405 sg.http.406 sg.http.451
    email.http.401 email.http.403 email.http.404 email.http.405 email.http.406
    """
)

CONTENT_OR_SETTING = codes(
    """
    11200 21408 21602 21604 21605 21608 21617 21618 21619 21620 21623 21624 21654 21655 21656 21703
    30007 30010 30018 30019 30024 30040 30041 30042 30400 30404 30409 30620 35111 35114 35117 35118
    63016
    sg.dropped sg.dropped.spam_content sg.http.400 sg.http.413 sg.http.415 sg.http.422
    email.failed email.canceled email.http.400 email.http.413 email.http.415 email.http.422
    """
)

RECIPIENT = codes(
    """
    21211 21265 21266 21612 21614 21635 30004 30005 30006 63024
    sg.bounce sg.dropped.bounced sg.dropped.invalid
    """
)

NEVER_AGAIN = codes(
    """
    21610 30630 30640 63033
    sg.dropped.unsubscribed sg.dropped.spam_report sg.spamreport sg.unsubscribe
    """
)

TRANSIENT = codes(
    """
    20503 20504 30003 30017 30036 30047 30500 sg.blocked sg.http.503 email.http.503
    """
)

#: What may pass, but after which nothing is sent again: nobody says why it failed.
WITHOUT_A_REASON = ["email.undelivered"]

TOO_MUCH = codes(
    """
    14107 20429 21611 30001 30022 30023 30027 30450 30453 30454 30485 30610 30615 63018 63038
    sg.http.429 email.http.429
    """
)

AMBIGUOUS = codes(
    """
    20500 30008 30025 30026 30410
    sg.http.408 sg.http.500 sg.http.502 sg.http.504
    email.http.408 email.http.500 email.http.502 email.http.504
    """
)

CLASSES: dict[str, FailureClass] = {
    code: failure
    for failure, listed in (
        (FailureClass.CONFIGURATION, [*STOPPING, *CONTENT_OR_SETTING]),
        (FailureClass.RECIPIENT, RECIPIENT),
        (FailureClass.COMPLIANCE, NEVER_AGAIN),
        (FailureClass.TEMPORARY, [*TRANSIENT, *WITHOUT_A_REASON]),
        (FailureClass.RATE, TOO_MUCH),
        (FailureClass.UNKNOWN, AMBIGUOUS),
    )
    for code in listed
}

KINDS = {
    FailureClass.CONFIGURATION: OutcomeKind.REJECTED,
    FailureClass.RECIPIENT: OutcomeKind.REJECTED,
    FailureClass.COMPLIANCE: OutcomeKind.REJECTED,
    FailureClass.TEMPORARY: OutcomeKind.NOT_SENT,
    FailureClass.RATE: OutcomeKind.NOT_SENT,
    FailureClass.UNKNOWN: OutcomeKind.UNKNOWN,
}

OF_TWILIO = [code for code in CLASSES if code.isdecimal()]


def test_the_table_is_whole() -> None:
    """Every code that the providers describe is in the table, once, and no other."""
    listed = [code for rows in SECTIONS.values() for row in rows for code in row.codes]

    assert sorted(CLASSES) == sorted(listed)
    assert set(NOT_PROCESSED) <= set(CLASSES)


@pytest.mark.parametrize("code", CLASSES)
def test_the_class_of_a_code_after_acceptance(code: str) -> None:
    """A code that comes with a message already accepted has its class, as text and as number."""
    asked = int(code) if code.isdecimal() else code

    assert CLASSES[code] is fault_of(code, is_refusal=False).failure
    assert CLASSES[code] is fault_of(asked, is_refusal=False).failure
    assert fault_of(asked, is_refusal=True) == fault_of(asked, is_refusal=False)


@pytest.mark.parametrize("code", OF_TWILIO)
def test_the_outcome_of_a_refusal(code: str) -> None:
    """A refusal costs the message only where something is wrong with this message."""
    body = json.dumps({"code": int(code), "message": "+12125550101", "status": 400}).encode()

    outcome = outcome_from(400, httpx.Headers(), body)

    stops = code in STOPPING
    kind = OutcomeKind.NOT_SENT if stops else KINDS[CLASSES[code]]
    assert (kind, CLASSES[code], stops) == (outcome.kind, outcome.failure, outcome.stops_channel)
    assert code == outcome.error_code
    assert fault_of(code, is_refusal=False).sentence == outcome.reason


@pytest.mark.parametrize("code", [code for code in CLASSES if ".http." in code])
def test_the_outcome_of_a_refused_email(code: str) -> None:
    """A status that answers a request for an email costs it only where the email is to blame."""
    status = int(code.rpartition(".")[2])

    outcome = outcome_of_refusal("SendGrid", status, code, pause=9.0, may_return=True)

    stops = code in STOPPING
    kind = OutcomeKind.NOT_SENT if stops else KINDS[CLASSES[code]]
    assert (kind, CLASSES[code], stops) == (outcome.kind, outcome.failure, outcome.stops_channel)
    assert code == outcome.error_code


@pytest.mark.parametrize("code", OF_TWILIO)
def test_a_refusal_names_a_pause_only_where_waiting_helps(code: str) -> None:
    """What somebody has to mend names no pause, and no pause is longer than an hour."""
    body = json.dumps({"code": int(code)}).encode()

    pause = outcome_from(400, httpx.Headers(), body).retry_after

    waits = code in (*TRANSIENT, *TOO_MUCH) and code != "20429"  # 20429 doubles from try to try
    assert waits is (pause is not None)
    assert 0 < (pause or 1) <= 3600


@pytest.mark.parametrize("code", CLASSES)
def test_what_stops_a_channel(code: str) -> None:
    """A channel stops for what no other message could pass, never for one message or country."""
    assert (code in STOPPING) is fault_of(code, is_refusal=True).stops_channel


@pytest.mark.parametrize("code", CLASSES)
def test_only_what_passes_by_itself_is_sent_again(code: str) -> None:
    """After acceptance nothing but the temporary is sent again, and then later than now."""
    again = fault_of(code, is_refusal=False).again_at(NOON)

    assert (code in (*TRANSIENT, *TOO_MUCH)) is (again is not None)
    assert again is None or NOON < again < NOON + timedelta(days=1)


@pytest.mark.parametrize("code", CLASSES)
def test_every_sentence_can_be_read(code: str) -> None:
    """A sentence is short and complete, and says no number, code or status."""
    sentence = fault_of(code, is_refusal=False).sentence

    assert re.fullmatch(r"[A-Z].{20,108}\.", sentence)
    assert not re.search(r"\d", sentence)
    assert code not in sentence


@pytest.mark.parametrize("code", AMBIGUOUS)
def test_what_is_in_doubt_says_so(code: str) -> None:
    """Whoever reads of an open outcome is told that the message may have gone out."""
    assert "may have" in fault_of(code, is_refusal=False).sentence


@pytest.mark.parametrize(
    ("code", "page"),
    [
        ("30003", "https://www.twilio.com/docs/errors/30003"),
        ("39999", "https://www.twilio.com/docs/errors/39999"),
        ("sg.http.401", "/how-to-use-the-sendgrid-v3-api/errors"),
        ("sg.bounce", "/tracking-events/event"),
        ("email.http.400", "/docs/email/api/errors"),
        ("email.failed", "/docs/email/api/operations-and-email-tracking"),
    ],
)
def test_every_code_has_its_source(code: str, page: str) -> None:
    """Each code leads to the provider's own page on it."""
    assert fault_of(code, is_refusal=False).source.endswith(page)
    assert all(fault.source.startswith("https://www.twilio.com/docs/") for fault in FAULTS.values())


@pytest.mark.parametrize("code", ["1", "39999", "sg.http.418", "email.odd", "something"])
def test_unknown_codes_are_safe(code: str) -> None:
    """An unknown refusal is ours to mend, an unknown report open; neither stops or repeats."""
    refusal, report = fault_of(code, is_refusal=True), fault_of(code, is_refusal=False)

    assert (FailureClass.CONFIGURATION, False) == (refusal.failure, refusal.stops_channel)
    assert (FailureClass.UNKNOWN, False) == (report.failure, report.stops_channel)
    assert (None, None) == (refusal.again_at(NOON), report.again_at(NOON))
    assert code in fault_of(code, is_refusal=False).sentence


@pytest.mark.parametrize("code", ["+12125550101", "<b>x</b>", "a b", "ann@firm.example", "x" * 99])
def test_an_odd_code_is_not_shown(code: str) -> None:
    """What a provider sends in place of a code never reaches the operator's screen."""
    assert (
        "The provider reports a fault Duebell does not know."
        == fault_of(code, is_refusal=False).sentence
    )


def test_without_a_code_there_are_no_words() -> None:
    """No code, no sentence and no class."""
    assert meaning_of("") is None


@pytest.mark.parametrize(
    ("status", "code", "kind", "stops"),
    [
        (401, 21610, OutcomeKind.NOT_SENT, True),  # the key comes before everything else
        (403, 20006, OutcomeKind.NOT_SENT, True),
        (403, 70051, OutcomeKind.NOT_SENT, True),  # not in the table: a matter of permission
        (403, 21408, OutcomeKind.REJECTED, False),
        (403, 21610, OutcomeKind.REJECTED, False),
        (404, 20404, OutcomeKind.NOT_SENT, True),
        (400, 29999, OutcomeKind.REJECTED, False),
    ],
)
def test_one_message_does_not_shut_the_door(
    status: int, code: int, kind: OutcomeKind, stops: bool
) -> None:
    """A 403 about one recipient or country stops nothing else; one about the key stops all."""
    outcome = outcome_from(status, httpx.Headers(), json.dumps({"code": code}).encode())

    assert (kind, stops) == (outcome.kind, outcome.stops_channel)
