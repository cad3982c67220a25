"""Up to six reports in every order: whatever overtakes what, the end is the truth."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

import pytest

from duebell.domain.delivery import (
    DeliveryReport,
    NotificationStatus,
    ReportedStatus,
    Step,
    advance,
)
from duebell.providers.twilio.wire import status_from

S = NotificationStatus
R = ReportedStatus

#: Where a notification may be when the first report comes: before our own write, after it, and in
#: doubt.
STARTS = (S.SENDING, S.ACCEPTED, S.OUTCOME_UNKNOWN)
MOST = 6

QUEUED = DeliveryReport("SM1", R.QUEUED, "queued")
SENT = DeliveryReport("SM1", R.SENT, "sent")
DELIVERED = DeliveryReport("SM1", R.DELIVERED, "delivered")
UNDELIVERED = DeliveryReport("SM1", R.UNDELIVERED, "undelivered")
OTHER = DeliveryReport("SM1", R.OTHER, "teleported")
BOUNCE = DeliveryReport("m1", R.UNDELIVERED, "bounce", overrules=True)

Reports = Sequence[DeliveryReport]


def steps(start: NotificationStatus, reports: Iterable[DeliveryReport]) -> list[Step]:
    """What each report comes to."""
    found = [Step(start)]
    for report in reports:
        found.append(advance(found[-1].status, report))
    return found[1:]


def end(start: NotificationStatus, reports: Iterable[DeliveryReport]) -> NotificationStatus:
    """Where the reports lead to."""
    return steps(start, reports)[-1].status


def sequences(*reports: DeliveryReport) -> Iterator[Reports]:
    """Every sequence of up to six of these reports, with repeats."""
    for length in range(1, MOST + 1):
        yield from itertools.product(reports, repeat=length)


@pytest.mark.parametrize(
    ("words", "last"),
    [
        (("queued", "sending", "sent", "delivered"), S.DELIVERED),
        (("queued", "sending", "sent", "undelivered"), S.UNDELIVERED),
        (("queued", "sending", "sent", "delivered", "read"), S.DELIVERED),
        (("accepted", "queued", "sending", "sent", "delivered", "read"), S.DELIVERED),
        (("accepted", "queued", "sending", "sent", "undelivered"), S.UNDELIVERED),
        (("scheduled", "accepted", "queued", "failed"), S.UNDELIVERED),
        (("scheduled", "canceled"), S.UNDELIVERED),
        (("queued", "sent", "sent", "delivered", "delivered", "delivered"), S.DELIVERED),
        (("queued", "partially_delivered", "sending", "delivered"), S.DELIVERED),
    ],
)
@pytest.mark.parametrize("start", STARTS)
def test_the_life_of_a_text_in_every_order(
    start: NotificationStatus, words: Sequence[str], last: NotificationStatus
) -> None:
    """Twilio's words for one text end at the last of them, in whatever order they come."""
    life = [DeliveryReport("SM1", status_from(word), word) for word in words]

    ends = {end(start, order) for order in itertools.permutations(life)}

    assert {last} == ends


@pytest.mark.parametrize("final", [DELIVERED, UNDELIVERED], ids=lambda report: report.raw_status)
@pytest.mark.parametrize("start", STARTS)
def test_one_last_word_is_the_end(start: NotificationStatus, final: DeliveryReport) -> None:
    """A last word anywhere, repeats and odd words around it: the end is that word, or accepted."""
    last = S(final.raw_status)

    wrong = [
        order
        for order in sequences(QUEUED, SENT, OTHER, final)
        if end(start, order) is not (last if final in order else S.ACCEPTED)
    ]

    assert [] == wrong


@pytest.mark.parametrize("start", STARTS)
def test_a_contradiction_is_asked_about_and_nothing_else(start: NotificationStatus) -> None:
    """The first last word stays, and exactly the words against it lead to a question."""
    for order in sequences(SENT, DELIVERED, UNDELIVERED):
        finals = [report for report in order if report is not SENT]

        found = steps(start, order)

        assert (S(finals[0].raw_status) if finals else S.ACCEPTED) is found[-1].status
        against = [report not in (SENT, finals[0]) for report in order] if finals else [False]
        assert any(against) is any(step.must_ask for step in found)
        assert sum(against) == sum(step.must_ask for step in found)


@pytest.mark.parametrize("answer", [R.DELIVERED, R.UNDELIVERED])
@pytest.mark.parametrize("start", STARTS)
def test_the_answer_decides_wherever_it_comes(
    start: NotificationStatus, answer: ReportedStatus
) -> None:
    """What Twilio says when asked is the end, whatever came before it and comes after it."""
    asked = DeliveryReport("SM1", answer, answer.value, asked=True)

    ends = {
        end(start, order)
        for callbacks in itertools.product((SENT, DELIVERED, UNDELIVERED), repeat=MOST - 2)
        for place in range(len(callbacks) + 1)
        for order in [(*callbacks[:place], asked, *callbacks[place:])]
    }

    assert {S(answer.value)} == ends


@pytest.mark.parametrize("start", STARTS)
def test_an_answer_that_is_not_final_takes_nothing_back(start: NotificationStatus) -> None:
    """An answer that lags behind a callback is late, not a contradiction."""
    asked = DeliveryReport("SM1", R.SENT, "sent", asked=True)

    found = steps(start, [DELIVERED, asked])

    assert [Step(S.DELIVERED), Step(S.DELIVERED)] == found


@pytest.mark.parametrize("start", STARTS)
def test_an_email_that_came_back_has_come_back(start: NotificationStatus) -> None:
    """A bounce wins over delivered in every order, repeats included."""
    wrong = [
        order
        for order in sequences(QUEUED, SENT, DELIVERED, BOUNCE)
        if BOUNCE in order and end(start, order) is not S.UNDELIVERED
    ]

    assert [] == wrong


@pytest.mark.parametrize("start", STARTS)
def test_a_bounce_needs_no_question(start: NotificationStatus) -> None:
    """A bounce after delivered is settled at once; a delivered that comes late takes nothing back.

    Where the provider cannot be asked the bounce so stays the last word.
    """
    assert [Step(S.DELIVERED), Step(S.UNDELIVERED)] == steps(start, [DELIVERED, BOUNCE])
    assert Step(S.UNDELIVERED, must_ask=True) == steps(start, [BOUNCE, DELIVERED])[-1]
