"""Addresses that must not be used, and what people answer."""

from __future__ import annotations

import pytest

from duebell.domain.consent import InboundResult, InboundText, Source, Wish
from duebell.domain.delivery import FailureClass, NotificationStatus, ReportedStatus
from duebell.ledger import suppression_reading, suppressions
from duebell.ledger.ledger import Ledger
from duebell.ledger.sealing import Sealer
from tests.integration.ledger.conftest import OpenLedger
from tests.integration.ledger.query_plans import plans_of
from tests.ledger_scenes import (
    PHONE,
    START,
    Clock,
    Meaning,
    a_report,
    accepted,
    an_intent,
    column,
    notification,
    planned,
    resent,
    rows,
    run,
    together,
)

S = Source
F = FailureClass


def suppressed(ledger: Ledger, source: Source, address: str = PHONE, channel: str = "sms") -> bool:
    """Suppress an address."""
    return run(
        ledger.write(
            lambda c: suppressions.suppress(
                c, channel, address, source=source, reason="because", by="test", now=START
            )
        )
    )


def lifted(ledger: Ledger, address: str = PHONE, channel: str = "sms") -> bool:
    """Lift a suppression by hand."""
    return run(
        ledger.write(lambda c: suppressions.lift(c, channel, address, by="cli:ann", now=START))
    )


def why(ledger: Ledger, address: str = PHONE, channel: str = "sms") -> str | None:
    """Why an address must not be used."""
    pair = (channel, address)
    return run(ledger.read(lambda c: suppression_reading.in_force(c, [pair]))).get(pair)


def answer(
    ledger: Ledger, wish: Wish = Wish.STOP, sid: str = "SM-in-1", address: str = PHONE
) -> InboundResult:
    """A person answers a text."""
    return run(ledger.apply_inbound(InboundText(sid, address, wish)))


def story(ledger: Ledger) -> list[tuple[object, ...]]:
    """What the audit trail has of suppressions, in order."""
    return rows(
        ledger,
        "select actor, action, from_status, to_status, reason from audit_records"
        " where entity = 'suppression' order by id",
    )


# -- suppressing and lifting


def test_a_suppression_is_made_once(ledger: Ledger) -> None:
    """The same address twice is one row and one audit record, which does not name it."""
    results = [suppressed(ledger, S.HAND), suppressed(ledger, S.HAND)]

    assert [True, False] == results
    assert [("test", "suppressed", None, "in force", "because")] == story(ledger)
    everything = rows(ledger, "select * from audit_records where entity = 'suppression'")
    assert PHONE not in str(everything)


def test_lifting_is_told_once(ledger: Ledger) -> None:
    """What is lifted is free, may be suppressed again, and cannot be lifted twice."""
    suppressed(ledger, S.STOP)

    results = [lifted(ledger), lifted(ledger), suppressed(ledger, S.HAND)]

    assert [True, False, True] == results
    assert ["suppressed", "lifted", "suppressed"] == [one[1] for one in story(ledger)]
    assert ("cli:ann", "in force", "lifted", "stop") == tuple(
        story(ledger)[1][place] for place in (0, 2, 3, 4)
    )


def test_an_address_is_asked_about_as_it_is_written(ledger: Ledger) -> None:
    """Case makes no other mailbox, another channel does; answers stand under what was asked."""
    suppressed(ledger, S.COMPLAINT, "Ann@Firm.example", "email")
    pairs = [("email", "ann@firm.EXAMPLE"), ("sms", "ann@firm.example"), ("email", "bob@x.example")]

    found = run(ledger.read(lambda c: suppression_reading.in_force(c, pairs)))

    assert {("email", "ann@firm.EXAMPLE"): "the recipient complained: because"} == found


def test_many_addresses_are_asked_about_at_once(ledger: Ledger) -> None:
    """More addresses than a statement takes are no trouble."""
    suppressed(ledger, S.STOP, "+12125551999")
    pairs = [("sms", f"+1212555{number:04}") for number in range(2500)]

    found = run(ledger.read(lambda c: suppression_reading.in_force(c, pairs)))

    assert {("sms", "+12125551999"): "because"} == found


def test_two_processes_suppress_once(ledger: Ledger, other: Ledger) -> None:
    """Two processes that hear of an opt-out at the same time keep one row."""
    texts = [InboundText(f"SM-{number}", PHONE, Wish.STOP) for number in range(8)]

    results = together(
        *(
            process.apply_inbound(text)
            for process, text in zip([ledger, other] * 4, texts, strict=True)
        )
    )

    assert 1 == results.count(InboundResult.OPTED_OUT)
    assert [1] == column(ledger, "select count(*) from suppressions")


# -- STOP and START


def test_stop_suppresses_and_start_lifts(ledger: Ledger) -> None:
    """Whoever answers STOP gets nothing until START."""
    stopped, reason = answer(ledger), why(ledger)
    started = answer(ledger, Wish.START, "SM-in-2")

    assert ("opted out", "the person answered STOP") == (stopped, reason)
    assert ("opted in", None) == (started, why(ledger))
    assert [("recipient", "stop"), ("recipient", "start")] == rows(
        ledger, "select actor, action from audit_records where entity = 'inbound' order by id"
    )


@pytest.mark.parametrize("wish", [Wish.STOP, Wish.START])
def test_a_text_counts_once(ledger: Ledger, wish: Wish) -> None:
    """A text that is delivered again later changes nothing: it is old by then, or replayed."""
    first, second = (wish, Wish.START) if wish is Wish.STOP else (wish, Wish.STOP)
    answer(ledger, first, "SM-in-1")
    answer(ledger, second, "SM-in-2")
    before = why(ledger)

    again = answer(ledger, first, "SM-in-1")

    assert (InboundResult.REPEATED, before) == (again, why(ledger))


def test_start_of_somebody_who_never_stopped_is_nothing(ledger: Ledger) -> None:
    """A YES out of the blue leaves no row."""
    result = answer(ledger, Wish.START)

    assert (InboundResult.NO_CHANGE, []) == (result, rows(ledger, "select id from suppressions"))


@pytest.mark.parametrize(
    ("source", "is_free"),
    [(S.STOP, True), (S.PROVIDER, True), (S.HAND, False), (S.BOUNCE, False), (S.COMPLAINT, False)],
)
def test_start_lifts_the_persons_own_word_alone(
    ledger: Ledger, source: Source, is_free: bool
) -> None:
    """START takes back a STOP, wherever it was kept, and nothing that others decided."""
    suppressed(ledger, source)

    answer(ledger, Wish.START)

    assert is_free is (why(ledger) is None)


def test_the_firms_word_outlasts_the_persons(ledger: Ledger) -> None:
    """What the firm suppresses after a STOP stays after START, and the STOP is still told of."""
    answer(ledger)

    suppressed(ledger, S.HAND)

    answer(ledger, Wish.START, "SM-in-2")
    assert why(ledger) == "the address is suppressed by hand: because; the person answered STOP"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (InboundText("SM-1", PHONE, Wish.NOTHING), InboundResult.NO_KEYWORD),
        (InboundText("SM-1", "", Wish.STOP), InboundResult.OTHER_CHANNEL),
    ],
)
def test_what_is_no_opt_out_is_not_stored(
    ledger: Ledger, text: InboundText, result: InboundResult
) -> None:
    """Other texts and other channels leave no trace in the ledger."""
    told = run(ledger.apply_inbound(text))

    assert result is told
    assert [] == rows(ledger, "select id from audit_records")
    assert [] == rows(ledger, "select id from suppressions")


def test_a_planned_text_is_not_sent_after_stop(ledger: Ledger) -> None:
    """A STOP that comes between the plan and the call takes the right to send away."""
    id_ = planned(ledger)
    answer(ledger)

    number = run(ledger.begin_attempt(an_intent(id_)))

    told = notification(ledger, id_)
    assert (None, NotificationStatus.SUPPRESSED) == (number, told.status)
    assert "the person answered STOP" == told.reason


# -- what providers say


@pytest.fixture
def knowing(ledger_url: str, sealer: Sealer, clock: Clock) -> Ledger:
    """A ledger that knows one code for an opt-out and one for a landline."""
    codes = {"21610": Meaning(F.COMPLIANCE), "30006": Meaning(F.RECIPIENT)}
    return Ledger(ledger_url, sealer, now=clock, meaning_of=codes.get)


def test_an_opt_out_in_a_report_suppresses(knowing: Ledger) -> None:
    """A message that ends with the code for an opt-out keeps the address from then on."""
    accepted(knowing)

    run(knowing.apply_report(a_report(ReportedStatus.UNDELIVERED, error_code="21610")))

    assert "It is a matter of compliance." == why(knowing)
    assert [("provider", "suppressed", None, "in force", "provider")] == story(knowing)
    knowing.close()


def test_a_late_repeat_does_not_undo_a_start(knowing: Ledger) -> None:
    """The same report again, after START, is old news."""
    accepted(knowing)
    report = a_report(ReportedStatus.UNDELIVERED, error_code="21610")
    run(knowing.apply_report(report))
    answer(knowing, Wish.START)

    run(knowing.apply_report(report))

    assert why(knowing) is None
    knowing.close()


def test_a_report_on_an_earlier_attempt_suppresses_too(knowing: Ledger, clock: Clock) -> None:
    """What is found out about the address counts, whichever attempt it is about."""
    resent(knowing, clock)

    run(knowing.apply_report(a_report(ReportedStatus.UNDELIVERED, error_code="21610")))

    assert why(knowing) is not None
    knowing.close()


def test_an_address_that_cannot_be_reached_is_suppressed(knowing: Ledger) -> None:
    """Nothing is sent again to a landline, and nobody is said to have opted out."""
    accepted(knowing)

    run(knowing.apply_report(a_report(ReportedStatus.UNDELIVERED, error_code="30006")))

    assert [("provider", "suppressed", None, "in force", "bounce")] == story(knowing)
    knowing.close()


@pytest.mark.parametrize("code", ["30003", ""])
def test_other_failures_suppress_nothing(knowing: Ledger, code: str) -> None:
    """A phone that is off, or no code at all, says nothing of tomorrow."""
    accepted(knowing)

    run(knowing.apply_report(a_report(ReportedStatus.UNDELIVERED, error_code=code)))

    assert why(knowing) is None
    knowing.close()


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize("failure", [*F, None])
def test_only_what_is_wrong_with_an_address_suppresses_it(
    ledger: Ledger, failure: F | None, channel: str
) -> None:
    """Of the classes of errors two mean that the address must not be used again, each its own way.

    A text answered by START lifts an opt-out that Twilio knows of, and no complaint about emails.
    """
    is_new = run(
        ledger.write(
            lambda c: suppressions.from_provider(c, channel, PHONE, failure, reason="no", now=START)
        )
    )

    opted_out = S.PROVIDER if channel == "sms" else S.COMPLAINT
    expected = {F.COMPLIANCE: [opted_out], F.RECIPIENT: [S.BOUNCE]}.get(failure, [])  # type: ignore[arg-type]
    assert expected == column(ledger, "select source from suppressions")
    assert is_new is bool(expected)


def test_no_address_is_none(ledger: Ledger) -> None:
    """Where it is not known whom a word is about, nothing is stored as if it were."""
    is_new = suppressed(ledger, S.HAND, "")

    assert (False, []) == (is_new, rows(ledger, "select * from suppressions"))


def test_an_address_is_found_by_an_index(open_ledger: OpenLedger, sqlite_url: str) -> None:
    """What is asked before every message leaves does not read all suppressions there are."""
    ledger = open_ledger(sqlite_url)
    pairs = [("sms", PHONE), ("email", "ann@alder.example")]

    plans = run(
        ledger.read(lambda c: plans_of(c, lambda: suppression_reading.in_force(c, pairs))),
    )

    expected = "SEARCH suppressions USING INDEX suppressions_in_force (channel=? AND address=?)"
    assert [expected] == plans
