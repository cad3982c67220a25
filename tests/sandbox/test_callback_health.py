"""Callbacks that get into trouble: disabled, vanished, verified anew, or somebody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import CALLBACKS, result_of, subscribe
from tests.sandbox.subscriber import Subscriber, wait_until


def _listed(books: httpx.Client) -> list[tuple[int, bool]]:
    rows = result_of(books.get(CALLBACKS))["callbacks"]
    return [(row["callbackid"], row["verified"]) for row in rows]


def test_long_failure_disables(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """After so many failed tries in a row a callback is unverified, and hears nothing more."""
    number, _ = subscribe(books, subscriber, "invoice.create")
    control.change_settings(disable_after_failures=3, delivery_tries=3)
    subscriber.script = [500] * 3

    control.fire()
    wait_until(lambda: _listed(books) == [(number, False)])
    control.fire(wait=True)

    assert 3 == len(subscriber.received)
    assert 1 == control.stats()["freshbooks.disabled_callbacks"]


def test_a_success_in_between_saves(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """Only failures in a row count."""
    number, _ = subscribe(books, subscriber, "invoice.create")
    control.change_settings(disable_after_failures=3, delivery_tries=1)
    subscriber.script = [500, 500, 200, 500, 500]

    for _ in range(5):
        control.fire(wait=True)

    assert [(number, True)] == _listed(books)


def test_a_disabled_callback_comes_back(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """A resend and the code that it brings make it hear again."""
    number, _ = subscribe(books, subscriber, "invoice.create")
    control.disable_callback(number)
    books.put(f"{CALLBACKS}/{number}", json={"callback": {"resend": True}})
    verifier = subscriber.wait_for(1)[0].form["verifier"]

    books.put(f"{CALLBACKS}/{number}", json={"callback": {"verifier": verifier}})
    control.fire(wait=True)

    assert [(number, True)] == _listed(books)
    assert ["callback.verify", "invoice.create"] == [
        one.form["name"] for one in subscriber.received
    ]


def test_a_disabled_callback_may_vanish(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """By the setting, a disabled callback is neither listed nor found."""
    number, _ = subscribe(books, subscriber, "invoice.create")
    control.change_settings(disabled_vanish=True)

    control.disable_callback(number)

    assert [] == _listed(books)
    assert 404 == books.get(f"{CALLBACKS}/{number}").status_code
    assert [True] == [row["disabled"] for row in control.callbacks()]


def test_a_resend_may_repeat_the_code(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """By the setting, the code is that of before, and has to come back once more."""
    number, verifier = subscribe(books, subscriber, "invoice.create")
    control.change_settings(resend_repeats=True)

    books.put(f"{CALLBACKS}/{number}", json={"callback": {"resend": True}})

    assert verifier == subscriber.wait_for(1)[0].form["verifier"]
    assert [(number, False)] == _listed(books)


def test_others_have_callbacks_too(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """Another application's callback is listed and hears nothing from here."""
    number = control.add_callback("invoice.create", f"{subscriber.url}/theirs")

    control.fire(wait=True)

    assert [(number, True)] == _listed(books)
    assert [] == subscriber.received
    assert [True] == [row["foreign"] for row in control.callbacks()]


def test_others_cannot_subscribe_to_nonsense(control: SandboxControl) -> None:
    """An event that does not exist is refused there as well."""
    with pytest.raises(httpx.HTTPStatusError) as refusal:
        control.add_callback("invoice.overdue", "https://others.example/hook")

    assert 422 == refusal.value.response.status_code


def test_times_of_callbacks_come_in_two_forms(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """By the setting they are UTC with a Z, or US/Eastern without a word about it."""
    number, _ = subscribe(books, subscriber, "invoice.create")
    path = f"{CALLBACKS}/{number}"
    iso = result_of(books.get(path))["callback"]["updated_at"]
    control.change_settings(callback_times="eastern")

    plain = result_of(books.get(path))["callback"]["updated_at"]

    assert iso.endswith("Z")
    moment = datetime.fromisoformat(plain).replace(tzinfo=ZoneInfo("America/New_York"))
    assert datetime.fromisoformat(iso) == moment.astimezone(UTC)


def test_a_page_that_is_no_number(books: httpx.Client) -> None:
    """The events family refuses it in its own shape."""
    answer = books.get(CALLBACKS, params={"page": "x"})

    assert (422, 422) == (answer.status_code, answer.json()["errno"])
