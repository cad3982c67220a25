"""``duebell sandbox`` against a running sandbox."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from duebell.sandbox import credentials
from duebell.sandbox.client import SandboxControl
from tests.sandbox.program import READER, send_email, send_text
from tests.unit.cli.running import ROOT, Run


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running sandbox."""
    state = tmp_path_factory.mktemp("sandbox") / "state.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "duebell.sandbox", "--port", "0", "--state", str(state)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    yield process.stdout.readline().split()[-1]
    process.terminate()
    process.communicate(timeout=10)


def test_fire_lets_something_happen(run: Run, sandbox: str) -> None:
    """``sandbox fire`` makes as many records as asked for and shows them."""
    fired = run("sandbox", "fire", "invoice.create", "--count", "2", "--url", sandbox, "--json")
    told = run("sandbox", "fire", "invoice.create", "--copies", "2", "--url", sandbox)

    assert (0, 2) == (fired.code, len(fired.json))
    assert (0, 1) == (told.code, len(told.out.splitlines()))
    assert told.out.startswith("invoice.create: ")


def test_fire_changes_what_is_there(run: Run, sandbox: str) -> None:
    """An update needs the record it happens to, and may say what changes; nobody has to be told."""
    (made,) = run("sandbox", "fire", "invoice.create", "--lost", "--url", sandbox, "--json").json
    update = ("sandbox", "fire", "invoice.update", "--url", sandbox)

    changed = run(*update, "--object", str(made["id"]), "--field", "due_date=2026-03-31", "--json")
    nowhere = run(*update)
    faults = [run(*update, "--object", "x"), run(*update, "--field", "due_date")]

    assert (0, made["id"]) == (changed.code, changed.json[0]["id"])
    assert (1, True) == (nowhere.code, "needs" in nowhere.err)
    assert [2, 2] == [fault.code for fault in faults]


@pytest.mark.parametrize(
    ("event", "mend"),
    [
        ("payment.create", "did you mean `--field invoice_id=1001`?"),
        ("client.create", "`client.create` alone makes a new record"),
    ],
)
def test_a_creation_happens_to_no_record(run: Run, sandbox: str, event: str, mend: str) -> None:
    """With the id of a record it is wrong use, and nothing is told of what does not exist."""
    told = run("sandbox", "fire", event, "--object", "1001", "--url", sandbox)

    assert (2, "") == (told.code, told.out)
    assert f"a creation has no --object; {mend}" in told.err


def test_of_kinds_that_are_not_kept_any_id_is_told(run: Run, sandbox: str) -> None:
    """The sandbox has no estimates, so a webhook about one needs an id."""
    told = run("sandbox", "fire", "estimate.create", "--object", "7", "--url", sandbox)

    assert (0, "estimate.create: id=7\n") == (told.code, told.out)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("due_date=tomorrow", "due_date is a day like 2026-03-01"),
        ("updated_at=now", "updated_at is a time like 2026-03-01T09:30:00+00:00"),
        ("client_id=77", "there is no client 77"),
    ],
)
def test_a_field_says_how_it_is_written(run: Run, sandbox: str, field: str, said: str) -> None:
    """What a record cannot say is refused with what it could."""
    told = run("sandbox", "fire", "invoice.create", "--field", field, "--url", sandbox)

    assert (1, "") == (told.code, told.out)
    assert said in told.err


def test_a_field_names_another_record(run: Run, sandbox: str) -> None:
    """An id given as a field is that of the record to which the new one belongs."""
    fire = ("sandbox", "fire", "--url", sandbox, "--json")
    (invoice,) = run(*fire, "invoice.create", "--field", "client_id=20003").json

    (payment,) = run(*fire, "payment.create", "--field", f"invoice_id={invoice['id']}").json
    nonsense = run(*fire, "invoice.create", "--field", "client_id=x")

    assert 20003 == invoice["client_id"]
    assert invoice["id"] == payment["invoice_id"]
    assert 2 == nonsense.code


def test_a_person_replies(run: Run, sandbox: str) -> None:
    """It is told what Twilio obeys, and whether a webhook was posted; none is where nobody texted.

    Who writes must be a number.
    """
    stop, more, start = (
        run("sandbox", "reply", "+12125550101", text, "--url", sandbox)
        for text in (" stop", "stop please", "START")
    )
    nobody = [run("sandbox", "reply", one, "STOP", "--url", sandbox) for one in ("", "hello")]

    unposted = "No webhook was posted: this number was not texted yet."
    assert [(0, unposted)] * 3 == [
        (one.code, one.out.splitlines()[-1]) for one in (stop, more, start)
    ]
    assert stop.out.startswith("+12125550101 has opted out: ")
    assert more.out.startswith("“stop please” changes nothing at Twilio")
    assert start.out.startswith("+12125550101 has not opted out, or not any more")
    assert [(2, True)] * 2 == [(one.code, "NUMBER: `" in one.err) for one in nobody]


def test_no_messages_yet(run: Run, sandbox: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without messages people read a sentence and programs an empty array."""
    monkeypatch.setenv("DUEBELL_SANDBOX_URL", sandbox)

    told = run("sandbox", "messages")
    data = run("sandbox", "messages", "--json")

    assert (0, True) == (told.code, told.out.startswith("No messages yet. "))
    assert (0, []) == (data.code, data.json)


def test_texts_and_emails_are_listed(run: Run, sandbox: str) -> None:
    """An email is listed beside the texts, with its subject; programs are told which is which."""
    with SandboxControl(sandbox) as control:
        control.reset()
    key = (credentials.API_KEY_SID, credentials.API_KEY_SECRET)
    with httpx.Client(base_url=sandbox, auth=key) as http:
        sid = send_text(http, Body="Invoice 7 is due").json()["sid"]
        send_email(http, content={"subject": "Invoice 8 is due"})

    told = run("sandbox", "messages", "--url", sandbox)
    data = run("sandbox", "messages", "--url", sandbox, "--json")

    shown = [word in told.out for word in (sid, "Invoice 7 is due", "Invoice 8 is due", READER)]
    assert [True] * 4 == shown
    assert ["sms", "email"] == [message["channel"] for message in data.json]


def test_a_fault_can_be_narrowed(run: Run, sandbox: str) -> None:
    """A fault may be one provider's, for one recipient, and bring a code of its own."""
    narrow = ("--provider", "twilio", "--match", "+12125550101", "--code", "30034")
    told = run("sandbox", "scenario", "failed", *narrow, "--url", sandbox)
    uncoded = run("sandbox", "scenario", "429", "--code", "30034", "--url", sandbox)

    with SandboxControl(sandbox) as control:
        (active,) = httpx.get(f"{sandbox}/_sandbox/scenarios").json()
        control.clear_scenarios()
    assert (0, "twilio", "+12125550101", "30034") == (
        told.code,
        *(active[name] for name in ("provider", "match", "code")),
    )
    assert (1, True) == (uncoded.code, "brings no code" in uncoded.err)


def test_scenarios_are_switched(run: Run, sandbox: str) -> None:
    """A fault is switched on by its name and off with the others."""
    on = run("sandbox", "scenario", "undelivered", "--count", "1", "--url", sandbox)
    off = run("sandbox", "scenario", "--clear", "--url", sandbox)

    assert (0, "The fault undelivered is on.\n") == (on.code, on.out)
    assert (0, "All faults are off.\n") == (off.code, off.out)


def test_an_unknown_scenario_lists_the_known(run: Run, sandbox: str) -> None:
    """A wrong name fails and names those there are."""
    told = run("sandbox", "scenario", "nonsense", "--url", sandbox)

    assert (1, "") == (told.code, told.out)
    words = " ".join(told.err.split())
    assert ["for twilio 401,", "for sendgrid 401,"] == [
        word for word in ("for twilio 401,", "for sendgrid 401,") if word in words
    ]


def test_something_else_is_no_sandbox(run: Run, sandbox: str) -> None:
    """Where something else answers than the control of a sandbox, it says that."""
    told = run("sandbox", "messages", "--url", f"{sandbox}/elsewhere")

    assert (1, f"What answers at {sandbox}/elsewhere is no sandbox.\n") == (told.code, told.err)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense", "http://[", "ftp://x.example"])
def test_no_sandbox_is_told_plainly(run: Run, url: str) -> None:
    """Where no sandbox answers, one line says how to start one."""
    told = run("sandbox", "messages", "--url", url)

    assert (1, 1) == (told.code, len(told.err.splitlines()))
    assert "duebell up --sandbox" in told.err
