"""Subscriptions: the handshake, and deliveries signed by each callback's own verifier."""

from __future__ import annotations

import socket

import httpx
import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from duebell.sandbox.delivery import sign
from tests.sandbox.program import CALLBACKS, result_of, subscribe
from tests.sandbox.subscriber import Subscriber, wait_until

SIGNATURE = "x-freshbooks-hmac-sha256"

#: From the example of the documentation, and made with its code.
VECTORS = [
    (
        "UWQfd9zCzxmVwFZWKqqKwLxqz8gvzGdAn",
        {"name": "client.update", "object_id": "177864", "user_id": "1", "account_id": "FrEsHb"},
        "uQL7Cy82JtV4RlsEowUZ+hm4cziC6LYjxuKj1cqLqHM=",
    ),
    (
        "scADVVi5QuKuj5qTjVkbJNYQe7V7USpGd",
        {"name": "invoice.update", "object_id": "42", "account_id": "6BApk"}
        | {"note": 'Hello World, a:b/c "q"'},
        "ElB8AFj5xVYkaIj7wz8jbj19CoJX+fChlOCH4t3UUiQ=",
    ),
    (
        "scADVVi5QuKuj5qTjVkbJNYQe7V7USpGd",
        {"name": "client.update", "object_id": "7", "account_id": "6BApk", "label": "café € 🚀"},
        "NNCKLB0ZUFjhKr/RFYDyhQym3DhliIKin73wVb0e0/8=",
    ),
]


@pytest.mark.parametrize(("verifier", "fields", "signature"), VECTORS)
def test_signatures_are_freshbooks(verifier: str, fields: dict[str, str], signature: str) -> None:
    """The signature is over Python's JSON of the fields, in order, with non-ASCII escaped."""
    made = sign(fields, verifier)

    assert signature == made


def test_the_handshake_comes_before_the_answer(books: httpx.Client, subscriber: Subscriber) -> None:
    """Creating a callback posts its verifier, signed with it, before the call is answered."""
    order = {"callback": {"event": "invoice.create", "uri": f"{subscriber.url}/hook?t=1"}}

    made = result_of(books.post(CALLBACKS, json=order))["callback"]

    (handshake,) = subscriber.received
    names = [name for name, _ in handshake.pairs]
    assert "/hook?t=1" == handshake.path
    assert ["user_id", "name", "verifier", "object_id"] == names[:4]
    assert "system" in names
    assert str(made["callbackid"]) == handshake.form["object_id"]
    assert made["verified"] is False
    assert sign(handshake.form, handshake.form["verifier"]) == handshake.headers[SIGNATURE]


def test_a_wrong_verifier_is_refused(books: httpx.Client, subscriber: Subscriber) -> None:
    """Verifying with the wrong code gets 422 and leaves the callback unverified."""
    order = {"callback": {"event": "invoice.create", "uri": subscriber.url}}
    number = result_of(books.post(CALLBACKS, json=order))["callback"]["callbackid"]

    answer = books.put(f"{CALLBACKS}/{number}", json={"callback": {"verifier": "wrong"}})

    assert (422, 422) == (answer.status_code, answer.json()["errno"])
    assert result_of(books.get(f"{CALLBACKS}/{number}"))["callback"]["verified"] is False


def test_unverified_callbacks_hear_nothing(
    books: httpx.Client, subscriber: Subscriber, control: SandboxControl
) -> None:
    """An event goes to verified callbacks only."""
    order = {"callback": {"event": "invoice.create", "uri": subscriber.url}}
    books.post(CALLBACKS, json=order)

    control.fire(wait=True)

    assert ["callback.verify"] == [delivery["event"] for delivery in control.deliveries()]


def test_each_callback_signs_with_its_own_verifier(
    books: httpx.Client, subscriber: Subscriber, control: SandboxControl
) -> None:
    """Event and noun subscriptions both hear of an event, under different signatures."""
    verifiers = [subscribe(books, subscriber, event)[1] for event in ("invoice.create", "invoice")]
    subscribe(books, subscriber, "client.create")

    (record,) = control.fire(wait=True)

    received = subscriber.received
    expected = {sign(received[0].form, verifier) for verifier in verifiers}
    assert expected == {delivery.headers[SIGNATURE] for delivery in received}
    assert {str(record["id"])} == {delivery.form["object_id"] for delivery in received}
    assert {credentials.ACCOUNT_ID} == {delivery.form["account_id"] for delivery in received}


def test_resending_makes_a_new_code(
    books: httpx.Client, subscriber: Subscriber, control: SandboxControl
) -> None:
    """Resend posts another verifier; the callback is unverified until that one comes back."""
    number, verifier = subscribe(books, subscriber, "invoice.create")

    books.put(f"{CALLBACKS}/{number}", json={"callback": {"resend": True}})

    code = subscriber.wait_for(1)[0].form["verifier"]
    assert code != verifier
    old = books.put(f"{CALLBACKS}/{number}", json={"callback": {"verifier": verifier}})
    new = books.put(f"{CALLBACKS}/{number}", json={"callback": {"verifier": code}})
    assert [422, 200] == [old.status_code, new.status_code]
    assert [True] == [row["verified"] for row in control.callbacks()]


def test_lists_are_paged_and_filtered(books: httpx.Client, subscriber: Subscriber) -> None:
    """Fifteen callbacks a page unless asked otherwise; the event filter finds the noun as well."""
    for event in ["invoice.create"] * 14 + ["invoice", "client"]:
        books.post(CALLBACKS, json={"callback": {"event": event, "uri": subscriber.url}})

    whole = result_of(books.get(CALLBACKS))
    second = result_of(books.get(CALLBACKS, params={"page": 2}))
    some = result_of(books.get(CALLBACKS, params={"search[event]": "invoice.create"}))

    assert (15, 2, 15, 16) == (len(whole["callbacks"]), *_numbers(whole))
    assert 1 == len(second["callbacks"])
    assert 15 == some["total"]


def _numbers(result: dict[str, int]) -> tuple[int, int, int]:
    return result["pages"], result["per_page"], result["total"]


def test_an_empty_list_has_no_pages(books: httpx.Client) -> None:
    """Without callbacks the number of pages is zero."""
    result = result_of(books.get(CALLBACKS))

    assert {"callbacks": [], "page": 1, "pages": 0, "per_page": 15, "total": 0} == result


def test_a_deleted_callback_is_gone(books: httpx.Client, subscriber: Subscriber) -> None:
    """Deleting answers 204 without a body, and then the callback is unknown."""
    number, _ = subscribe(books, subscriber, "invoice.create")

    answer = books.delete(f"{CALLBACKS}/{number}")

    assert (204, b"") == (answer.status_code, answer.content)
    after = books.get(f"{CALLBACKS}/{number}")
    assert (404, 404) == (after.status_code, after.json()["errno"])


def test_nonsense_cannot_be_subscribed_to(books: httpx.Client) -> None:
    """An unknown event and a relative URI are each named in the refusal."""
    order = {"callback": {"event": "invoice.overdue", "uri": "/hook"}}

    answer = books.post(CALLBACKS, json=order)

    assert 422 == answer.status_code
    assert ["event", "uri"] == [word.partition(":")[0] for word in answer.json()["details"]]


@pytest.mark.parametrize("status", [301, 404, 503])
def test_a_failed_delivery_is_tried_again(
    books: httpx.Client, subscriber: Subscriber, control: SandboxControl, status: int
) -> None:
    """Anything but 2xx, redirects too, brings the same delivery again."""
    subscribe(books, subscriber, "invoice.create")
    subscriber.script = [status]

    control.fire()

    first, second = subscriber.wait_for(2)
    assert first.body == second.body
    wait_until(lambda: len(control.deliveries()) == 3)
    assert [200, status, 200] == [delivery["status"] for delivery in control.deliveries()]


def test_a_subscriber_that_is_not_there_or_mute(
    books: httpx.Client, control: SandboxControl
) -> None:
    """No connection and no answer are told apart, and neither raises anything."""
    control.change_settings(delivery_tries=1, delivery_timeout_seconds=0.1)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        uri = f"http://127.0.0.1:{mute.getsockname()[1]}/"
        books.post(CALLBACKS, json={"callback": {"event": "invoice", "uri": uri}})
    books.post(CALLBACKS, json={"callback": {"event": "invoice", "uri": uri}})

    wait_until(lambda: len(control.deliveries()) == 2)
    assert ["timeout", "connect"] == [row["failure"] for row in control.deliveries()]


def test_after_several_failures_a_delivery_is_dropped(
    books: httpx.Client, subscriber: Subscriber, control: SandboxControl
) -> None:
    """A subscriber that is gone is tried delivery_tries times and no more."""
    subscribe(books, subscriber, "invoice.create")
    control.change_settings(delivery_tries=3)
    subscriber.script = [500] * 10

    control.fire()

    wait_until(lambda: len(control.deliveries()) == 4)
    assert [1, 1, 2, 3] == [delivery["try"] for delivery in control.deliveries()]
    assert 3 == len(subscriber.received)


def test_a_disabled_callback_hears_nothing(
    books: httpx.Client, subscriber: Subscriber, control: SandboxControl
) -> None:
    """The control interface can take a verification away, as FreshBooks may."""
    number, _ = subscribe(books, subscriber, "invoice.create")

    control.disable_callback(number)
    control.fire(wait=True)

    assert [] == subscriber.received
    assert result_of(books.get(f"{CALLBACKS}/{number}"))["callback"]["verified"] is False
