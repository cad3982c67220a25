"""``duebell rules try`` as a command: what it needs, what it writes, and how it ends."""

from __future__ import annotations

import signal
from dataclasses import dataclass

import pytest

from duebell.notifying.batch import Batch
from duebell.sandbox.client import SandboxControl
from duebell.settings import Settings
from tests.flows.checking import clean_environment, settings_in_words
from tests.flows.commands import Running, Told
from tests.flows.installation import BATCH, leaks, run, working
from tests.flows.surroundings import free_port

pytestmark = pytest.mark.flow

RULE = """
[[rule]]
on = "invoice.create"
to = "{to}"
channel = "{channel}"
template = "invoice_created"
"""
TO_CLIENT = RULE.format(to="client", channel="sms")
TO_BOTH = TO_CLIENT + RULE.format(to="+12125550188", channel="sms")
SINCE = ("--since", "2026-01-01")


@dataclass(frozen=True)
class Office:
    """An installation where invoices were told, and where commands are typed."""

    settings: Settings
    sandbox: SandboxControl
    environment: dict[str, str]

    def record(self, count: int) -> None:
        """So many new invoices are decided about; nothing is sent."""
        records = self.sandbox.fire("invoice.create", count, deliver=False)

        async def story() -> None:
            async with working(self.settings) as installation:
                await installation.claim(records)
                batch = Batch(installation.runtime, BATCH)
                await batch.claim(count)
                await batch.look_up()
                await batch.decide()

        run(story())

    def begin(self, *arguments: str) -> Running:
        """Start the command with ``new.toml``."""
        command = ("rules", "try", "new.toml", *SINCE, *arguments)
        return Running(self.settings.home, self.environment, *command)

    def type(self, rules: str, *arguments: str) -> Told:
        """Try these rules."""
        (self.settings.home / "new.toml").write_text(rules)
        with self.begin(*arguments) as command:
            return command.told()


@pytest.fixture
def office(settings: Settings, sandbox: SandboxControl, prefect_api: str) -> Office:
    """An installation with a rule about new invoices."""
    settings.config.write_text(TO_CLIENT)
    environment = clean_environment(
        **settings_in_words(settings.freshbooks_api_url),
        PREFECT_API_URL=prefect_api,
        DUEBELL_HOME=str(settings.home),
    )
    return Office(settings, sandbox, environment)


def test_it_compares_and_sends_nothing(office: Office, numbers: list[str]) -> None:
    """JSON is one object with totals and differences, without numbers; Twilio hears nothing."""
    office.record(3)

    told = office.type(TO_BOTH, "--json", "--price-per-segment", "0.01")

    assert (0, "100%  3 facts replayed, 3 differences\n") == (told.code, told.err)
    totals = told.json["totals"]
    sides = [totals[side]["messages"] for side in ("before", "after", "difference")]
    assert ([3, 6, 3], True, "USD") == (sides, told.json["is_complete"], totals["currency"])
    assert ["more"] * 3 == [one["changes"][0] for one in told.json["differences"]]
    assert {"+1•••••0188"} == {one["after"]["recipient"] for one in told.json["differences"]}
    assert [] == leaks(told.json, [*numbers, "+12125550188"])
    assert [] == office.sandbox.messages()


def test_people_read_the_totals_first(office: Office) -> None:
    """Emails can be tried before they can be sent; what changes stands under the totals."""
    office.record(1)

    told = office.type(RULE.format(to="client", channel="email"))

    assert 0 == told.code
    head, _, rest = told.out.partition("Hear it on another channel, at another address")
    assert "one fact. Nothing was sent." in head
    assert "+ email to" in rest
    assert "To be known:" in rest


def asked(office: Office) -> dict[str, int]:
    """How often FreshBooks and Twilio were asked for something."""
    stats = office.sandbox.stats()
    return {name: count for name, count in stats.items() if not name.endswith("_sandbox")}


def test_every_fault_is_told_and_nothing_is_read(office: Office) -> None:
    """A rulebook with faults ends with exit code 3 before anybody is asked for anything."""
    office.environment["PREFECT_API_URL"] = f"http://127.0.0.1:{free_port()}/api"
    before = asked(office)

    told = office.type(TO_CLIENT.replace('"sms"', '"fax"') + "[lists]\nnobody = 7\n")

    assert (3, "") == (told.code, told.out)
    assert ["line 5" in told.err, "nobody" in told.err] == [True, True]
    assert before == asked(office)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 0, "Nothing was recorded from 2026-01-01 to "),
        (
            ("--since", "2222-01-01"),
            2,
            "duebell rules try: --since (2222-01-01) is in the future",
        ),
    ],
)
def test_where_there_is_nothing_to_replay(
    office: Office, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """That nothing was recorded is no fault, and that nothing can have been is wrong use."""
    told = office.type(TO_BOTH, *arguments)

    assert code == told.code
    assert (told.out or told.err).startswith(said)


def test_ctrl_c_shows_what_was_found(office: Office) -> None:
    """Interrupted, it ends with exit code 1 and a document that says that it is not complete."""
    office.record(101)
    office.sandbox.change_settings(slow_seconds=0.1)
    (office.settings.home / "new.toml").write_text(TO_BOTH)
    office.sandbox.set_scenario("slow", provider="freshbooks")
    before = asked(office)["freshbooks.invoices"]

    with office.begin("--json") as command:
        while asked(office)["freshbooks.invoices"] == before:
            assert command.process.poll() is None
        command.process.send_signal(signal.SIGINT)
        told = command.told()

    assert 1 == told.code
    assert (False, 100) == (told.json["is_complete"], told.json["facts"])
    assert "Stopped before the end" in told.err
