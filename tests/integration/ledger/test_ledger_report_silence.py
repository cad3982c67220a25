"""Providers that took messages and do not report by themselves what became of them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import insert

from duebell.domain.delivery import ReportedStatus
from duebell.domain.silence import SENDGRID_EVENTS, TWILIO_STATUS, Silence
from duebell.ledger import report_silence, silence
from duebell.ledger.ledger import Ledger
from duebell.ledger.report_silence import HEARD
from tests.integration.ledger.conftest import OpenLedger
from tests.integration.ledger.query_plans import plans_of
from tests.ledger_scenes import (
    Clock,
    a_report,
    an_ending,
    an_intent,
    column,
    planned,
    rows,
    run,
)

URL = "https://duebell.example"
SENT = ReportedStatus.SENT


def send(ledger: Ledger, clock: Clock, *ids: str, provider: str = "twilio") -> None:
    """Messages that the provider takes, one a minute."""
    for id_ in ids:
        notification_id = planned(ledger, id_)
        intent = replace(an_intent(notification_id, clock()), provider=provider)
        run(ledger.begin_attempt(intent))
        run(ledger.finish_attempt(an_ending(notification_id, provider_id=id_, at=clock())))
        clock.pass_(minutes=1)


def ask(ledger: Ledger, *ids: str) -> None:
    """We ask the provider about these messages, and it answers."""
    for id_ in ids:
        run(ledger.apply_report(a_report(SENT, provider_id=id_, asked=True)))


def call(ledger: Ledger, *ids: str) -> None:
    """The provider reports about these messages by itself."""
    for id_ in ids:
        run(ledger.apply_report(a_report(SENT, provider_id=id_)))


def hear_event(ledger: Ledger, clock: Clock) -> None:
    """SendGrid tells something, of whichever email."""
    row = {"id": f"event {clock()}", "at": clock()}
    run(ledger.write(lambda c: c.execute(insert(HEARD), [row])))


def found(ledger: Ledger, clock: Clock) -> list[Silence]:
    """The reports that do not come."""
    return run(ledger.read(lambda c: report_silence.find(c, clock())))


def test_texts_known_only_by_asking_are_silence(ledger: Ledger, clock: Clock) -> None:
    """Three texts of a while ago, of which Twilio said something only when asked, are silence."""
    since = clock()
    send(ledger, clock, "SM1", "SM2", "SM3")
    ask(ledger, "SM1", "SM2", "SM3")
    clock.pass_(minutes=15)

    assert [Silence("", TWILIO_STATUS, since, 3)] == found(ledger, clock)


def test_fewer_texts_prove_nothing(ledger: Ledger, clock: Clock) -> None:
    """Two may be a carrier's whim, and of one that is younger a report may still come."""
    send(ledger, clock, "SM1", "SM2")
    clock.pass_(minutes=14)
    send(ledger, clock, "SM3")
    ask(ledger, "SM1", "SM2", "SM3")

    assert [] == found(ledger, clock)


def test_texts_that_twilio_says_nothing_of_at_all_prove_nothing(
    ledger: Ledger, clock: Clock
) -> None:
    """Where asking gives no word either, it is not the callbacks that fail."""
    send(ledger, clock, "SM1", "SM2", "SM3")
    ask(ledger, "SM1", "SM2")
    clock.pass_(minutes=20)

    assert [] == found(ledger, clock)


def test_any_callback_since_ends_it(ledger: Ledger, clock: Clock) -> None:
    """One callback about the last of them shows that they come."""
    send(ledger, clock, "SM1", "SM2", "SM3")
    ask(ledger, "SM1", "SM2", "SM3")
    clock.pass_(minutes=20)
    run(ledger.apply_report(a_report(provider_id="SM3")))

    assert [] == found(ledger, clock)


def test_a_callback_from_before_does_not_end_it(ledger: Ledger, clock: Clock) -> None:
    """What came before the texts that are missed proves nothing for them."""
    send(ledger, clock, "SM0")
    call(ledger, "SM0")
    clock.pass_(minutes=5)
    since = clock()
    send(ledger, clock, "SM1", "SM2", "SM3")
    ask(ledger, "SM1", "SM2", "SM3")
    clock.pass_(minutes=15)

    assert [Silence("", TWILIO_STATUS, since, 3)] == found(ledger, clock)


def test_slow_callbacks_are_no_silence(ledger: Ledger, clock: Clock) -> None:
    """A callback that repeats what asking had told counts from the moment at which it comes."""
    send(ledger, clock, "SM1", "SM2", "SM3", "SM4")
    ask(ledger, "SM1", "SM2", "SM3", "SM4")
    clock.pass_(minutes=20)
    before = found(ledger, clock)

    call(ledger, "SM1")

    assert (1, []) == (len(before), found(ledger, clock))
    assert [("SM1",)] == rows(ledger, "select provider_id from delivery_reports where not asked")


def test_asking_again_does_not_look_like_a_callback(ledger: Ledger, clock: Clock) -> None:
    """The same word, asked for twice, stays one that was asked for."""
    send(ledger, clock, "SM1", "SM2", "SM3")
    for _ in range(2):
        ask(ledger, "SM1", "SM2", "SM3")
    clock.pass_(minutes=20)

    assert 1 == len(found(ledger, clock))


def test_after_a_day_it_is_no_news(ledger: Ledger, clock: Clock) -> None:
    """Nobody looks for reports on what was sent the day before."""
    send(ledger, clock, "SM1", "SM2", "SM3")
    ask(ledger, "SM1", "SM2", "SM3")
    clock.pass_(hours=25)

    assert [] == found(ledger, clock)


def test_emails_that_sendgrid_says_nothing_of_are_silence(ledger: Ledger, clock: Clock) -> None:
    """SendGrid cannot be asked, so three emails without any event are enough."""
    hear_event(ledger, clock)
    clock.pass_(minutes=1)
    since = clock()
    send(ledger, clock, "E1", "E2", "E3", provider="sendgrid")
    clock.pass_(minutes=15)

    assert [Silence("", SENDGRID_EVENTS, since, 3)] == found(ledger, clock)


def test_any_event_of_sendgrid_ends_it(ledger: Ledger, clock: Clock) -> None:
    """An event shows that SendGrid reaches us, even one about somebody else's email."""
    send(ledger, clock, "E1", "E2", "E3", provider="sendgrid")
    clock.pass_(minutes=20)
    hear_event(ledger, clock)

    assert [] == found(ledger, clock)


def test_twilio_email_is_not_missed(ledger: Ledger, clock: Clock) -> None:
    """Twilio Email has nothing to report by itself."""
    send(ledger, clock, "E1", "E2", "E3", provider="twilio-email")
    ask(ledger, "E1", "E2", "E3")
    clock.pass_(minutes=20)

    assert [] == found(ledger, clock)


def test_it_is_told_once_a_day_and_again_after_it_was_over(ledger: Ledger, clock: Clock) -> None:
    """People hear of it once; what comes after a callback is another silence."""
    news = []
    for number, calls in enumerate((True, True, False)):
        ids = [f"SM{number}{place}" for place in range(3)]
        send(ledger, clock, *ids)
        ask(ledger, *ids)
        clock.pass_(minutes=20)
        news.append([tell(ledger, one, clock) for one in found(ledger, clock) * 2])
        if calls:
            call(ledger, ids[-1])
            clock.pass_(minutes=1)

    assert [[True, False]] * 3 == news
    assert {("", "webhook.silent")} == set(
        rows(ledger, "select account_id, event from signals where source = 'own'")
    )
    assert all(one.startswith("twilio.status:2026") for one in own_signals(ledger))


def tell(ledger: Ledger, one: Silence, clock: Clock) -> bool:
    """Have people told; whether it was news."""
    return run(ledger.write(lambda c: silence.tell(c, one, clock())))


def own_signals(ledger: Ledger) -> list[str]:
    """What people were told of."""
    return column(ledger, "select object_id from signals where source = 'own'")


def test_whoever_watches_readiness_learns_of_it(ledger: Ledger, clock: Clock) -> None:
    """The line says since when, and which address and setting to look at."""
    send(ledger, clock, "SM1", "SM2", "SM3")
    ask(ledger, "SM1", "SM2", "SM3")
    clock.pass_(minutes=20)

    (line,) = [one for one in run(ledger.readiness(URL)) if one.startswith("Twilio has reported")]

    assert "since 2026-03-02 15:00 UTC" in line
    assert "/webhooks/twilio/status at DUEBELL_PUBLIC_URL" in line
    assert "DUEBELL_TWILIO_AUTH_TOKENS" in line


def test_every_question_goes_by_an_index(
    open_ledger: OpenLedger, sqlite_url: str, clock: Clock
) -> None:
    """However many messages a ledger has, no question reads a table, or more of it than a day."""
    ledger = open_ledger(sqlite_url)
    for provider in ("twilio", "sendgrid"):
        send(ledger, clock, *(f"{provider}{number}" for number in range(3)), provider=provider)
    clock.pass_(minutes=20)

    plans = run(ledger.read(lambda c: plans_of(c, lambda: report_silence.find(c, clock()))))

    assert [] == [one for one in plans if one.startswith("SCAN")]
    assert {
        "attempts USING INDEX attempts_begun (provider=? AND started_at>? AND started_at<?)",
        "delivery_reports USING INDEX delivery_reports_called (received_at>?)",
        "attempts USING INDEX sqlite_autoindex_attempts_2 (provider_id=?)",
        "heard_events USING COVERING INDEX ix_heard_events_at (at>?)",
    } <= {one.removeprefix("SEARCH ") for one in plans}
