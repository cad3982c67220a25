"""The brakes of a backfill: caps, the inbox, a worker that is not there, Ctrl-C."""

from __future__ import annotations

import pytest

from duebell.backfills.brakes import NO_WORKER
from duebell.domain.backfill import Request
from tests.integration.services.backfill_scene import MONTH, Scene, invoices
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.place import Place
from tests.ledger_scenes import column


@pytest.fixture
def scene(desk: Desk) -> Scene:
    """A worker and its backfills."""
    return Scene(desk)


def test_a_cap_holds_and_a_resume_goes_on(place: Place, open_desk: OpenDesk) -> None:
    """Never more than the cap in one run; each resume goes on, and all are told once in the end."""
    desk = open_desk(place, max_sends_per_run=4)
    scene = Scene(desk)
    invoices(desk, 10)
    told, statuses = [], []

    for request in (MONTH, *[Request(resume="b1")] * 2):
        statuses.append(scene.run(request).status)
        told.append(len(desk.texts()))

    assert (["held", "held", "done"], [4, 8, 10]) == (statuses, told)
    assert 10 == len(set(column(desk.ledger, "select object_id from notifications")))


def test_the_hour_is_capped_for_all(place: Place, open_desk: OpenDesk) -> None:
    """What else was planned within the hour counts, and an hour later the backfill may go on."""
    desk = open_desk(place, max_sends_per_hour=3)
    scene = Scene(desk)
    desk.new_invoice(create_date="2026-03-01")
    desk.notify()
    invoices(desk, 4)

    first = scene.run()
    texts = len(desk.texts())
    desk.later(hours=2)
    second = scene.run(Request(resume="b1"))

    assert ("held", 3) == (first.status, texts)
    assert "DUEBELL_MAX_SENDS_PER_HOUR is 3" in first.reason
    assert (second.status, len(desk.texts())) == ("done", 5)


def test_a_cap_below_one_record_is_told(place: Place, open_desk: OpenDesk) -> None:
    """Where one record alone may exceed the cap, the sentence says which setting to raise."""
    rulebook = place.home / "duebell.toml"
    rulebook.write_text(
        '[lists]\nall = [{ name = "Dana", sms = "+12125550101" },'
        ' { name = "Lee", sms = "+12125550102" }]\n'
        '[[rule]]\non = "invoice.create"\nto = "list:all"\nchannel = "sms"\n'
        'template = "invoice_created"\n'
    )
    scene = Scene(desk := open_desk(place, max_sends_per_run=1))
    invoices(desk, 1)

    outcome = scene.run()

    assert ("held", []) == (outcome.status, desk.texts())
    assert "one record may lead to 2 messages: raise DUEBELL_MAX_SENDS_PER_RUN (1)" == (
        outcome.reason
    )


def test_without_a_worker_nothing_is_begun(desk: Desk, scene: Scene) -> None:
    """Where only the backfill's own process lives, it says so, and can be gone on with."""
    invoices(desk, 1)

    outcome = scene.run(is_worker=False)

    assert ("stopped", NO_WORKER) == (outcome.status, outcome.reason)
    assert [] == desk.signals()


def test_an_interruption_leaves_it_resumable(desk: Desk, scene: Scene) -> None:
    """What was told to stop says how to go on, and the rest is told by whoever does."""
    invoices(desk, 2)
    scene.is_stopped = True
    stopped = scene.run()
    scene.is_stopped = False

    outcome = scene.run(Request(resume="b1"))

    assert ("stopped", "`duebell backfill --resume b1` goes on.") == (
        stopped.status,
        stopped.how_to_go_on,
    )
    assert ("done", 2) == (outcome.status, len(desk.texts()))


def test_few_signals_wait_at_once(place: Place, open_desk: OpenDesk) -> None:
    """Of a long list only so many wait in the inbox as are sent in some seconds."""
    desk = open_desk(place, sms_per_second=3)
    scene = Scene(desk)
    invoices(desk, 90)

    outcome = scene.run()

    assert max(progress.open for progress in scene.told) <= 30
    assert ("done", 90) == (outcome.status, outcome.verdicts["planned"])


def test_signals_without_progress_are_not_waited_for_forever(
    place: Place, open_desk: OpenDesk
) -> None:
    """Where the worker gets nowhere, a backfill stops after a minute and can be gone on with."""
    desk = open_desk(place, sms_per_second=1)
    scene = Scene(desk)
    invoices(desk, 60)
    desk.sandbox.set_scenario("429-retry-after", provider="twilio")

    outcome = scene.run()

    assert "stopped" == outcome.status
    assert outcome.reason.endswith("signals have made no progress for a minute")
    assert 0 < outcome.open < 60
