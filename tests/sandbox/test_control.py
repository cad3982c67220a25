"""Making things happen, looking at them, and surviving the end of the process."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import (
    CALLBACKS,
    MESSAGES,
    RECIPIENT,
    ROOT,
    Program,
    log_in,
    refresh,
    send_text,
    subscribe,
)
from tests.sandbox.subscriber import Subscriber, wait_until


def test_fire_makes_distinct_invoices(control: SandboxControl) -> None:
    """Invoices are numbered on and go round the clients that can be texted."""
    records = control.fire(count=6)

    assert [f"INV-{number:05d}" for number in range(1, 7)] == [row["number"] for row in records]
    assert 6 == len({row["id"] for row in records})
    assert (records[0]["client"], 5) == (records[5]["client"], len({r["client"] for r in records}))


@pytest.mark.parametrize("client", [20007, "20007", "Quill & Co. Bookshop"])
def test_fire_for_one_client(control: SandboxControl, client: object) -> None:
    """A client is named by id or organisation."""
    (record,) = control.fire(client=client)

    assert 20007 == record["client_id"]


def test_fire_delivers_copies(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """Each delivery goes out as often as asked, several at a time."""
    subscribe(books, subscriber, "invoice.create")

    control.fire(count=4, copies=3, concurrency=2, wait=True)

    ids = [delivery.form["object_id"] for delivery in subscriber.received]
    assert 12 == len(ids)
    assert [3] * 4 == [ids.count(number) for number in sorted(set(ids))]


def test_fire_can_keep_quiet(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """With deliver false the record appears and nobody is told."""
    subscribe(books, subscriber, "invoice.create")

    control.fire(deliver=False, wait=True)

    assert (1, []) == (len(control.invoices()), subscriber.received)


def test_fire_tells_of_changes(
    books: httpx.Client, control: SandboxControl, subscriber: Subscriber
) -> None:
    """An update and a deletion name records, change them and are delivered."""
    subscribe(books, subscriber, "invoice")
    (record,) = control.fire(deliver=False)
    objects = [record["id"]]

    control.fire("invoice.update", objects=objects, fields={"outstanding": "5.00"}, wait=True)
    control.fire("invoice.delete", objects=objects, wait=True)

    names = [delivery.form["name"] for delivery in subscriber.received]
    assert ["invoice.update", "invoice.delete"] == names
    (invoice,) = control.invoices()
    assert ("5.00", 1) == (invoice["outstanding"], invoice["vis_state"])


@pytest.mark.parametrize(
    "order",
    [
        {"event": "invoice.overdue"},
        {"event": "invoice.update"},
        {"client": "Nobody"},
        {"fields": {"colour": "red"}},
        {"count": "many"},
        {"fields": {"amount": "much"}},
        {"fields": {"due_date": "soon"}},
    ],
)
def test_impossible_orders_are_refused(control: SandboxControl, order: dict[str, object]) -> None:
    """An order that cannot be carried out gets 422 with a sentence and changes nothing."""
    answer = httpx.post(f"{control.base_url}/_sandbox/fire", json=order)

    assert 422 == answer.status_code
    assert answer.json()["error"]
    assert [] == control.invoices()


def test_unknown_paths_are_404(control: SandboxControl) -> None:
    """Neither the control interface nor the root answers to what it does not know."""
    paths = ("/_sandbox/nothing", "/_sandbox", "/", "/nothing/at/all")

    found = {httpx.get(f"{control.base_url}{path}").status_code for path in paths}

    assert {404} == found


def test_settings_are_checked(control: SandboxControl) -> None:
    """A setting that does not exist is refused by name."""
    with pytest.raises(httpx.HTTPStatusError) as refusal:
        control.change_settings(speed=11)

    assert "speed" in refusal.value.response.json()["error"]


def test_credentials_are_the_constants(control: SandboxControl) -> None:
    """The control interface gives out the well-known credentials, health included."""
    given = control.credentials()

    assert (credentials.ACCOUNT_SID, credentials.REFRESH_TOKEN) == (
        given["account_sid"],
        given["refresh_token"],
    )
    assert {"status": "ok"} == control.health()


def test_two_cannot_share_a_port(program: Program) -> None:
    """Started on a port that is taken, the program says so in one line and ends with 1."""
    port = program.url.rpartition(":")[2]
    command = [sys.executable, "-m", "duebell.sandbox", "--port", port]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (1, 1) == (ended.returncode, len(ended.stderr.splitlines()))
    assert port in ended.stderr


def test_a_firm_survives_a_restart(tmp_path: Path, subscriber: Subscriber) -> None:
    """Books, texts, the callback and the token pair are the same after an orderly end."""
    first = Program(tmp_path / "state.json")
    with SandboxControl(first.url) as control, httpx.Client(base_url=first.url) as http:
        log_in(http, control)
        callback, _ = subscribe(http, subscriber, "invoice.create")
        control.fire(deliver=False)
        key = (credentials.API_KEY_SID, credentials.API_KEY_SECRET)
        with httpx.Client(base_url=first.url, auth=key) as twilio:
            sid = send_text(twilio).json()["sid"]
        bearer = http.headers["Authorization"]

    assert 0 == first.end()
    second = Program(tmp_path / "state.json")

    with SandboxControl(second.url) as control:
        kept = httpx.get(f"{second.url}{CALLBACKS}", headers={"Authorization": bearer}).json()
        assert callback == kept["response"]["result"]["callbacks"][0]["callbackid"]
        assert ["INV-00002"] == [row["number"] for row in control.fire()]
        assert [sid] == [message["sid"] for message in control.messages()]
        wait_until(lambda: control.messages()[0]["status"] == "delivered")
    second.end()


def test_a_rotated_token_survives_a_kill(tmp_path: Path) -> None:
    """The state is written before a new token pair is given out."""
    first = Program(tmp_path / "state.json")
    with httpx.Client(base_url=first.url) as http:
        token = refresh(http, credentials.REFRESH_TOKEN).json()["refresh_token"]
    first.process.send_signal(signal.SIGKILL)
    first.end()

    second = Program(tmp_path / "state.json")
    with httpx.Client(base_url=second.url) as http:
        found = [refresh(http, word).status_code for word in (credentials.REFRESH_TOKEN, token)]
    second.end()

    assert [400, 200] == found


def test_the_end_does_not_wait_for_the_unanswered(tmp_path: Path) -> None:
    """A caller who is still kept waiting does not keep the program from ending in order."""
    program = Program(tmp_path / "state.json")
    host, _, port = program.url.removeprefix("http://").partition(":")
    key = (credentials.API_KEY_SID, credentials.API_KEY_SECRET)
    form = {"To": RECIPIENT, "From": credentials.FROM, "Body": "Hello"}
    request = httpx.Request("POST", f"{program.url}{MESSAGES}.json", data=form)
    signed = next(httpx.BasicAuth(*key).auth_flow(request))
    with SandboxControl(program.url) as control, socket.create_connection((host, port)) as caller:
        control.set_scenario("no-answer")
        caller.sendall(_raw(signed))
        wait_until(lambda: len(control.messages()) == 1)
        began = time.monotonic()

        code = program.end()

        assert (0, True) == (code, time.monotonic() - began < 3)


def _raw(request: httpx.Request) -> bytes:
    lines = [f"{request.method} {request.url.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + request.content
