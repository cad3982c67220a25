"""Texts and emails keep to a rate each, and a refusal of one holds nothing of the other back."""

from __future__ import annotations

from datetime import datetime

import pytest

from duebell.sandbox import credentials
from tests.integration.services.conftest import OpenDesk
from tests.integration.services.desk import Desk
from tests.integration.services.holding_scene import RULE, under
from tests.integration.services.place import Place
from tests.ledger_scenes import rows

PAYMENT = """
[[rule]]
on = "payment.create"
to = "client"
channel = "email"
template = "payment_received"
"""


def texts_and_emails(desk: Desk, many: int) -> None:
    """So many texts and as many emails are to be sent."""
    for _ in range(many):
        (paid,) = desk.sandbox.fire("payment.create", client="Alder Street Bakery", deliver=False)
        desk.hear("payment.create", str(paid["id"]))
    for _ in range(many):
        desk.new_invoice()


def booked_seconds(desk: Desk, began: datetime) -> dict[str, float]:
    """For how long the rate of each sender is booked."""
    found = rows(desk.ledger, "select sender, next_at from pace")
    return {sender: (_moment(at) - began).total_seconds() for sender, at in found}


def _moment(at: object) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(f"{at}+00:00")


def test_each_channel_has_its_rate(open_desk: OpenDesk, place: Place) -> None:
    """A text counts by its segments against its number, an email as one against its address."""
    folder = place.home / "templates" / "sms"
    folder.mkdir(parents=True)
    (folder / "invoice_created.txt.j2").write_text("é" * 200)
    desk = under(place, open_desk, RULE + PAYMENT, sms_per_second=1, email_per_second=2)
    texts_and_emails(desk, 3)
    began = desk.clock()

    desk.notify()

    expected = {credentials.FROM: 3 * 2 / 1, credentials.EMAIL_FROM: 3 / 2}
    assert expected == booked_seconds(desk, began)
    assert (3, 3) == (len(desk.texts()), len(desk.sandbox.emails()))


def test_workers_share_the_rate_of_emails(open_desk: OpenDesk, each_place: Place) -> None:
    """What one worker books for its emails, another one waits for."""
    one, other = open_desk(each_place), open_desk(each_place, "worker-2")
    began = one.clock()

    moments = [
        desk.run(desk.runtime.pacer_of("email").book(many))
        for desk, many in ((one, 20), (other, 10), (one, 1))
    ]

    rate = one.runtime.settings.email_per_second
    assert [0, 20 / rate, 30 / rate] == [(at - began).total_seconds() for at in moments]


@pytest.mark.parametrize(
    ("provider", "left"), [("twilio", (0, 1)), ("twilio-email", (1, 0))], ids=["texts", "emails"]
)
def test_a_refusal_holds_its_own_channel_only(
    open_desk: OpenDesk, place: Place, provider: str, left: tuple[int, int]
) -> None:
    """While texts are refused as too many emails go out, and the other way round."""
    desk = under(place, open_desk, RULE + PAYMENT)
    desk.sandbox.set_scenario("429", provider=provider)
    texts_and_emails(desk, 1)

    desk.notify()

    now = desk.clock()
    closed = {name for name in ("sms", "email") if desk.runtime.pacer_of(name).opens_at(now) > now}
    assert left == (len(desk.texts()), len(desk.sandbox.emails()))
    assert {"sms" if provider == "twilio" else "email"} == closed
