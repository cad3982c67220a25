"""Six reports in orders drawn by chance, on record: the ledger ends where the truth is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from random import Random

from duebell.domain.delivery import (
    DeliveryReport,
    NotificationStatus,
    OutcomeKind,
    ReportedStatus,
)
from duebell.ledger.ledger import Ledger
from duebell.ledger.sealing import Sealer
from duebell.providers.codes import meaning_of
from tests.ledger_scenes import (
    Clock,
    accepted,
    an_ending,
    column,
    rows,
    run,
    sending,
    together,
    trail,
)

S = NotificationStatus
R = ReportedStatus

ROUNDS = 12
#: What Twilio calls the steps of one text, and what SendGrid calls those of an email.
TEXT = (("queued", R.QUEUED), ("sending", R.QUEUED), ("sent", R.SENT), ("sent", R.SENT))
EMAIL = (("processed", R.QUEUED), ("deferred", R.SENT), ("delivered", R.DELIVERED))

#: That we write down the provider's answer to our call.
OUR_OWN = ("our own", R.OTHER)

Steps = Sequence[tuple[str, ReportedStatus]]


def reports(
    steps: Steps, provider_id: str, notification_id: str | None = None
) -> list[DeliveryReport]:
    """The steps as reports on one message; a bounce takes back what was said before."""
    return [
        DeliveryReport(
            provider_id,
            status,
            word,
            notification_id=notification_id,
            attempt=1 if notification_id else None,
            overrules=word == "bounce",
        )
        for word, status in steps
    ]


def a_failing_text(word: str, provider_id: str, notification_id: str) -> DeliveryReport:
    """A report on a text to a phone that is switched off."""
    code = "30003" if word == "undelivered" else ""
    return DeliveryReport(provider_id, R(word), word, code, notification_id, 1)


def orders(steps: Steps) -> Iterator[Steps]:
    """Some orders of the same steps."""
    chance = Random(6)
    for _ in range(ROUNDS):
        yield chance.sample(steps, len(steps))


def statuses(ledger: Ledger) -> list[str]:
    """The status of each notification."""
    return column(ledger, "select status from notifications order by id")


def hear(ledger: Ledger, steps: Steps) -> None:
    """Let a notification for each order of these steps hear them."""
    for number, order in enumerate(orders(steps)):
        accepted(ledger, str(number), f"SM{number}")
        together(*(ledger.apply_report(report) for report in reports(order, f"SM{number}")))


def hear_early(ledger: Ledger, steps: Steps) -> None:
    """As :func:`hear`, but our own write comes somewhere among them, and they tell our id."""
    for number, order in enumerate(orders((*steps, OUR_OWN))):
        id_, sid = sending(ledger, str(number)), f"SM{number}"
        for step in order:
            if step is OUR_OWN:
                run(ledger.finish_attempt(an_ending(id_, provider_id=sid)))
            else:
                run(ledger.apply_report(*reports([step], sid, id_)))


def test_a_text_that_arrived(ledger: Ledger) -> None:
    """Delivered and read, before or after everything else, is delivered; nobody asks any more."""
    hear(ledger, (*TEXT, ("delivered", R.DELIVERED), ("read", R.DELIVERED)))

    assert [S.DELIVERED] * ROUNDS == statuses(ledger)
    assert [None] * ROUNDS == column(ledger, "select next_ask_at from notifications")


def test_a_text_that_did_not_arrive(ledger: Ledger) -> None:
    """Undelivered, said twice, stands in every order and is flagged."""
    hear(ledger, (*TEXT, ("undelivered", R.UNDELIVERED), ("undelivered", R.UNDELIVERED)))

    assert [S.UNDELIVERED] * ROUNDS == statuses(ledger)
    assert [True] * ROUNDS == [
        bool(flag) for flag in column(ledger, "select failed from notifications")
    ]


def test_reports_that_come_before_our_own_write(ledger: Ledger) -> None:
    """Early reports find their notification by our id, in every order."""
    for number, order in enumerate(orders((*TEXT, ("delivered", R.DELIVERED)))):
        id_ = sending(ledger, str(number))
        for report in reports(order, f"SM{number}", id_):
            run(ledger.apply_report(report))

    assert [S.DELIVERED] * ROUNDS == statuses(ledger)


def test_a_contradiction_that_comes_before_our_own_write(ledger: Ledger) -> None:
    """Two last words of which one or both are early lead to one question too, whose answer stands.

    What the provider had said to our call ends no question.
    """
    hear_early(ledger, (*TEXT, ("delivered", R.DELIVERED), ("undelivered", R.UNDELIVERED)))
    questions = run(ledger.take_questions(ROUNDS * 2))

    for question in questions:
        answer = DeliveryReport(question.provider_id or "", R.DELIVERED, "delivered", asked=True)
        run(ledger.apply_report(answer))

    assert {f"SM{number}" for number in range(ROUNDS)} == {one.provider_id for one in questions}
    assert [S.DELIVERED] * ROUNDS == statuses(ledger)
    assert [None] * ROUNDS == column(ledger, "select next_ask_at from notifications")


def test_a_bounce_that_comes_before_our_own_write(ledger: Ledger) -> None:
    """An email that came back has come back, also where that is heard before SendGrid's answer."""
    hear_early(ledger, (*EMAIL, ("bounce", R.UNDELIVERED)))

    assert [S.UNDELIVERED] * ROUNDS == statuses(ledger)
    assert [True] * ROUNDS == [
        bool(flag) for flag in column(ledger, "select failed from notifications")
    ]


def test_an_email_that_came_back(ledger: Ledger) -> None:
    """A bounce wins over delivered, whichever of them comes first, and is told once."""
    hear(ledger, (*EMAIL, *EMAIL[:2], ("bounce", R.UNDELIVERED)))

    trails = [trail(ledger, id_) for id_ in column(ledger, "select id from notifications")]
    assert [S.UNDELIVERED] * ROUNDS == statuses(ledger)
    assert [1] * ROUNDS == [[to for _, to in told].count(S.UNDELIVERED) for told in trails]


def test_a_contradiction_is_asked_about_once(ledger: Ledger, clock: Clock) -> None:
    """Two last words in any order lead to one question, and its answer stands."""
    hear(ledger, (*TEXT, ("delivered", R.DELIVERED), ("undelivered", R.UNDELIVERED)))
    questions = run(ledger.take_questions(ROUNDS * 2))

    for question in questions:
        provider_id = question.provider_id or ""
        answer = DeliveryReport(provider_id, R.UNDELIVERED, "undelivered", asked=True)
        run(ledger.apply_report(answer))

    clock.pass_(days=30)
    assert ROUNDS == len(questions)
    assert [S.UNDELIVERED] * ROUNDS == statuses(ledger)
    assert [] == run(ledger.take_questions(5))


def test_a_failure_that_passes_overtakes_our_own_write(
    ledger_url: str, sealer: Sealer, clock: Clock
) -> None:
    """Told before or after our own write, a failure that passes is planned again, and stays so."""
    ledger = Ledger(ledger_url, sealer, now=clock, meaning_of=meaning_of)
    words = ("queued", "sent", "undelivered", "our own")

    for number, order in enumerate(Random(6).sample(list(permutations(words)), ROUNDS)):
        id_ = sending(ledger, str(number))
        for word in order:
            if word == "our own":
                run(ledger.finish_attempt(an_ending(id_, provider_id=f"SM{number}")))
            else:
                run(ledger.apply_report(a_failing_text(word, f"SM{number}", id_)))

    found = rows(ledger, "select status, provider_id, attempts, next_ask_at from notifications")
    assert {(S.PLANNED, f"SM{number}", 1, None) for number in range(ROUNDS)} == set(found)
    assert [OutcomeKind.ACCEPTED] * ROUNDS == column(ledger, "select outcome from attempts")
    ledger.close()
